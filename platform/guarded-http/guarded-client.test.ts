import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import zlib from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import { createGuardedClient, type GuardedClient, type OutboundRequest } from './guarded-client.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import type { Resolve } from './public-addresses.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Listener {
  readonly port: number;
  readonly url: string;
  /** Requests that reached it: method, path and headers. */
  readonly requests: { method: string; path: string; headers: http.IncomingHttpHeaders; body: string }[];
}

async function listen(answer: RequestListener, host = '127.0.0.1', port = 0): Promise<Listener> {
  const requests: Listener['requests'] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ method: request.method!, path: request.url!, headers: request.headers, body });
      answer(request, response);
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const listening = (server.address() as AddressInfo).port;
  return { port: listening, url: `http://${host}:${listening}`, requests };
}

function client(allowed: readonly { host: string; port: number }[] = [], resolve?: Resolve): GuardedClient {
  const made = createGuardedClient({ allowed, resolve });
  closing.push(() => made.close());
  return made;
}

const place = ({ port }: Listener, host = '127.0.0.1') => ({ host, port });
const ok: RequestListener = (_request, response) => response.end('well');

async function failureOf(client: GuardedClient, request: OutboundRequest): Promise<CrewshipError> {
  try {
    await (await client.send(request)).bytes();
  } catch (error) {
    if (error instanceof CrewshipError) return error;
    throw error;
  }
  throw new Error('it was answered');
}

/** Every way that we know to write an address which leads to this machine's own. */
const LOOPBACK_HOSTS = [
  ...['127.0.0.1', '127.1', '0x7f.0.0.1', '0177.0.0.1', '2130706433', '0x7f000001', '127.0.0.1.', '0', '0.0.0.0'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]'],
  ...['[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[0:0:0:0:0:ffff:7f00:0001]', '１２７.0.0.1', '127。0。0。1'],
  ...['localhost', 'LOCALHOST', 'localhost.'],
];

test('nothing of this machine is called, however its address is written', async () => {
  const inside = await listen(ok);
  const guarded = client();
  for (const host of LOOPBACK_HOSTS) {
    const error = await failureOf(guarded, { url: `http://${host}:${inside.port}/` });
    // A system may have no name `localhost.`; then there is nothing to refuse.
    expect([host, error.code], host).toEqual([host, host === 'localhost.' ? expect.any(String) : 'address_refused']);
  }
  const own = Object.values(os.networkInterfaces()).flatMap((entries) => entries ?? []);
  for (const { address, family, scopeid } of own) {
    if (scopeid !== undefined && scopeid !== 0) continue;
    const host = family === 'IPv6' ? `[${address}]` : address;
    expect((await failureOf(guarded, { url: `http://${host}:${inside.port}/` })).code, host).toBe('address_refused');
  }
  expect(inside.requests).toEqual([]);
});

