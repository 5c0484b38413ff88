import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';
import { beforeEach, expect, test } from 'vitest';
import type { ResolvedAddress } from '../../../platform/guarded-http/public-addresses.ts';
import { addRun, startLedger } from '../../money/ledger/ledger-fixture.ts';
import { eventually } from '../../support/test-crew.ts';
import { egressEntries, listen, LOOPBACK_ALLOWED, openTunnel, readAll, setNetwork } from './egress-fixture.ts';
import { startSidecarServer } from './sidecar-fixture.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';

/** What names resolve to, by the number of times that they were asked for. */
const NAMES: Record<string, (asked: number) => readonly string[]> = {
  'local.test': () => ['127.0.0.1'],
  'sub.local.test': () => ['127.0.0.1'],
  'private.test': () => ['10.0.0.1'],
  'metadata.test': () => ['169.254.169.254'],
  'mapped.test': () => ['::ffff:10.0.0.1'],
  'mixed.test': () => ['10.0.0.1', '127.0.0.1'],
  'rebinds.test': (asked) => (asked === 1 ? ['127.0.0.1'] : ['10.0.0.1']),
  'nobody.test': () => [],
};

let asked: string[] = [];

function resolve(host: string): Promise<ResolvedAddress[]> {
  asked.push(host);
  const addresses = NAMES[host]?.(asked.filter((name) => name === host).length) ?? [];
  return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
}

const echo = perFile(() => listen((socket) => socket.pipe(socket)));
const web = perFile(() =>
  serve((request, response) => {
    if (request.url === '/breaks') {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
      return;
    }
    response.writeHead(201, { 'x-seen': JSON.stringify(request.headers), 'set-cookie': ['a=1', 'b=2'] });
    request.pipe(response);
  }),
);
const ledger = perFile(() =>
  startLedger('egress', {
    egress: { allowPrivate: LOOPBACK_ALLOWED, ports: [80, 443, echo.port, web.port] },
    resolve,
  }),
);
beforeEach(() => {
  asked = [];
});
const crew = perTest(() => ledger.internal.addCrew());

const connect = (authority: string, headers: Record<string, string> = {}) =>
  openTunnel(crew, authority, { 'x-internal-token': crew.token, ...headers });

async function echoed(socket: Socket, text: string): Promise<string> {
  const said = readAll(socket);
  socket.end(text);
  return said;
}

const allow = (...allowed_domains: string[]) => setNetwork(crew, { network_mode: 'restricted', allowed_domains });

test('a crew that allows nothing reaches nothing, is told so, and the name is not even looked up', async () => {
  const answer = await connect(`local.test:${echo.port}`);
  expect([answer.status, answer.headers['content-type']]).toEqual([403, 'application/problem+json']);
  expect(answer.body).toMatchObject({
    code: 'egress_denied',
    host: 'local.test',
    port: echo.port,
    rule: 'not in allowed_domains',
    detail: `local.test:${echo.port} is not for this crew: not in allowed_domains`,
  });
  expect(asked).toEqual([]);
});

test('allowed names, wildcards and policy changes hold for the next connection', async () => {
  await allow('local.test');
  const open = await connect(`local.test:${echo.port}`);
  expect(open.status).toBe(200);
  expect((await connect(`sub.local.test:${echo.port}`)).status).toBe(403);
  await allow('*.local.test');
  expect(await echoed((await connect(`sub.local.test:${echo.port}`)).socket, 'below')).toBe('below');
  expect((await connect(`LOCAL.test.:${echo.port}`)).status).toBe(403);
  // What is open stays open.
  expect(await echoed(open.socket, 'still here')).toBe('still here');
  await setNetwork(crew, { network_mode: 'free' });
  expect(await echoed((await connect(`LOCAL.test.:${echo.port}`)).socket, 'free')).toBe('free');
});

