import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Listens in the namespace and passes on to the socket, which is a file and knows no namespaces. */
const FORWARDER = `
  const net = require('node:net');
  const [socket, port] = process.argv.slice(1);
  net.createServer((client) => {
    const there = net.connect(socket);
    client.pipe(there).pipe(client);
    for (const end of [client, there]) end.on('error', () => { client.destroy(); there.destroy(); });
  }).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready'));`;

/**
 * What listens on a port of this machine's loopback answers at the same address in a network namespace, too. The
 * namespace's own loopback is up.
 */
export async function joinLoopback(namespaceFile: string, port: number): Promise<{ close(): Promise<void> }> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'crewship-loopback-'));
  const socket = path.join(dir, 'socket');
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const there = connect(port, '127.0.0.1');
    client.pipe(there).pipe(client);
    for (const end of [client, there]) {
      open.add(end);
      end
        .on('close', () => open.delete(end))
        .on('error', () => {
          client.destroy();
          there.destroy();
        });
    }
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const args = [`--net=${namespaceFile}`, process.execPath, '-e', FORWARDER, socket, String(port)];
  const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    void gone.then(() => reject(new Error('nothing listens in the namespace')));
  });
  return {
    async close() {
      child.kill('SIGKILL');
      await gone;
      for (const end of open) end.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(dir, { recursive: true, force: true });
    },
  };
}