test('private, link-local, metadata, multicast and reserved addresses are refused, and what resolves to them', async () => {
  const addresses = [
    ...['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '169.254.169.254', '168.63.129.16', '100.100.100.200'],
    ...[
      '224.0.0.1',
      '255.255.255.255',
      '198.18.0.1',
      '192.0.0.192',
      '240.0.0.1',
      'fd00:ec2::254',
      'fe80::1',
      'ff02::1',
    ],
    ...['fc00::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2001:db8::1'],
  ];
  for (const address of addresses) {
    const family = net.isIP(address);
    const byName = client([], async () => [{ address, family }]);
    const literal = family === 6 ? `[${address}]` : address;
    for (const host of [literal, 'tenant.example']) {
      const error = await failureOf(byName, { url: `http://${host}/`, timeoutMs: 2_000 });
      expect([error.code, error.extensions.rule], `${host} is ${address}`).toEqual([
        'address_refused',
        expect.stringMatching(/ address$/),
      ]);
    }
  }
});

test('what the operator allows is called: that host and that port, no other spelling of it', async () => {
  const good = await listen(ok);
  const other = await listen(ok);
  const guarded = client([place(good)]);
  expect(await (await guarded.send({ url: `${good.url}/a?b#c` })).text()).toBe('well');
  expect(good.requests).toMatchObject([{ method: 'GET', path: '/a?b' }]);
  for (const url of [other.url, `http://localhost:${good.port}`, `http://[::ffff:127.0.0.1]:${good.port}`]) {
    expect((await failureOf(guarded, { url })).code, url).toBe('address_refused');
  }
  expect(good.requests).toHaveLength(1);
  expect(other.requests).toEqual([]);

  const byName = client([place(good, 'models.lan')], async () => [{ address: '127.0.0.1', family: 4 }]);
  expect(await (await byName.send({ url: `http://MODELS.lan:${good.port}/` })).text()).toBe('well');
  expect((await failureOf(byName, { url: `http://other.lan:${good.port}/` })).code).toBe('address_refused');
});

test('a name that resolves to something else a moment later is called at the address that was checked', async () => {
  const checked = await listen((_request, response) => response.end('checked'), '127.0.0.2');
  const rebound = await listen((_request, response) => response.end('rebound'), '127.0.0.1', checked.port);
  let lookups = 0;
  const guarded = client([place(checked, 'moves.example')], async () => {
    lookups += 1;
    return [{ address: lookups === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }];
  });
  expect(await (await guarded.send({ url: `http://moves.example:${checked.port}/` })).text()).toBe('checked');
  expect(lookups).toBe(1);
  expect(rebound.requests).toEqual([]);

  // Of what a name resolves to, only that which is public is called: here nothing that is there.
  let answers = 0;
  const flips = client([], async () => {
    answers += 1;
    return answers % 2 === 0 ? [{ address: '127.0.0.1', family: 4 }] : [{ address: '10.255.255.1', family: 4 }];
  });
  for (let turn = 0; turn < 4; turn += 1) {
    expect((await failureOf(flips, { url: `http://flips.example:${rebound.port}/` })).code).toBe('address_refused');
  }
  expect(answers).toBe(4);
  expect(rebound.requests).toEqual([]);
});

test('each redirect is judged like the first address', async () => {
  const inside = await listen(ok);
  const door = await listen((request, response) => {
    response.writeHead(302, { location: decodeURIComponent(request.url!.slice(1)) }).end();
  });
  const guarded = client([place(door)]);
  const to = (location: string) => failureOf(guarded, { url: `${door.url}/${encodeURIComponent(location)}` });
  for (const host of LOOPBACK_HOSTS.filter((name) => name !== 'localhost.' && /^[\x20-\x7e]+$/.test(name))) {
    expect((await to(`http://${host}:${inside.port}/`)).code, host).toBe('address_refused');
  }
  expect((await to('http://169.254.169.254/latest/meta-data/')).code).toBe('address_refused');
  for (const location of ['file:///etc/passwd', 'gopher://127.0.0.1/', 'http://user:word@127.0.0.1/', 'http://[']) {
    expect((await to(location)).extensions.reason, location).toBe('redirect');
  }
  expect(inside.requests).toEqual([]);
});

test('redirects are followed a few times, and another origin hears of no secret', async () => {
  const second = await listen(ok);
  const first = await listen((request, response) => {
    const [, status = '302', what] = /^\/(\d+)\/(.*)$/.exec(request.url!) ?? [];
    const location = what === 'away' ? `${second.url}/` : what === 'round' ? request.url! : '/there';
    if (request.url === '/there') response.end('there');
    else response.writeHead(Number(status), { location }).end('go on');
  });
  const guarded = client([place(first), place(second)]);
  const secrets = { authorization: 'Bearer s3cret', 'x-api-key': 's3cret', cookie: 's3cret', accept: 'text/plain' };

  const same = await guarded.send({ url: `${first.url}/307/same`, method: 'POST', body: 'hello', headers: secrets });
  expect([await same.text(), same.url]).toEqual(['there', `${first.url}/there`]);
  expect(first.requests.at(-1)).toMatchObject({ method: 'POST', body: 'hello', headers: { 'x-api-key': 's3cret' } });

  const turned = await guarded.send({ url: `${first.url}/303/same`, method: 'POST', body: 'hello' });
  expect(await turned.text()).toBe('there');
  expect(first.requests.at(-1)).toMatchObject({ method: 'GET', body: '' });

  expect(await (await guarded.send({ url: `${first.url}/302/away`, headers: secrets })).text()).toBe('well');
  expect(second.requests).toHaveLength(1);
  expect(second.requests[0]!.headers.accept).toBe('text/plain');
  expect(JSON.stringify(second.requests[0])).not.toContain('s3cret');

  const withBody = { url: `${first.url}/308/away`, method: 'POST' as const, body: '{"client_secret":"s3cret"}' };
  expect((await failureOf(guarded, withBody)).extensions.reason).toBe('redirect');
  expect((await failureOf(guarded, { url: `${first.url}/302/round` })).extensions.reason).toBe('redirect');
  expect(first.requests.filter(({ path }) => path === '/302/round')).toHaveLength(6);
  const unfollowed = await guarded.send({ url: `${first.url}/302/away`, redirects: 0 });
  expect([unfollowed.status, await unfollowed.text()]).toEqual([302, 'go on']);
  expect(second.requests).toHaveLength(1);
});

test('an answer that is slow, large or packed to be large ends at its limit', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(64 * 1_024 * 1_024));
  const piece = Buffer.alloc(65_536, 'x');
  let sentBytes = 0;
  const bad = await listen((request, response) => {
    const { url } = request;
    if (url === '/silent') return;
    if (url === '/bomb') return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    if (url === '/twice') return void response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(bomb);
    if (url === '/torn') {
      return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb.subarray(0, 2_000));
    }
    if (url === '/broken') {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      return void setTimeout(() => response.destroy(), 20);
    }
    if (url === '/drip') {
      const timer = setInterval(() => response.write('.'), 20);
      return void response.once('close', () => clearInterval(timer));
    }
    const pour = () => {
      while (response.write(piece)) sentBytes += piece.length;
    };
    response.on('drain', pour);
    pour();
  });
  const guarded = client([place(bad)]);
  const reason = async (path: string, limits: Partial<OutboundRequest> = {}) =>
    (await failureOf(guarded, { url: `${bad.url}${path}`, timeoutMs: 5_000, limitBytes: 1_048_576, ...limits }))
      .extensions.reason;
  expect(await reason('/silent', { timeoutMs: 200 })).toBe('timeout');
  expect(await reason('/drip', { timeoutMs: 200 })).toBe('timeout');
  expect(await reason('/endless')).toBe('too_large');
  expect(sentBytes).toBeLessThan(32 * 1_048_576);
  expect(await reason('/bomb')).toBe('too_large');
  expect(await reason('/twice')).toBe('answer');
  expect(await reason('/torn', { limitBytes: 128 * 1_048_576 })).toBe('answer');
  expect(await reason('/broken')).toBe('connection');
});