test('the API of a provider is not connected to: whoever asks is told where its calls are metered', async () => {
  await setNetwork(crew, { network_mode: 'free' });
  for (const [authority, provider] of [
    ['api.anthropic.com:443', 'anthropic'],
    ['API.OpenAI.com.:443', 'openai'],
    ['eu.api.openai.com:443', 'openai'],
    ['api.openai.com:80', 'openai'],
    // Where this instance calls it.
    ['127.0.0.1:1', 'anthropic'],
  ] as const) {
    const { status, body } = await connect(authority);
    expect([status, body.code, body.rule], authority).toEqual([403, 'egress_denied', 'metered provider']);
    expect([body.use, body.detail], authority).toEqual([
      `http://127.0.0.1:9119/llm/${provider}`,
      expect.stringContaining(`http://127.0.0.1:9119/llm/${provider}`),
    ]);
  }
  expect(asked).toEqual([]);
  expect((await connect('api.openai.com.evil.test:443')).body).not.toMatchObject({ rule: 'metered provider' });
  const entries = await eventually(
    () => egressEntries(ledger, crew),
    (found) => found.some(({ host }) => host === 'api.anthropic.com'),
  );
  expect(entries.find(({ host }) => host === 'api.anthropic.com')).toMatchObject({
    ...{ decision: 'denied', rule: 'metered provider', port: 443 },
  });
});

test('addresses that are not public are refused in every form, also behind an allowed name', async () => {
  await setNetwork(crew, { network_mode: 'free' });
  const cases = [
    ['private.test:443', 'private address'],
    ['metadata.test:80', 'metadata address'],
    ['mapped.test:443', 'private address'],
    ['169.254.169.254:80', 'metadata address'],
    ['[::ffff:169.254.169.254]:80', 'metadata address'],
    ['[::ffff:a9fe:a9fe]:80', 'metadata address'],
    ['[64:ff9b::a00:1]:443', 'private address'],
    ['[2002:a00:1::]:443', 'private address'],
    ['10.0.0.1:443', 'private address'],
    ['[::1]:443', 'loopback address'],
    ['[::]:443', 'reserved address'],
    ['[fd00::1]:443', 'private address'],
    ['[fe80::1]:443', 'link_local address'],
    ['100.64.0.1:443', 'private address'],
    ['224.0.0.1:443', 'multicast address'],
    ['0.0.0.0:443', 'reserved address'],
  ] as const;
  for (const [authority, rule] of cases) {
    expect((await connect(authority)).body, authority).toMatchObject({ code: 'egress_denied', rule });
  }
  // Of a name with several addresses only those that may be reached are dialled.
  expect(await echoed((await connect(`mixed.test:${echo.port}`)).socket, 'public')).toBe('public');
});

test('the address that was judged is the one that is dialled: a name that changes its mind is asked once', async () => {
  await allow('rebinds.test');
  expect(await echoed((await connect(`rebinds.test:${echo.port}`)).socket, 'first')).toBe('first');
  expect(asked).toEqual(['rebinds.test']);
  expect((await connect(`rebinds.test:${echo.port}`)).body).toMatchObject({ rule: 'private address' });
});

test('restricted crews reach the operator’s ports, and what is no host and port is refused', async () => {
  await allow('local.test');
  expect((await connect('local.test:22')).body).toMatchObject({ code: 'egress_denied', rule: 'port not allowed' });
  for (const authority of ['local.test', 'local.test:0', 'user@local.test:443', '[local.test]:443']) {
    expect((await connect(authority)).body, authority).toMatchObject({ code: 'invalid_request' });
  }
  await setNetwork(crew, { network_mode: 'free' });
  expect((await connect('nobody.test:443')).body).toMatchObject({ status: 502, code: 'egress_failed' });
  const closed = await listen(() => {});
  await closed.close();
  expect((await connect(`local.test:${closed.port}`)).body).toMatchObject({ status: 502, code: 'egress_failed' });
});

test('the crew is proven by its socket and its token, as on the internal routes', async () => {
  const sibling = await ledger.internal.addCrew(crew);
  const at = (headers: Record<string, string>) => openTunnel(crew, 'local.test:443', headers);
  expect((await at({})).status).toBe(401);
  expect((await at({ 'x-internal-token': `${crew.token}0` })).status).toBe(401);
  expect((await at({ 'x-internal-token': sibling.token })).status).toBe(403);
  const run = await addRun(ledger, sibling, { id: `run-${sibling.crewId}` });
  expect((await at({ 'x-internal-token': crew.token, 'x-run-token': run })).body).toMatchObject({ code: 'forbidden' });
  const plain = await crew.call({ path: `http://local.test:${web.port}/`, token: null });
  expect([plain.status, plain.body.code]).toEqual([401, 'unauthenticated']);
  const model = await crew.call({ path: '/llm/anthropic/v1/messages', body: {}, token: null });
  expect([model.status, model.body.code]).toEqual([401, 'unauthenticated']);
});

