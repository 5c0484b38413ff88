import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAttemptLimiter } from '../../../api/http/limits/attempt-limiter.ts';
import { createWindowCounter, type WindowCounter } from '../../../platform/limits/window-counter.ts';
import { type GatedRedis, openRedisBehindGate } from '../../instance/maintenance/redis-behind-gate.ts';
import { listen, log } from '../streams/live-journal.ts';
import { openSocket, socketToken } from '../streams/socket-client.ts';
import { startTestApi, type TestApi } from '../../support/test-api.ts';
import { soon } from '../../support/soon.ts';

const LIMIT = 4;

let redis: GatedRedis;
let stackId: string;
const counters: WindowCounter[] = [];
/** Two processes of one instance, and one behind a proxy. */
let first: TestApi;
let second: TestApi;
let behind: TestApi;

beforeAll(async () => {
  redis = await openRedisBehindGate();
  stackId = `test-${randomBytes(4).toString('hex')}`;
  const start = async (over?: TestApi, trustedProxies: readonly string[] = []) =>
    startTestApi({
      attempts: createAttemptLimiter({ counter: await openCounter(), perMinute: LIMIT }),
      ...(over === undefined ? {} : { over: over.testDatabase }),
      trustedProxies,
    });
  first = await start();
  second = await start(first);
  behind = await start(first, ['10.0.0.0/8']);
}, 120_000);
afterAll(async () => {
  for (const api of [behind, second, first]) await api.close();
  for (const counter of counters) counter.close();
  const keys = await redis.direct.keys(`crewship:limits:${stackId}*`);
  if (keys.length > 0) await redis.direct.del(...keys);
  await redis.close();
});

/** A counter of a process of its own, connected. */
async function openCounter(windowMs = 60_000): Promise<WindowCounter> {
  const counter = createWindowCounter({
    redisUrl: redis.redisUrl,
    namespace: stackId,
    windowMs,
    log,
  });
  counters.push(counter);
  const probe = randomBytes(4).toString('hex');
  await soon(async () => {
    await counter.add(probe);
    expect(await redis.direct.exists(`crewship:limits:${stackId}:${probe}`)).toBe(1);
  });
  return counter;
}

/** Each test counts for addresses of its own. */
let lastAddress = 0;
const newAddress = (): string => `198.51.100.${++lastAddress}`;

const wrongToken = () => `crewship_cli_${randomBytes(32).toString('hex')}`;

function askAs(api: TestApi, token: string | null, remoteAddress: string, forwardedFor?: string) {
  return api.call(token, {
    method: 'GET',
    url: '/api/v1/auth/cli-token/validate',
    remoteAddress,
    ...(forwardedFor === undefined ? {} : { headers: { 'x-forwarded-for': forwardedFor } }),
  });
}

test('wrong credentials of one address are counted over all processes; those known to be right go on', async () => {
  const known = await first.addUser();
  const unknown = await first.addUser();
  const address = newAddress();
  expect((await askAs(first, known.token, address)).statusCode).toBe(200);
  for (let index = 0; index < LIMIT; index += 1) {
    expect((await askAs([first, second][index % 2]!, wrongToken(), address)).statusCode).toBe(401);
  }
  // A request without a credential guesses nothing.
  expect((await askAs(first, null, address)).statusCode).toBe(401);
  for (const api of [first, second]) {
    const refused = await askAs(api, wrongToken(), address);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'rate_limited', limit_per_minute: LIMIT });
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers).toMatchObject({ 'x-ratelimit-limit': String(LIMIT), 'x-ratelimit-remaining': '0' });
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
  }
  expect((await askAs(first, known.token, address)).statusCode).toBe(200);
  expect((await askAs(first, unknown.token, address)).statusCode).toBe(429);
  expect((await askAs(first, unknown.token, newAddress())).statusCode).toBe(200);
});

