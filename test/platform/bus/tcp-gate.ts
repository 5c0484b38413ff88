import net from 'node:net';

/** A door in front of a real server: it can be shut (connections cut and refused) and frozen (open but silent). */
export interface TcpGate {
  readonly port: number;
  open(): Promise<void>;
  shut(): Promise<void>;
  /** Swallows what either side says from now on, on the connections that exist. */
  freeze(): void;
}

export async function openTcpGate(target: { host: string; port: number }): Promise<TcpGate> {
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  let server: net.Server | undefined;
  let port = 0;

  function connect(client: net.Socket): void {
    const upstream = net.connect(target);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.once('close', () => {
        pairs.delete(pair);
        for (const end of pair) end.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  }

  async function open(): Promise<void> {
    server = net.createServer(connect);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
    await promise;
    port = (server.address() as net.AddressInfo).port;
  }

  await open();
  return {
    get port() {
      return port;
    },
    open,
    async shut() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server?.close(() => resolve());
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await promise;
    },
    freeze() {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream);
        upstream.unpipe(client);
        client.resume();
        upstream.resume();
      }
    },
  };
}