test('plain requests are carried whole, without what is the proxy’s', async () => {
  await allow('local.test');
  const body = 'x'.repeat(300_000);
  const request = http.request({
    ...{ socketPath: crew.socketPath, agent: false, method: 'POST', path: `http://local.test:${web.port}/a/b?c=d` },
    headers: {
      'x-internal-token': crew.token,
      'proxy-authorization': 'Basic eDp5',
      'x-mine': 'yes',
      connection: 'x-hop',
      'x-hop': '1',
    },
  });
  request.end(body);
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  expect(answer.statusCode).toBe(201);
  expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  const seen = JSON.parse(answer.headers['x-seen'] as string) as Record<string, string>;
  expect(seen).toMatchObject({ host: `local.test:${web.port}`, 'x-mine': 'yes' });
  for (const name of ['x-internal-token', 'proxy-authorization', 'x-hop']) expect(seen, name).not.toHaveProperty(name);
  let length = 0;
  for await (const chunk of answer) length += (chunk as Buffer).length;
  expect(length).toBe(body.length);

  const denied = await crew.call({ path: 'http://elsewhere.test/secret?token=1' });
  expect([denied.status, denied.body.code]).toEqual([403, 'egress_denied']);
  expect(JSON.stringify(denied.body)).not.toContain('secret');
  for (const url of ['https://local.test/', 'ftp://local.test/', 'http://', 'x']) {
    expect((await crew.call({ path: url })).status, url).toBe(400);
  }
  await expect(crew.call({ path: `http://local.test:${web.port}/breaks` })).rejects.toThrow(/aborted|hang up/);
});

test('either side’s end ends a tunnel, and a reader that is slow slows the sender', async () => {
  await allow('local.test');
  const server = await listen((socket) => socket.resume().once('end', () => socket.end()));
  await setNetwork(crew, { network_mode: 'free' });
  const { socket } = await connect(`local.test:${server.port}`);
  await eventually(
    () => Promise.resolve(server.sockets.size),
    (size) => size === 1,
  );
  socket.destroy();
  await eventually(
    () => Promise.resolve(server.sockets.size),
    (size) => size === 0,
  );
  const second = await connect(`local.test:${server.port}`);
  await eventually(
    () => Promise.resolve(server.sockets.size),
    (size) => size === 1,
  );
  second.socket.resume();
  const closed = once(second.socket, 'close');
  for (const open of server.sockets) open.resetAndDestroy();
  await closed;
  await server.close();

  const flood = await listen(
    (open) =>
      void (async () => {
        for (let index = 0; index < 2_000 && !open.destroyed; index += 1) {
          if (!open.write(Buffer.alloc(65_536))) await once(open, 'drain');
        }
        open.end();
      })(),
  );
  const slow = await connect(`local.test:${flood.port}`);
  const before = process.memoryUsage().rss;
  await new Promise((passed) => setTimeout(passed, 300));
  expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
  let received = 0;
  for await (const chunk of slow.socket) received += (chunk as Buffer).length;
  expect(received).toBe(2_000 * 65_536);
  await flood.close();
});

