import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createCrewConnections } from '../../api/crew-side/caller/crew-scope.ts';
import { type CrewSockets, createCrewSockets } from '../../api/crew-side/listeners/crew-sockets.ts';
import { callSocket, untilServed } from '../support/sidecar-api.ts';
import { soon } from '../support/soon.ts';

const log = { info() {}, warn() {} };
let base: string;
const open: CrewSockets[] = [];

beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'cs-'));
});
afterEach(async () => {
  for (const sockets of open.splice(0)) await sockets.close(1_000);
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Serves every crew but `nobody`; answers with the crew that the connection speaks for. */
function openSockets(socketsDir: string): { sockets: CrewSockets; lookUps: () => number } {
  let lookUps = 0;
  const connections = createCrewConnections();
  const sockets = createCrewSockets({
    connect: (_request, socket) => socket.destroy(),
    socketsDir,
    connections,
    async findWorkspaces(crewIds) {
      lookUps += 1;
      return new Map(crewIds.flatMap((id) => (id === 'nobody' ? [] : [[id, `workspace-of-${id}`] as const])));
    },
    handle: (request: http.IncomingMessage, response: http.ServerResponse) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(connections.crewOf(request.socket)));
    },
    log,
  });
  open.push(sockets);
  return { sockets, lookUps: () => lookUps };
}

async function makeDir(...names: string[]): Promise<string> {
  const directory = path.join(base, ...names);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  return directory;
}

const crewAt = async (directory: string) => (await callSocket(path.join(directory, 'api.sock'), { path: '/' })).body;

test('a directory that exists is served at once, one that comes later as soon as it comes', async () => {
  const first = await makeDir('come', 'crew-1');
  await openSockets(path.dirname(first)).sockets.start();
  expect(await crewAt(first)).toEqual({ crewId: 'crew-1', workspaceId: 'workspace-of-crew-1' });
  const later = await makeDir('come', 'crew-2');
  await untilServed(path.join(later, 'api.sock'));
  expect(await crewAt(later)).toEqual({ crewId: 'crew-2', workspaceId: 'workspace-of-crew-2' });
});

test('the socket is there for its group and for nobody else, and nothing lies beside it', async () => {
  const directory = await makeDir('mode', 'crew-1');
  await openSockets(path.dirname(directory)).sockets.start();
  const socket = await stat(path.join(directory, 'api.sock'));
  expect(socket.isSocket()).toBe(true);
  expect((socket.mode & 0o777).toString(8)).toBe('660');
  expect(socket.gid).toBe(process.getuid!() === 0 ? 1_002 : process.getgid!());
  expect(await readdir(directory)).toEqual(['api.sock']);
});

test('a removed directory ends its listener; made again it is served again', async () => {
  const directory = await makeDir('gone', 'crew-1');
  const { sockets } = openSockets(path.dirname(directory));
  await sockets.start();
  expect(sockets.size).toBe(1);
  await rm(directory, { recursive: true });
  await soon(() => expect(sockets.size).toBe(0), { interval: 5 });
  await makeDir('gone', 'crew-1');
  await untilServed(path.join(directory, 'api.sock'));
  // Removed and made again before anyone looked: it is another directory.
  await rename(directory, path.join(base, 'aside'));
  await makeDir('gone', 'crew-1');
  await untilServed(path.join(directory, 'api.sock'));
});

test('what is not a directory of a live crew is left alone', async () => {
  const directory = await makeDir('odd', 'nobody');
  await makeDir('odd', '.hidden');
  await makeDir('odd', 'crew-1');
  const { sockets } = openSockets(path.dirname(directory));
  await sockets.start();
  expect(sockets.size).toBe(1);
  expect(await readdir(directory)).toEqual([]);
});

test('the socket file of a killed process is replaced', async () => {
  const directory = await makeDir('stale', 'crew-1');
  const killed = await leaveSocketBehind(path.join(directory, 'api.sock'));
  expect((await lstat(path.join(directory, 'api.sock'))).isSocket()).toBe(true);
  expect(killed.signalCode).toBe('SIGKILL');
  await expect(crewAt(directory)).rejects.toThrow('ECONNREFUSED');
  await openSockets(path.dirname(directory)).sockets.start();
  expect(await crewAt(directory)).toMatchObject({ crewId: 'crew-1' });
});

async function leaveSocketBehind(socketPath: string): Promise<ChildProcess> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout!, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return child;
}

test('a second process takes the name over, and the first one’s end does not take it away', async () => {
  const directory = await makeDir('over', 'crew-1');
  const { sockets: first } = openSockets(path.dirname(directory));
  await first.start();
  await openSockets(path.dirname(directory)).sockets.start();
  await first.close(1_000);
  expect(await crewAt(directory)).toMatchObject({ crewId: 'crew-1' });
});

test('a data directory deeper than a socket path may be long is served', async () => {
  const deep = 'x'.repeat(60);
  const directory = await makeDir('deep', deep, deep, 'crew-1');
  const { sockets } = openSockets(path.dirname(directory));
  await sockets.start();
  expect(sockets.size).toBe(1);
  // As the container does, the client comes by a short path of its own.
  await rename(path.join(directory, 'api.sock'), path.join(base, 'moved.sock'));
  expect((await callSocket(path.join(base, 'moved.sock'), { path: '/' })).body).toMatchObject({ crewId: 'crew-1' });
});

test('hundreds of crews are served after one look-up, each by its own', async () => {
  const names = Array.from({ length: 400 }, (_, n) => `crew-${n}`);
  for (const name of names) await makeDir('many', name);
  const { sockets, lookUps } = openSockets(path.join(base, 'many'));
  const since = performance.now();
  await sockets.start();
  expect(performance.now() - since).toBeLessThan(5_000);
  expect([sockets.size, lookUps()]).toEqual([400, 1]);
  for (const name of ['crew-0', 'crew-199', 'crew-399']) {
    expect(await crewAt(path.join(base, 'many', name))).toMatchObject({ crewId: name });
  }
});

test('closing lets what is under way finish and then cuts idle connections', async () => {
  const directory = await makeDir('close', 'crew-1');
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const sockets = createCrewSockets({
    connect: (_request, socket) => socket.destroy(),
    socketsDir: path.dirname(directory),
    connections: createCrewConnections(),
    findWorkspaces: async (ids) => new Map(ids.map((id) => [id, 'w'])),
    handle(_request, response) {
      arrive();
      void mayAnswer.then(() => response.end('{}'));
    },
    log,
  });
  await sockets.start();
  const agent = new http.Agent({ keepAlive: true });
  const socketPath = path.join(directory, 'api.sock');
  const status = new Promise<number>((resolve, reject) => {
    const request = http.get({ socketPath, agent, path: '/' }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    request.once('error', reject);
  });
  await arrived;
  const closed = sockets.close(10_000);
  await expect(crewAt(directory)).rejects.toThrow();
  answer();
  expect(await status).toBe(200);
  const since = performance.now();
  await closed;
  expect(performance.now() - since).toBeLessThan(2_000);
  agent.destroy();
});
