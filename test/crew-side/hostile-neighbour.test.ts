import http from 'node:http';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { servePorts, serveExposed } from '../crews/ports/ports-world.ts';
import { openEventStream } from '../http/streams/event-stream-client.ts';
import { beatHost } from '../support/mission-crew.ts';
import { type InternalCrew, startInternal } from '../support/sidecar-api.ts';
import { soon } from '../support/soon.ts';
import { perFile } from '../support/world/per-file.ts';
import { serve } from '../support/world/serve.ts';
import { listen, LOOPBACK_ALLOWED, openTunnel, setNetwork } from './egress/egress-fixture.ts';

/** What a busy machine may add to a few milliseconds. */
const SLACK_MS = 500;
const MAX_WAITERS = 64;
const MAX_LIVE_CLIENTS = 64;

const echo = perFile(() => listen((socket) => void socket.pipe(socket)));
const hangingNames = new Set<string>();
const hanging = new Set<http.ServerResponse>();
/** An agent's program: answers at once, or not at all. */
const program = perFile(() =>
  serve((request, response) => {
    if (request.url !== '/hang') return void response.end('here');
    hanging.add(response);
    response.once('close', () => hanging.delete(response));
  }),
);
const internal = perFile(() =>
  startInternal('hostile-neighbour', {
    maxWaiters: MAX_WAITERS,
    egress: { ports: [echo.port], allowPrivate: LOOPBACK_ALLOWED },
    resolve: (host, signal) => {
      if (!host.endsWith('.hang.test')) return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
      const { promise, reject } = Promise.withResolvers<never>();
      hangingNames.add(host);
      const stop = () => {
        hangingNames.delete(host);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
      return promise;
    },
  }),
);
const exposed = perFile(() => serveExposed(internal, MAX_LIVE_CLIENTS));
const hostile = perFile(() => internal.addCrew());
const accomplice = perFile(() => internal.addCrew(hostile));
const neighbour = perFile(() => internal.addCrew());
const portsOf = [hostile, accomplice, neighbour].map((crew) => perFile(() => servePorts(internal, crew)));

beforeAll(async () => {
  await beatHost(internal.api, 8);
  for (const crew of [hostile, neighbour]) {
    await setNetwork(crew, { network_mode: 'restricted', allowed_domains: ['*.hang.test', 'echo.test'] });
  }
});

const open = new Set<() => void>();
afterEach(async () => {
  for (const end of open) end();
  open.clear();
  await soon(() => expect([internal.role.waiters, echo.sockets.size, hanging.size]).toEqual([0, 0, 0]));
});

/** A request that is held open until the end of the test; resolves with its status should it be answered. */
function hold(options: http.RequestOptions, body?: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const request = http.request({ host: '127.0.0.1', agent: false, ...options });
  request.on('error', () => resolve(0));
  request.once('response', (answer) => {
    answer.resume();
    resolve(answer.statusCode!);
  });
  request.once('connect', (answer, socket) => {
    socket.on('error', () => {});
    open.add(() => socket.destroy());
    resolve(answer.statusCode!);
  });
  open.add(() => request.destroy());
  request.end(body);
  return promise;
}

const as = (crew: InternalCrew) => ({
  socketPath: crew.socketPath,
  headers: { 'x-internal-token': crew.token, 'content-type': 'application/json' },
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

/** The neighbour does the same before and while all there is for somebody else is taken. */
async function expectUnharmed(taken: () => Promise<unknown>, work: () => Promise<unknown>): Promise<void> {
  await work();
  const usualMs = await timed(work);
  await taken();
  expect(await timed(work)).toBeLessThan(2 * usualMs + SLACK_MS);
}

/** Begins so many and resolves when some of them have been refused for want of a place. */
async function flood(count: number, begin: (index: number) => Promise<number>, refusal = 503): Promise<void> {
  let refused = 0;
  for (let index = 0; index < count; index += 1) {
    void begin(index).then((status) => {
      if (status === refusal) refused += 1;
    });
  }
  await soon(() => expect(refused).toBeGreaterThan(0));
}

async function tunnelled(): Promise<void> {
  const { status, socket } = await openTunnel(neighbour, `echo.test:${echo.port}`, {
    'x-internal-token': neighbour.token,
  });
  expect(status).toBe(200);
  socket.destroy();
}

const connect = (authority: string) => hold({ ...as(hostile), method: 'CONNECT', path: authority });

test('look-ups that all hang leave the neighbour its own', async () => {
  await expectUnharmed(() => flood(512, (index) => connect(`n${index}.hang.test:${echo.port}`)), tunnelled);
  expect(hangingNames.size).toBeGreaterThan(100);
  for (const end of open) end();
  // Long before they would have taken too long.
  const since = performance.now();
  await soon(() => expect(hangingNames.size).toBe(0));
  expect(performance.now() - since).toBeLessThan(5_000);
});

test('so do connections, as many as a crew may have', async () => {
  // Some at a time: how many look up a name at once is another limit.
  const some = () => Promise.all(Array.from({ length: 64 }, () => connect(`echo.test:${echo.port}`)));
  await expectUnharmed(async () => {
    const answers: number[] = [];
    while (answers.length <= 512) answers.push(...(await some()));
    expect(answers.filter((status) => status === 200)).toHaveLength(512);
    expect(answers).toContain(429);
  }, tunnelled);
});

test('so do requests to exposed ports', async () => {
  const own = await portsOf[2]!.expose(program.port);
  const urls: string[] = [];
  for (const ports of portsOf.slice(0, 2)) {
    for (let index = 0; index < 5; index += 1) urls.push(await ports.expose(program.port));
  }
  const hang = (index: number) => hold({ port: exposed.port, path: `${urls[index % urls.length]!}hang` });
  await expectUnharmed(
    () => flood(64 * urls.length, hang),
    async () => expect(await (await fetch(`${exposed.base}${own}`)).text()).toBe('here'),
  );
});

test('so do waits for people', async () => {
  const asked = await hostile.ask();
  const wait = () => hold({ ...as(hostile), path: `/api/v1/internal/escalations/${asked}/wait` });
  await expectUnharmed(
    () => flood(MAX_WAITERS + 10, wait),
    async () => {
      const id = await neighbour.ask();
      const before = internal.role.waiters;
      const answered = neighbour.wait(id);
      await soon(() => expect(internal.role.waiters).toBe(before + 1));
      await neighbour.owner.patch(`/api/v1/escalations/${id}/resolve`, { resolution: 'Yes' });
      await internal.deliverWakes();
      expect((await answered).body).toMatchObject({ status: 'RESOLVED' });
    },
  );
});

test('so do event streams', async () => {
  const streamOf = (crew: InternalCrew) => ({ port: exposed.port, token: crew.owner.token });
  await expectUnharmed(
    () =>
      flood(MAX_LIVE_CLIENTS + 10, () =>
        openEventStream(streamOf(hostile)).then(
          (stream) => {
            open.add(() => stream.kill());
            return 200;
          },
          () => 503,
        ),
      ),
    async () => (await openEventStream(streamOf(neighbour))).kill(),
  );
});

test('so do questions to other agents', async () => {
  const query = (crew: InternalCrew, seconds: number) => {
    const body = {
      ...{ target_slug: crew.agents[0]!.slug, question: 'How far?', chat_id: crew.missionId },
      timeout_seconds: seconds,
    };
    return hold({ ...as(crew), method: 'POST', path: '/api/v1/internal/queries' }, JSON.stringify(body));
  };
  // Each asker has eight under way. The neighbour's answer does not come, which is said in its time: it was waited for.
  await expectUnharmed(
    () => flood(12, () => query(hostile, 300), 403),
    async () => expect(await query(neighbour, 1)).toBe(500),
  );
});
