import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLocalPorts, withPorts } from './local-ports.ts';

let root: string;
const servers: Server[] = [];
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'crewship-ports-test-'));
  await Promise.all(['one', 'two'].map((name) => mkdir(path.join(root, name))));
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(root, { recursive: true, force: true });
});

const open = (name: string) => openLocalPorts(path.join(root, name), path.join(root, 'reservations'));

/** Listens on a port (0: any) and returns it. */
function occupy(port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    servers.push(server);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

test('a preferred port that is taken is replaced, and the replacement is kept for the next start', async () => {
  const taken = await occupy();
  const ports = await open('one');
  const chosen = await ports.take('api', taken);
  expect(chosen).not.toBe(taken);
  await ports.release();
  expect(await (await open('one')).take('api', taken)).toBe(chosen);
});

test('two data folders never choose the same port, though nothing listens on it yet', async () => {
  const [one, two] = [await open('one'), await open('two')];
  const free = await one.take('redis', await unusedPort());
  expect(await two.take('redis', free)).not.toBe(free);
  await one.release();
  expect(await (await open('two')).take('other', free)).toBe(free);
});

test('when another program takes the port in between, the start is tried again on another', async () => {
  const preferred = await unusedPort();
  const tried: number[] = [];
  const chosen = await withPorts(await open('one'), [['api', preferred]], { held: false }, async (port = 0) => {
    tried.push(port);
    if (tried.length === 1) {
      await occupy(port);
      throw new Error('address in use');
    }
    return port;
  });
  expect(tried[0]).toBe(preferred);
  expect(chosen).not.toBe(preferred);
});

test('a start that fails on free ports is not tried again', async () => {
  let attempts = 0;
  const start = withPorts(await open('one'), [['api', await unusedPort()]], { held: false }, async () => {
    attempts += 1;
    throw new Error('wrong flag');
  });
  await expect(start).rejects.toThrow('wrong flag');
  expect(attempts).toBe(1);
});

async function unusedPort(): Promise<number> {
  const port = await occupy();
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}
