import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('a process that refuses the network reaches nobody, by any door', async () => {
  const server = http.createServer((_request, response) => response.end('secret'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const program = `
    const { refuseNetwork } = await import(${JSON.stringify(new URL('./refuse-network.ts', import.meta.url).href)});
    if (process.argv[1] === 'refuse') refuseNetwork();
    const tried = async (ask) => { try { return await ask(); } catch { return 'refused'; } };
    console.log(JSON.stringify([
      await tried(async () => (await fetch('${url}')).status),
      await tried(() => new Promise((done, fail) => {
        const { get } = process.getBuiltinModule('node:http');
        get('${url}', (answer) => done(answer.statusCode)).on('error', fail);
      })),
      await tried(async () => (await process.getBuiltinModule('node:dns').promises.lookup('localhost')).family > 0),
    ]));`;
  const run = async (...given: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--input-type=module', '-e', program],
      ...given,
    ]);
    return JSON.parse(stdout) as unknown;
  };
  try {
    expect(await run()).toEqual([200, 200, true]);
    expect(await run('refuse')).toEqual(['refused', 'refused', 'refused']);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
