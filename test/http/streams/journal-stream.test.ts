import { afterEach, expect, test } from 'vitest';
import { findFirstOfStream } from '../../../db/evidence/journal/read-stream.ts';
import type { JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import { openTcpGate } from '../../platform/bus/tcp-gate.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { type EventStreamClient, openEventStream } from './event-stream-client.ts';
import { append, listen, startSequencer, upTo, openBuses, startListeningApi } from './live-journal.ts';
import { perFile } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const NEVER_MS = 3_600_000;
const clients: EventStreamClient[] = [];
let workspaceId: string;
let owner: TestUser;

async function follow(options: Partial<Parameters<typeof openEventStream>[0]> = {}): Promise<EventStreamClient> {
  const client = await openEventStream({ port: api.port, token: owner.token, ...options });
  clients.push(client);
  return client;
}

const buses = perFile(() => openBuses('realtime'));
// Looks and checks are off: what arrives was announced.
const api = perFile(() =>
  startListeningApi({
    bus: buses.open(),
    realtimeTimings: { lookEveryMs: NEVER_MS, checkAccessEveryMs: NEVER_MS },
  }),
);
perFile(() => startSequencer(api.database, buses.open()));
afterEach(() => {
  for (const client of clients.splice(0)) client.kill();
});

async function freshWorkspace(): Promise<void> {
  workspaceId = await api.addWorkspace();
  owner = await api.addMember(workspaceId, 'OWNER');
}

test('a stream begins with the newest fifty, oldest first, and goes on with what is committed', async () => {
  await freshWorkspace();
  await append(
    api.database,
    workspaceId,
    upTo(60).map((n) => ({ summary: `entry ${n}` })),
  );
  await soon(async () => {
    const newest = await owner.send('GET', '/api/v1/journal?limit=60');
    const { entries } = newest.json<{ entries: { position: number | null }[] }>();
    expect(entries.every((entry) => entry.position !== null)).toBe(true);
  });
  const client = await follow();
  await soon(() => expect(client.positions()).toEqual(upTo(60).slice(10)));
  await append(api.database, workspaceId, [{ summary: 'live' }]);
  await soon(() => expect(client.positions()).toEqual(upTo(61).slice(10)));
  const last = client.events.at(-1)!;
  expect(last.id).toBe(61);
  const [listed] = (await owner.send('GET', '/api/v1/journal?limit=1')).json<{
    entries: object[];
  }>().entries;
  expect(last.data).toEqual(listed);
});

test('filters hold for the first entries, the resumed and the live ones; a heartbeat moves the id on', async () => {
  const quick = await startTestApi({
    over: api.testDatabase,
    bus: buses.open(),
    realtimeTimings: { streamHeartbeatMs: 100, lookEveryMs: NEVER_MS },
  });
  await freshWorkspace();
  const quickPort = await listen(quick);
  const path = '/api/v1/journal/stream?severity=warn,error&exclude_entry_type=run.failed';
  const client = await follow({ port: quickPort, path });
  const batch = upTo(700).map((n) => ({
    summary: `entry ${n}`,
    severity: n % 100 === 0 ? ('warn' as const) : ('info' as const),
    type: n === 300 ? 'run.failed' : 'crew.action',
  }));
  await append(api.database, workspaceId, batch);
  const wanted = [100, 200, 400, 500, 600, 700];
  await soon(() => expect(client.positions()).toEqual(wanted));
  await append(api.database, workspaceId, [{ summary: 'not wanted' }]);
  await soon(() => expect(client.lastEventId()).toBe(701));
  const resumed = await follow({ port: quickPort, path, lastEventId: 0 });
  await soon(() => expect(resumed.positions()).toEqual(wanted));
  const begun = await follow({ port: quickPort, path });
  await soon(() => expect(begun.positions()).toEqual(wanted));
  for (const stream of [client, resumed, begun]) stream.kill();
  await quick.close();
});

test('the first entry of a narrow filter is found by an index, and what is passed over moves the id on', async () => {
  await freshWorkspace();
  const entry = { summary: 'one of many' };
  for (let batch = 0; batch < 3; batch += 1) await append(api.database, workspaceId, Array(2_000).fill(entry));
  await append(api.database, workspaceId, [{ summary: 'rare', type: 'file.written', traceId: 'trace-of-one' }]);
  const reached = () => findFirstOfStream(api.database.reads, workspaceId, { after: 0, upTo: 10_000, filter: {} });
  expect(await reached()).toBeNull();
  const first = (filter: JournalFilter, after = 0) =>
    findFirstOfStream(api.database.reads, workspaceId, { after, upTo: 6_001, filter });
  await soon(async () => expect(await first({ traceId: 'trace-of-one' })).toBe(6_001));
  expect(await first({ entryTypes: ['file.written'] })).toBe(6_001);
  expect(await first({ traceId: 'no-trace' })).toBe(6_001);
  expect(await first({ entryTypes: ['crew.action'] })).toBeNull();
  const client = await follow({ lastEventId: 0, path: '/api/v1/journal/stream?trace_id=trace-of-one' });
  await soon(() => expect(client.positions()).toEqual([6_001]));
  // No heartbeat is due for fifteen seconds.
  await append(api.database, workspaceId, [entry]);
  await soon(() => expect(client.lastEventId()).toBe(6_002));
});

test('over connections killed again and again, beside concurrent writers and on two processes, nothing is lost or twice', async () => {
  await freshWorkspace();
  const second = await startTestApi({
    over: api.testDatabase,
    bus: buses.open(),
    realtimeTimings: { lookEveryMs: NEVER_MS },
  });
  const ports = [api.port, await listen(second)];
  const total = 600;
  let isWriting = true;
  const writers = upTo(6).map(async (writer) => {
    for (let n = 0; n < total / 6; n += 2) {
      await append(api.database, workspaceId, [{ summary: `${writer}-${n}` }, { summary: `${writer}-${n + 1}` }]);
    }
  });
  const written = Promise.all(writers).then(() => {
    isWriting = false;
  });
  const received: number[] = [];
  let lastEventId = 0;
  for (let round = 0; isWriting || received.length < total; round += 1) {
    if (round > 500) throw new Error(`${received.length} of ${total} entries after ${round} connections`);
    const client = await follow({ port: ports[round % 2]!, lastEventId });
    const enough = 1 + (round % 40);
    // Whatever has arrived when the connection dies is what the client has.
    await soon(
      () =>
        expect(client.positions().length >= enough || received.length + client.positions().length >= total).toBe(true),
      { interval: 5 },
    );
    client.kill();
    await client.ended;
    received.push(...client.positions());
    lastEventId = client.lastEventId()!;
  }
  await written;
  expect(received).toEqual(upTo(total));
  await second.close();
});

test('while the bus is away nothing is lost, and when it is back the streams catch up by themselves', async () => {
  await freshWorkspace();
  const target = new URL(buses.redisUrl);
  const gate = await openTcpGate({ host: target.hostname, port: Number(target.port) });
  const gated = new URL(buses.redisUrl);
  gated.host = `127.0.0.1:${gate.port}`;
  const deaf = await startTestApi({
    over: api.testDatabase,
    bus: buses.open(gated.toString()),
    realtimeTimings: { lookEveryMs: NEVER_MS },
  });
  const client = await follow({ port: await listen(deaf), lastEventId: 0 });
  await append(api.database, workspaceId, [{ summary: 'heard' }]);
  await soon(() => expect(client.positions()).toEqual([1]));
  await gate.shut();
  const witness = await follow({ lastEventId: 0 });
  await append(api.database, workspaceId, [{ summary: 'not heard' }, { summary: 'nor this' }]);
  await soon(() => expect(witness.positions()).toEqual([1, 2, 3]));
  expect(client.positions()).toEqual([1]);
  await gate.open();
  await soon(() => expect(client.positions()).toEqual([1, 2, 3]));
  client.kill();
  await deaf.close();
  await gate.shut();
});

test('an announcement that is lost for good is made up for by the next look', async () => {
  await freshWorkspace();
  const deaf = await startTestApi({ over: api.testDatabase, realtimeTimings: { lookEveryMs: 50 } });
  const client = await follow({ port: await listen(deaf), lastEventId: 0 });
  await append(api.database, workspaceId, [{ summary: 'one' }, { summary: 'two' }]);
  await soon(() => expect(client.positions()).toEqual([1, 2]));
  client.kill();
  await deaf.close();
});

test('a client that does not read is cut off, costs the others nothing, and resumes where it was', async () => {
  await freshWorkspace();
  const strict = await startTestApi({
    over: api.testDatabase,
    bus: buses.open(),
    maxLiveClients: 2,
    realtimeTimings: { stallLimitMs: 1_000, lookEveryMs: NEVER_MS },
  });
  const strictPort = await listen(strict);
  const slow = await follow({ port: strictPort, lastEventId: 0 });
  const quick = await follow({ port: strictPort, lastEventId: 0 });
  slow.pause();
  // More than the kernel's buffers take.
  const padding = 'x'.repeat(1_900);
  const total = 6_000;
  for (let n = 0; n < total; n += 500) {
    await append(
      api.database,
      workspaceId,
      upTo(500).map((i) => ({ summary: padding, payload: { n: n + i, padding } })),
    );
  }
  await soon(() => expect(quick.positions().length).toBe(total));
  expect(quick.positions()).toEqual(upTo(total));
  // Its place is free again when it was cut off.
  await soon(async () => (await follow({ port: strictPort })).kill());
  slow.resume();
  await slow.ended;
  expect(slow.positions().length).toBeLessThan(total);
  const again = await follow({ port: strictPort, lastEventId: slow.lastEventId() });
  await soon(() => expect(slow.positions().length + again.positions().length).toBe(total));
  expect([...slow.positions(), ...again.positions()]).toEqual(upTo(total));
  for (const client of [quick, again]) client.kill();
  await strict.close();
}, 60_000);

test('a revoked token ends its streams at once, and a lost membership at the next check', async () => {
  await freshWorkspace();
  const checking = await startTestApi({
    over: api.testDatabase,
    bus: buses.open(),
    realtimeTimings: { checkAccessEveryMs: 100, lookEveryMs: NEVER_MS },
  });
  const checkingPort = await listen(checking);
  const member = await api.addMember(workspaceId, 'VIEWER');
  const made = (await owner.send('POST', '/api/v1/auth/cli-token', { scopes: ['journal:read'] })).json<{
    id: string;
    token: string;
  }>();
  // On the process that revokes there is no check but the one the revocation causes.
  const here = await follow({ token: made.token });
  const elsewhere = await follow({ token: made.token, port: checkingPort });
  const members = await follow({ token: member.token, port: checkingPort });
  const stays = await follow({ port: checkingPort });
  await owner.send('DELETE', `/api/v1/auth/cli-tokens/${made.id}`);
  await Promise.all([here.ended, elsewhere.ended]);
  expect(here.events.at(-1)).toMatchObject({ event: 'closed', data: { reason: 'access_revoked' } });
  await api.removeMember(workspaceId, member.id);
  await members.ended;
  expect(members.events.at(-1)).toMatchObject({ event: 'closed', data: { reason: 'access_revoked' } });
  await append(api.database, workspaceId, [{ summary: 'after' }]);
  await soon(() => expect(stays.events.at(-1)?.data.summary).toBe('after'));
  await checking.close();
  await stays.ended;
});

test('an id beyond the end is answered by a reset and the newest entries', async () => {
  await freshWorkspace();
  await append(api.database, workspaceId, [{ summary: 'only' }]);
  const witness = await follow({ lastEventId: 0 });
  await soon(() => expect(witness.positions()).toEqual([1]));
  const client = await follow({ lastEventId: 999 });
  await soon(() => expect(client.events.map(({ event }) => event)).toEqual(['reset', 'message']));
  const refused = await api.call(owner.token, {
    method: 'GET',
    url: '/api/v1/journal/stream',
    headers: { 'last-event-id': '-1' },
  });
  expect(refused.statusCode).toBe(400);
  const head = await api.call(owner.token, { method: 'HEAD', url: '/api/v1/journal/stream' });
  expect([head.statusCode, head.headers['content-type'], head.body]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    '',
  ]);
});

test('another workspace’s entries are never in a stream; a foreign workspace and a scope that lacks it are refused', async () => {
  await freshWorkspace();
  const mine = await follow({ lastEventId: 0 });
  const foreign = await api.addWorkspace();
  await append(api.database, foreign, [{ summary: 'theirs' }]);
  await append(api.database, workspaceId, [{ summary: 'mine' }]);
  await soon(() => expect(mine.events.map(({ data }) => data.summary)).toEqual(['mine']));
  await expect(follow({ path: `/api/v1/journal/stream?workspace_id=${foreign}` })).rejects.toThrow('404');
});

test('beyond the limit a stream is refused, and closing the process ends all with a word', async () => {
  await freshWorkspace();
  const small = await startTestApi({ over: api.testDatabase, bus: buses.open(), maxLiveClients: 2 });
  const smallPort = await listen(small);
  const first = await follow({ port: smallPort });
  const second = await follow({ port: smallPort });
  await expect(follow({ port: smallPort })).rejects.toThrow('503');
  second.kill();
  await soon(async () => {
    const third = await follow({ port: smallPort });
    third.kill();
  });
  await small.close();
  await first.ended;
  expect(first.events.at(-1)).toMatchObject({ event: 'closed', data: { reason: 'shutting_down' } });
});