test('a packed answer is read unpacked, and one that is no HTTP is not read', async () => {
  const good = await listen((request, response) => {
    const encoding = request.url!.slice(1);
    const packed = { gzip: zlib.gzipSync, br: zlib.brotliCompressSync, deflate: zlib.deflateSync }[encoding]!('well');
    response.writeHead(200, { 'content-encoding': encoding, 'content-length': packed.length }).end(packed);
  });
  const guarded = client([place(good)]);
  for (const encoding of ['gzip', 'br', 'deflate']) {
    const answer = await guarded.send({ url: `${good.url}/${encoding}` });
    expect(Object.keys(answer.headers)).not.toContain('content-encoding');
    expect(await answer.text(), encoding).toBe('well');
  }
  const noHttp = net.createServer((socket) => socket.end('SSH-2.0-x\r\n'));
  noHttp.listen(0, '127.0.0.1');
  await once(noHttp, 'listening');
  closing.push(() => noHttp.close());
  const { port } = noHttp.address() as AddressInfo;
  const error = await failureOf(client([{ host: '127.0.0.1', port }]), { url: `http://127.0.0.1:${port}/` });
  expect([error.code, error.extensions.reason]).toEqual(['egress_failed', 'answer']);
});

test('what is no URL to call and no header to send is refused before anything is sent', async () => {
  const good = await listen(ok);
  const guarded = client([place(good)]);
  for (const url of [
    '',
    'x',
    'ftp://example.com/',
    'file:///etc/passwd',
    `http://u:p@127.0.0.1:${good.port}/`,
    '//x',
  ]) {
    expect((await failureOf(guarded, { url })).fields[0]?.path, url).toBe('url');
  }
  const wrong: Record<string, string>[] = [
    { host: 'x' },
    { 'transfer-encoding': 'chunked' },
    { 'a b': 'x' },
    { a: 'x\r\nb: y' },
  ];
  for (const headers of wrong) {
    expect((await failureOf(guarded, { url: good.url, headers })).code).toBe('invalid_request');
  }
  expect(good.requests).toEqual([]);
});

