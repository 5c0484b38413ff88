import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, test } from 'vitest';
import { PORTS_DIRECTORY, PORTS_SOCKET } from '../../../domain/crews/crews/crew-layout.ts';
import { PORT_HEADER, PORTS_KEY_HEADER } from '../../../domain/crews/sidecar/crew-ports.ts';
import { FRAMING_ATTEMPTS, smuggledRequest } from '../../support/framing-attempts.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';
import { servePorts, serveExposed } from './ports-world.ts';

const SMUGGLED = smuggledRequest('/smuggled');

let seen: { readonly line: string; readonly body: string }[] = [];
/** An agent's program: keeps connections, answers at once, and reads the body afterwards. */
const program = perFile(() =>
  serve((request, response) => {
    const line = `${request.method} ${request.url}`;
    response.end('here');
    void text(request)
      .catch(() => 'cut')
      .then((body) => seen.push({ line, body }));
  }),
);
const internal = perFile(() => startInternal('ports-framing'));
const crew = perFile(() => internal.addCrew());
const exposed = perFile(() => serveExposed(internal));
const ports = perFile(() => servePorts(internal, crew));
beforeEach(() => {
  seen = [];
});

/** Sends the attempt on a connection of its own, and what is no request after it, which ends one that is kept open. */
async function attempted(socket: net.Socket, head: string, body: string): Promise<string> {
  socket.on('error', () => {});
  socket.write(`${head}\r\n${body}\0 END\r\n\r\n`);
  return text(socket).catch(() => '');
}

async function expectOneRequest(method: string, name: string): Promise<void> {
  // What was begun has ended: the program answers the next one.
  await expect.poll(() => seen.filter(({ line }) => line === 'GET /next'), { timeout: 5_000 }).toHaveLength(1);
  const others = seen.filter(({ line }) => line !== 'GET /next');
  expect(others.length, name).toBeLessThanOrEqual(method === 'GET' || method === 'HEAD' ? 0 : 1);
  for (const { line, body } of others) {
    expect(line, name).toBe(`${method} /called`);
    expect(['', SMUGGLED, 'cut'], name).toContain(body);
  }
}

for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
  test(`${method} of an exposed port: no body becomes a request of the program`, async () => {
    const url = await ports.expose(program.port);
    for (const [name, attempt] of Object.entries(FRAMING_ATTEMPTS)) {
      seen = [];
      const { head, body } = attempt(SMUGGLED);
      const socket = net.connect(exposed.port, '127.0.0.1');
      const said = await attempted(socket, `${method} ${url}called HTTP/1.1\r\nhost: a\r\n${head}`, body);
      expect([...said.matchAll(/HTTP\/1\.1 [2-5]\d\d /g)].length, `${name}: ${said}`).toBeLessThanOrEqual(2);
      expect((await fetch(`${exposed.base}${url}next`)).status, name).toBe(200);
      await expectOneRequest(method, name);
    }
  });

  test(`${method} on the sidecar’s own socket for ports: the same, for whoever has the host’s key`, async () => {
    const socketPath = path.join(internal.socketsDir, crew.crewId, PORTS_DIRECTORY, PORTS_SOCKET);
    const keys = internal.tokens.portsKeys({ ...crew, generation: 0 });
    const proof = { [PORT_HEADER]: String(program.port), [PORTS_KEY_HEADER]: keys.join(',') };
    const lines = Object.entries(proof).map(([header, value]) => `${header}: ${value}\r\n`);
    for (const [name, attempt] of Object.entries(FRAMING_ATTEMPTS)) {
      seen = [];
      const { head, body } = attempt(SMUGGLED);
      await attempted(
        net.connect(socketPath),
        `${method} /called HTTP/1.1\r\nhost: a\r\n${lines.join('')}${head}`,
        body,
      );
      const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
      http.get({ socketPath, path: '/next', headers: proof, agent: false }, resolve).once('error', reject);
      const next = await promise;
      expect([next.statusCode, await text(next)], name).toEqual([200, 'here']);
      await expectOneRequest(method, name);
    }
  });
}