test('the journal counts connections and bytes by host, names the run, and holds no path', async () => {
  await allow('local.test');
  const runToken = await addRun(ledger, crew, { id: `run-${crew.crewId}` });
  for (let index = 0; index < 5; index += 1) {
    const { socket } = await connect(`local.test:${echo.port}`, { 'x-run-token': runToken });
    await echoed(socket, '0123456789');
  }
  for (let index = 0; index < 20; index += 1) await connect('elsewhere.test:443');
  for (let index = 0; index < 100; index += 1) await connect(`a${index}.elsewhere.test:443`);
  await crew.call({ path: 'http://elsewhere.test/secret?token=1' });
  const sum = (entries: Awaited<ReturnType<typeof egressEntries>>, decision: string) =>
    entries.filter((entry) => entry.decision === decision).reduce((total, entry) => total + entry.connections, 0);
  const entries = await eventually(
    () => egressEntries(ledger, crew),
    (found) => sum(found, 'denied') === 121 && sum(found, 'allowed') === 5,
  );
  const own = entries.filter(({ host }) => host === 'local.test');
  expect(own[0]).toMatchObject({ port: echo.port, decision: 'allowed', rule: 'local.test' });
  expect(own.reduce((total, entry) => total + entry.bytes_sent, 0)).toBe(50);
  expect(own.reduce((total, entry) => total + entry.bytes_received, 0)).toBe(50);
  // A hundred hosts are some entries and a count of the rest.
  expect(entries.length).toBeLessThan(110);
  expect(entries.some(({ host }) => host === '*')).toBe(true);
  expect(JSON.stringify(entries)).not.toContain('secret');
  const [row] = await ledger.rows(
    `SELECT agent_id, trace_id, actor_type, severity FROM journal_entries
     WHERE crew_id = $1 AND entry_type = 'network.egress' AND payload->>'host' = 'local.test' LIMIT 1`,
    [crew.crewId],
  );
  expect(row).toEqual({
    agent_id: crew.lead.id,
    trace_id: `run-${crew.crewId}`,
    actor_type: 'sidecar',
    severity: 'info',
  });
});

test('through the sidecar: tunnels, plain requests and refusals, as the run that the proxy’s user names', async () => {
  await allow('local.test');
  const sidecar = await startSidecarServer(crew);
  const runToken = await addRun(ledger, crew, { id: `run-${crew.crewId}` });
  const headers = { 'proxy-authorization': `Basic ${Buffer.from(`run:${runToken}`).toString('base64')}` };
  const opened = await openTunnel(sidecar, `local.test:${echo.port}`, headers);
  expect(await echoed(opened.socket, 'x'.repeat(1_000_000))).toHaveLength(1_000_000);
  const denied = await openTunnel(sidecar, 'elsewhere.test:443', headers);
  expect([denied.status, denied.headers['content-type']]).toEqual([403, 'application/problem+json']);
  expect(denied.body).toMatchObject({ code: 'egress_denied', host: 'elsewhere.test' });
  const get = async (url: string) => {
    const request = http.get({ port: sidecar.port, host: '127.0.0.1', path: url, headers, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return [response.statusCode, await readAll(response)] as const;
  };
  expect(await get(`http://local.test:${web.port}/a`)).toEqual([201, '']);
  const [status, body] = await get('http://elsewhere.test/a');
  expect([status, body]).toEqual([403, expect.stringContaining('elsewhere.test:80 is not for this crew')]);
  await eventually(
    () =>
      ledger.rows<{ count: string }>(
        `SELECT count(*) FROM journal_entries WHERE crew_id = $1 AND entry_type = 'network.egress' AND trace_id = $2`,
        [crew.crewId, `run-${crew.crewId}`],
      ),
    ([row]) => Number(row!.count) >= 4,
  );
  await sidecar.server.drain(0);
});

test('a crew that has its connections open gets no more until one ends', async () => {
  await setNetwork(crew, { network_mode: 'free' });
  const opened: Awaited<ReturnType<typeof connect>>[] = [];
  // Some at a time: how many look up a name at once is another limit.
  while (opened.length < 512) {
    opened.push(...(await Promise.all(Array.from({ length: 64 }, () => connect(`local.test:${echo.port}`)))));
  }
  expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await connect(`local.test:${echo.port}`)).body).toMatchObject({ code: 'rate_limited' });
  const sibling = await ledger.internal.addCrew(crew);
  await setNetwork(sibling, { network_mode: 'free' });
  const other = await openTunnel(sibling, `local.test:${echo.port}`, { 'x-internal-token': sibling.token });
  expect(other.status).toBe(200);
  other.socket.destroy();
  for (const { socket } of opened) socket.destroy();
  await eventually(
    async () => {
      const again = await connect(`local.test:${echo.port}`);
      again.socket.destroy();
      return again.status;
    },
    (status) => status === 200,
  );
});