test('a caller that gives up is heard, before the answer and within it', async () => {
  const slow = await listen((_request, response) => void response.writeHead(200).write('first'));
  const guarded = client([place(slow)]);
  const gone = AbortSignal.abort(new Error('gone before'));
  await expect(guarded.send({ url: slow.url, signal: gone })).rejects.toThrow('gone before');
  const leaving = new AbortController();
  const answer = await guarded.send({ url: slow.url, signal: leaving.signal });
  const read = async () => {
    for await (const piece of answer.body()) if (piece.length > 0) leaving.abort(new Error('gone within'));
  };
  await expect(read()).rejects.toThrow('gone within');
});

test('a workspace whose names take long to look up leaves room for another’s', async () => {
  const leaving = new AbortController();
  const hanging = (_host: string, stopped: AbortSignal) =>
    new Promise<never>((_resolve, reject) => stopped.addEventListener('abort', () => reject(new Error('stopped'))));
  const guarded = client([], (host, stopped) =>
    host.startsWith('slow') ? hanging(host, stopped) : Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  );
  const greedy = Array.from({ length: 460 }, (_, n) =>
    guarded.send({ url: `http://slow-${n}.example/`, share: 'greedy', signal: leaving.signal }).then(
      () => 'answered',
      (error: unknown) => (error instanceof CrewshipError ? error.code : 'gone'),
    ),
  );
  expect(await Promise.race(greedy)).toBe('unavailable');
  // It was looked up, and judged.
  const other = guarded.send({ url: 'http://quick.example/', share: 'modest' });
  await expect(other).rejects.toMatchObject({ code: 'address_refused' });
  leaving.abort(new Error('enough'));
  expect((await Promise.all(greedy)).filter((outcome) => outcome === 'gone')).toHaveLength(448);
});

test('a name that takes long to look up counts in the time of the call', async () => {
  const guarded = client([], () => new Promise(() => {}));
  const error = await failureOf(guarded, { url: 'http://slow.example/', timeoutMs: 50 });
  expect([error.code, error.extensions.reason]).toEqual(['egress_failed', 'timeout']);
});

test('libraries get a fetch that is guarded and follows nothing', async () => {
  const good = await listen((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    else response.writeHead(201, { 'content-type': 'application/json' }).end('{"a":1}');
  });
  const limits = { timeoutMs: 5_000, limitBytes: 1_000 };
  const fetched = createGuardedFetch(client([place(good)]), limits);
  const answer = await fetched(`${good.url}/x`, { method: 'post', body: '{}', headers: { 'x-a': 'b' } });
  expect([answer.status, await answer.json()]).toEqual([201, { a: 1 }]);
  expect(good.requests[0]).toMatchObject({ method: 'POST', body: '{}', headers: { 'x-a': 'b' } });
  await fetched(`${good.url}/form`, { method: 'post', body: new URLSearchParams({ a: 'b c' }) });
  expect(good.requests[1]).toMatchObject({ body: 'a=b+c' });
  expect((await fetched(`${good.url}/away`)).status).toBe(302);
  await expect(fetched('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'address_refused' });
});
