import net from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InternalCrew } from '../../support/sidecar-api.ts';
import { startLedger } from '../../money/ledger/ledger-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';
import { FRAMING_ATTEMPTS, smuggledRequest } from '../../support/framing-attempts.ts';
import { LOOPBACK_ALLOWED, setNetwork, storeKey } from './egress-fixture.ts';

/** What reached the other side: which connection, with whose key, and what its body was. */
interface Seen {
  readonly socket: Socket;
  readonly line: string;
  readonly key: string | undefined;
  readonly body: string;
}

let seen: Seen[] = [];
let malformed: string[] = [];

/** A provider, and a site of the internet: keeps connections, answers at once, and reads the body afterwards. */
const upstream = perFile(() =>
  serve((request, response) => {
    const { socket } = request;
    const line = `${request.method} ${request.url}`;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"usage":{}}');
    void text(request)
      .catch(() => 'cut')
      .then((body) => seen.push({ socket, line, key: request.headers.authorization, body }));
  }),
);
const otherPort = perFile(async () => ({ port: await findFreePort() }));
const ledger = perFile(async () => {
  upstream.server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    malformed.push(String(error.code));
    socket.destroy();
  });
  return startLedger('framing', {
    egress: {
      // By its name, as what is reached through a proxy is no provider.
      providerUrls: {
        anthropic: `http://localhost:${upstream.port}`,
        openai: `http://localhost:${upstream.port}/v1`,
      },
      allowPrivate: LOOPBACK_ALLOWED,
      ports: [upstream.port, otherPort.port],
    },
  });
});
const attacker = perFile(() => ledger.internal.addCrew());
const victim = perFile(() => ledger.internal.addCrew());
const crews = perFile(async () => {
  for (const [crew, value] of [
    [attacker, 'sk-of-the-attacker'],
    [victim, 'sk-of-the-victim'],
  ] as const) {
    await storeKey(crew, { provider: 'openai', value });
    await setNetwork(crew, { network_mode: 'restricted', allowed_domains: ['127.0.0.1'] });
  }
  return [attacker, victim];
});

beforeEach(() => {
  expect(crews).toHaveLength(2);
  seen = [];
  malformed = [];
});
afterEach(() => expect(malformed).toEqual([]));

const proof = (crew: InternalCrew) => `x-internal-token: ${crew.token}\r\n`;

/** Sends bytes on the crew's socket and returns all that comes back until it ends. */
async function send(crew: InternalCrew, bytes: string): Promise<string> {
  const socket = net.connect(crew.socketPath);
  socket.write(bytes);
  return text(socket);
}

const statuses = (said: string): number[] =>
  [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

/** One call of the victim's: what it must look like to its provider. */
async function callOfVictim(): Promise<void> {
  const body = '{"model":"gpt-5","messages":[]}';
  const said = await send(
    victim,
    `POST /llm/openai/v1/chat/completions HTTP/1.1\r\nhost: api\r\n${proof(victim)}connection: close\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  expect(statuses(said)).toEqual([200]);
  expect(seen.at(-1)).toMatchObject({
    line: 'POST /v1/chat/completions',
    key: 'Bearer sk-of-the-victim',
    body,
  });
}

const SMUGGLED = smuggledRequest('/v1/files', 'authorization: Bearer sk-of-the-attacker\r\n');

const TARGETS: Readonly<Record<string, () => string>> = {
  'a provider': () => '/llm/openai/v1/models',
  'a site, as through a proxy': () => `http://127.0.0.1:${upstream.port}/v1/models`,
};

for (const [target, url] of Object.entries(TARGETS)) {
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
    test(`${method} of ${target}: no body becomes a request, and the next crew's call is its own`, async () => {
      for (const [name, attempt] of Object.entries(FRAMING_ATTEMPTS)) {
        seen = [];
        const { head, body } = attempt(SMUGGLED);
        // What follows is no request: it ends a connection that is kept open.
        const attempted = `${method} ${url()} HTTP/1.1\r\nhost: api\r\n${proof(attacker)}${head}\r\n${body}`;
        const said = await send(attacker, `${attempted}\0 END\r\n\r\n`);
        await callOfVictim();
        const [call, ...others] = seen.toReversed();
        // Of the attempt: nothing, or one request that says all of it.
        expect(others.length, `${name}: ${said}`).toBeLessThanOrEqual(1);
        for (const other of others) {
          expect(other.line, name).toBe(`${method} /v1/models`);
          expect(other.key ?? '', name).not.toContain('victim');
          expect(['', SMUGGLED, 'cut'], name).toContain(other.body);
          expect(other.socket, name).not.toBe(call?.socket);
        }
        if (method === 'GET' || method === 'HEAD') expect(others, `${name}: ${said}`).toEqual([]);
        // A name beginning so is answered once by us; what follows a refusal is never read.
        expect(statuses(said).length, `${name}: ${said}`).toBeLessThanOrEqual(2);
      }
    });
  }
}

test('a tunnel has no body, and who changes the protocol unasked has given no answer', async () => {
  const end = `host: api\r\n${proof(attacker)}`;
  for (const head of ['content-length: 3\r\n', 'transfer-encoding: chunked\r\n', 'connection: content-length\r\n']) {
    const said = await send(attacker, `CONNECT 127.0.0.1:${upstream.port} HTTP/1.1\r\n${end}${head}\r\n0\r\n\r\n`);
    expect(statuses(said), head).toEqual([400]);
  }
  await using switching = await listenOnce(
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
  );
  const said = await send(
    attacker,
    `GET http://127.0.0.1:${switching.port}/ HTTP/1.1\r\n${end}connection: close\r\n\r\n`,
  );
  expect(statuses(said)).toEqual([502]);
});

test('a provider’s connection is used again for the same key, and never for another', async () => {
  await callOfVictim();
  await callOfVictim();
  const [first, second] = seen;
  expect(second?.socket).toBe(first?.socket);
  const said = await send(
    attacker,
    `GET /llm/openai/v1/models HTTP/1.1\r\nhost: api\r\n${proof(attacker)}connection: close\r\n\r\n`,
  );
  expect(statuses(said)).toEqual([200]);
  expect(seen.at(-1)).toMatchObject({ key: 'Bearer sk-of-the-attacker', body: '' });
  expect(seen.at(-1)?.socket).not.toBe(first?.socket);
});

test('requests that follow each other without waiting are one each', async () => {
  const one = (path: string, last: boolean) =>
    `GET /llm/openai/v1/${path} HTTP/1.1\r\nhost: api\r\n${proof(attacker)}${last ? 'connection: close\r\n' : ''}\r\n`;
  const said = await send(attacker, `${one('models?a', false)}${one('models?b', false)}${one('models?c', true)}`);
  expect(statuses(said)).toEqual([200, 200, 200]);
  expect(seen.map(({ line }) => line).sort()).toEqual(['GET /v1/models?a', 'GET /v1/models?b', 'GET /v1/models?c']);
});

/** On the one port that crews may reach beside the upstream's: says this to whoever connects. */
async function listenOnce(answer: string) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(otherPort.port, '127.0.0.1', resolve));
  return {
    port: otherPort.port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