test('wrong tokens on sockets count like wrong credentials, and a right one goes on', async () => {
  const user = await behind.addUser();
  const port = await listen(behind);

  const good = await socketToken(behind, user.token);
  async function answerTo(frame: object): Promise<unknown> {
    const socket = await openSocket(port);
    socket.send(frame);
    await soon(() => expect(socket.frames).toHaveLength(1));
    const [answer] = socket.frames;
    socket.kill();
    return answer!.type === 'error' ? answer!.payload!.error : answer!.type;
  }
  for (let index = 0; index < LIMIT; index += 1) {
    expect(await answerTo({ type: 'auth', token: `${good}x` })).toBe('unauthenticated');
  }
  expect(await answerTo({ type: 'auth', token: 'nonsense' })).toBe('rate_limited');
  expect(await answerTo({ type: 'auth' })).toBe('unauthenticated');
  expect((await askAs(first, wrongToken(), '127.0.0.1')).statusCode).toBe(429);
  expect(await answerTo({ type: 'auth', token: good })).toBe('ready');
});

test('attempts to take the instance are limited, whatever comes of them', async () => {
  await first.addUser();
  const address = newAddress();
  const attempt = (remoteAddress: string) =>
    first.call(null, {
      method: 'POST',
      url: '/api/v1/bootstrap',
      remoteAddress,
      payload: { full_name: 'Ada Tester', email: 'ada@example.com', password: 'correct horse battery' },
    });
  const statuses = [];
  for (let index = 0; index <= LIMIT; index += 1) statuses.push((await attempt(address)).statusCode);
  expect(statuses).toEqual([...Array<number>(LIMIT).fill(410), 429]);
  expect((await attempt(newAddress())).statusCode).toBe(410);
});

test('only a configured proxy is believed about where a request comes from', async () => {
  const caller = newAddress();
  // Whoever is no proxy can neither leave its own count nor add to another's.
  const liar = newAddress();
  for (let index = 0; index < LIMIT; index += 1) {
    expect((await askAs(first, wrongToken(), liar, caller)).statusCode).toBe(401);
  }
  for (const api of [first, behind]) expect((await askAs(api, wrongToken(), liar, newAddress())).statusCode).toBe(429);
  // Behind the proxy each caller has a count of its own; what a caller says itself stands further left.
  for (let index = 0; index < LIMIT; index += 1) {
    expect((await askAs(behind, wrongToken(), '10.1.2.3', `${newAddress()}, ${caller}`)).statusCode).toBe(401);
  }
  expect((await askAs(behind, wrongToken(), '10.1.2.3', caller)).statusCode).toBe(429);
  expect((await askAs(behind, wrongToken(), '10.1.2.3', newAddress())).statusCode).toBe(401);
});

test('without Redis each process goes on counting by itself, and takes up the shared count afterwards', async () => {
  const address = newAddress();
  expect((await askAs(first, wrongToken(), address)).statusCode).toBe(401);
  await redis.gate.shut();
  for (let index = 1; index < LIMIT; index += 1) {
    expect((await askAs(first, wrongToken(), address)).statusCode).toBe(401);
  }
  expect((await askAs(first, wrongToken(), address)).statusCode).toBe(429);
  expect((await askAs(second, wrongToken(), address)).statusCode).toBe(401);
  await redis.gate.open();
  const key = `shared-${address}`;
  await redis.direct.set(`crewship:limits:${stackId}:${key}`, 1_000, 'EX', 60);
  for (const counter of counters) {
    await soon(async () => expect((await counter.add(key)).count).toBeGreaterThan(1_000));
  }
});

test('a window ends by itself, and the next one begins with what comes next', async () => {
  const counter = await openCounter(1_000);
  const key = newAddress();
  await counter.add(key);
  await soon(async () => {
    expect(await redis.direct.exists(`crewship:limits:${stackId}:${key}`)).toBe(0);
    expect(counter.known(key).count).toBe(0);
  });
  expect(await counter.add(key)).toMatchObject({ count: 1 });
});
