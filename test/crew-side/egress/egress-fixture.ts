import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { parseNetwork } from '../../../domain/kernel/addresses/ip-address.ts';
import type { InternalCrew } from '../../support/sidecar-api.ts';
import type { LedgerFixture } from '../../money/ledger/ledger-fixture.ts';

/** Lets crews of a test reach what it serves on loopback. */
export const LOOPBACK_ALLOWED = [parseNetwork('127.0.0.0/8')!];

export interface Opened {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Of a refusal. */
  readonly body: Record<string, unknown>;
  readonly socket: Socket;
}

/** Asks a proxy for a tunnel: a crew's socket, or a port of loopback. */
export function openTunnel(
  via: { socketPath: string } | { port: number },
  authority: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Opened> {
  const { promise, resolve, reject } = Promise.withResolvers<Opened>();
  const to = 'socketPath' in via ? { socketPath: via.socketPath } : { port: via.port };
  const request = http.request({
    ...to,
    host: '127.0.0.1',
    method: 'CONNECT',
    path: authority,
    headers,
    agent: false,
  });
  request.once('error', reject);
  request.once('connect', (answer, socket, head) => {
    const opened = { status: answer.statusCode!, headers: answer.headers, socket };
    if (opened.status === 200) {
      if (head.length > 0) socket.unshift(head);
      return resolve({ ...opened, body: {} });
    }
    const chunks: Buffer[] = [head];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('end', () =>
      resolve({ ...opened, body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown> }),
    );
  });
  request.end();
  return promise;
}

/** What a socket says until it ends. */
export async function readAll(socket: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export interface TestServer {
  readonly port: number;
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
}

/** A TCP server on loopback. */
export async function listen(onSocket: (socket: Socket) => void, host = '127.0.0.1'): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    onSocket(socket);
  });
  // Hundreds connect at once while this process is busy: beyond the default of 511 the kernel drops some.
  await new Promise<void>((resolve) => server.listen({ port: 0, host, backlog: 4_096 }, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Changes the crew through the public API. */
export async function setNetwork(crew: InternalCrew, network: object): Promise<void> {
  await crew.owner.patch(`/api/v1/crews/${crew.crewId}`, network);
}

export async function storeKey(crew: InternalCrew, key: object): Promise<string> {
  const payload = { type: 'API_KEY', name: `Key ${Math.random()}`, ...key };
  return (await crew.owner.post<{ id: string }>('/api/v1/credentials', payload)).id;
}

/** A key of OpenAI's for one crew, as a process with this encryption key would have stored it. */
export async function storeKeyOfProcess(ledger: LedgerFixture, crew: InternalCrew, encryptionKey: Buffer) {
  const { workspaceId, crewId } = crew;
  const id = `key-of-${crewId}`;
  const sealed = createKeyRing(new Map([[1, encryptionKey]])).seal('sk-secret', {
    ...{ workspaceId, ownerId: id, field: 'value' },
  });
  await ledger.rows(
    `INSERT INTO credentials (id, workspace_id, name, type, provider, scope, status, sealed_value,
      created_by_actor_type)
     VALUES ($1, $2, $1, 'API_KEY', 'OPENAI', 'CREW', 'ACTIVE', $3, 'user')`,
    [id, workspaceId, sealed],
  );
  await ledger.rows(`INSERT INTO credential_crews (credential_id, crew_id, workspace_id) VALUES ($1, $2, $3)`, [
    ...[id, crewId, workspaceId],
  ]);
}

export interface EgressEntry {
  readonly host: string;
  readonly port?: number;
  readonly decision: string;
  readonly rule: string;
  readonly connections: number;
  readonly bytes_sent: number;
  readonly bytes_received: number;
}

/** The crew's `network.egress` entries, oldest first. */
export async function egressEntries(ledger: LedgerFixture, crew: InternalCrew): Promise<EgressEntry[]> {
  const rows = await ledger.rows<{ payload: EgressEntry }>(
    `SELECT payload FROM journal_entries WHERE crew_id = $1 AND entry_type = 'network.egress' ORDER BY ts, id`,
    [crew.crewId],
  );
  return rows.map(({ payload }) => payload);
}
