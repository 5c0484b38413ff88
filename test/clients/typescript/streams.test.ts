import { afterEach, expect, test } from 'vitest';
import {
  createCrewship,
  type CrewshipOptions,
  CrewshipProblem,
  CrewshipStreamEnded,
  type JournalEntry,
  type SocketEvent,
  type StreamItem,
} from '../../../clients/typescript/src/index.ts';
import { append, listen, openBuses, startListeningApi, startSequencer, upTo } from '../../http/streams/live-journal.ts';
import { askPeople } from '../../people/escalations/escalation-fixture.ts';
import { openTcpGate, type TcpGate } from '../../platform/bus/tcp-gate.ts';
import { addCrew, addMission, beatHost } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const NEVER_MS = 3_600_000;
const buses = perFile(() => openBuses('client'));
// Looks are off: what arrives was announced. Access is looked at often, for who loses it.
const timings = { lookEveryMs: NEVER_MS, checkAccessEveryMs: 100, streamHeartbeatMs: 200 };
const api = perFile(() => startListeningApi({ bus: buses.open(), realtimeTimings: timings }));
perFile(() => startSequencer(api.database, buses.open()));

const stopping: AbortController[] = [];
afterEach(() => {
  for (const controller of stopping.splice(0)) controller.abort();
});

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  stopping.push(controller);
  return controller.signal;
}

/** What a stream gives, until the test is over; `ended` is why it ended before. */
function collect<Value>(stream: AsyncIterable<Value>): { values: Value[]; ended: Promise<unknown> } {
  const values: Value[] = [];
  const ended = (async () => {
    for await (const value of stream) values.push(value);
  })().catch((error: unknown) => error);
  return { values, ended };
}

async function newcomer(options: Partial<CrewshipOptions> = {}) {
  const owner = await api.addOwner();
  const { token, workspaceId } = owner;
  const crewship = createCrewship({ baseUrl: `http://127.0.0.1:${api.port}`, token, workspaceId, ...options });
  return { crewship, owner, token, workspaceId };
}

const positions = (entries: readonly JournalEntry[]) => entries.map(({ position }) => position);

test('the journal is followed from its beginning or from now on, by its filter, until the signal ends it', async () => {
  const { crewship, workspaceId } = await newcomer();
  const entries = upTo(3).map((n) => ({
    summary: `entry ${n}`,
    severity: n === 2 ? ('warn' as const) : ('info' as const),
  }));
  await append(api.database, workspaceId, entries);
  const reason = new Error('seen enough');
  const end = new AbortController();
  const all = collect(crewship.journal({}, { after: 0, signal: end.signal }));
  const warned = collect(crewship.journal({ severity: 'warn' }, { signal: stopSignal() }));
  await soon(() => expect(positions(all.values)).toEqual([1, 2, 3]));
  await append(api.database, workspaceId, [{ summary: 'live' }, { summary: 'live, too', severity: 'warn' }]);
  await soon(() => expect(positions(all.values)).toEqual([1, 2, 3, 4, 5]));
  await soon(() => expect(warned.values.map(({ summary }) => summary)).toEqual(['entry 2', 'live, too']));
  // Both are of one moment: which of them a list has first is not said.
  const listed = await crewship.request('GET /api/v1/journal', { query: { limit: 2 } });
  expect(listed.entries).toContainEqual(all.values.at(-1));
  end.abort(reason);
  expect(await all.ended).toBe(reason);
});

test('over connections that are cut and frozen, and on another process, nothing is lost and nothing comes twice', async () => {
  const second = await startTestApi({ over: api.testDatabase, bus: buses.open(), realtimeTimings: timings });
  const gate: TcpGate = await openTcpGate({ host: '127.0.0.1', port: api.port });
  const other: TcpGate = await openTcpGate({ host: '127.0.0.1', port: await listen(second) });
  let connections = 0;
  // A balancer that sends each connection to the next process.
  const balanced: typeof fetch = (url, init) => {
    connections += 1;
    const to = new URL(url as URL);
    to.port = String(connections % 2 === 0 ? other.port : gate.port);
    return fetch(to, init);
  };
  const { crewship, workspaceId } = await newcomer({ fetch: balanced, silenceMs: 1_000 });
  const seen = collect(crewship.journal({}, { after: 0, signal: stopSignal() }));
  await append(api.database, workspaceId, [{ summary: 'first' }]);
  await soon(() => expect(positions(seen.values)).toEqual([1]));
  await gate.shut();
  await append(
    api.database,
    workspaceId,
    upTo(5).map((n) => ({ summary: `cut ${n}` })),
  );
  await gate.open();
  await soon(() => expect(positions(seen.values)).toEqual(upTo(6)));
  // Silence is noticed though nothing breaks.
  other.freeze();
  await append(
    api.database,
    workspaceId,
    upTo(5).map((n) => ({ summary: `frozen ${n}` })),
  );
  await soon(() => expect(positions(seen.values)).toEqual(upTo(11)));
  expect(connections).toBeGreaterThanOrEqual(3);
  stopping.splice(0).forEach((controller) => controller.abort());
  await Promise.all([gate.shut(), other.shut(), second.close()]);
}, 40_000);

test('a stream says when it is connected, and goes on when its process shuts down', async () => {
  const short = await startTestApi({ over: api.testDatabase, bus: buses.open(), realtimeTimings: timings });
  const ports = [await listen(short), api.port];
  const moved: typeof fetch = (url, init) => {
    const to = new URL(url as URL);
    to.port = String(ports.length > 1 ? ports.shift() : ports[0]);
    return fetch(to, init);
  };
  const { crewship, workspaceId } = await newcomer({ fetch: moved });
  const items = collect(crewship.events('GET /api/v1/journal/stream', { signal: stopSignal() }));
  const kinds = () => items.values.map((item: StreamItem) => (item.kind === 'event' ? item.id : item.kind));
  await soon(() => expect(kinds()).toEqual(['open']));
  await append(api.database, workspaceId, [{ summary: 'before' }]);
  await soon(() => expect(kinds()).toEqual(['open', '1']));
  await short.close();
  await append(api.database, workspaceId, [{ summary: 'after' }]);
  await soon(() => expect(kinds()).toEqual(['open', '1', 'open', '2']));
});

test('a stream that is refused, revoked or not known any more ends with the reason', async () => {
  const { crewship, workspaceId, owner } = await newcomer();
  const unknown = collect(crewship.journal({}, { after: 999, signal: stopSignal() }));
  expect(await unknown.ended).toMatchObject({ name: 'CrewshipStreamEnded', reason: 'reset' });
  const badly = collect(crewship.journal({ entry_type: 'No Such Type' }));
  expect(await badly.ended).toBeInstanceOf(CrewshipProblem);
  const items = collect(crewship.events('GET /api/v1/journal/stream', { signal: stopSignal() }));
  const heard = collect(crewship.channel(`workspace:${workspaceId}`, { signal: stopSignal() }));
  await soon(() => expect(items.values).toHaveLength(1));
  await api.removeMember(workspaceId, owner.id);
  expect(await items.ended).toMatchObject({ name: 'CrewshipStreamEnded', reason: 'access_revoked' });
  expect(await heard.ended).toBeInstanceOf(CrewshipStreamEnded);
});

test('a wait for a mission ends with what settles it, and at once when it is settled', async () => {
  await beatHost(api);
  const crew = await addCrew(api);
  const { owner, workspaceId } = crew;
  const mission = await addMission(crew);
  const params = { crewId: crew.crewId, missionId: mission.id };
  const asked: string[] = [];
  // Counted once it is answered: a read that is still on its way would see what the next act makes of the mission.
  const counted: typeof fetch = async (url, init) => {
    const answer = await fetch(url, init);
    asked.push((url as URL).pathname);
    return answer;
  };
  const base = { baseUrl: `http://127.0.0.1:${api.port}`, token: owner.token, workspaceId };
  const crewship = createCrewship({ ...base, fetch: counted });
  const waiting = crewship.waitForMission(params);
  await soon(() => expect(asked).toHaveLength(2));
  await owner.act(`${mission.url}/start`);
  await soon(() => expect(asked).toHaveLength(3));
  await owner.act(`${mission.url}/cancel`);
  expect(await waiting).toMatchObject({ id: mission.id, status: 'CANCELLED' });
  expect(await crewship.waitForMission(params)).toMatchObject({ status: 'CANCELLED' });
  // Once when it was connected and once for each change: nothing is asked for while nothing happens.
  expect(asked.filter((path) => path.endsWith(mission.id))).toHaveLength(4);
  const reason = new Error('no longer');
  const until = () => false;
  await expect(crewship.waitForMission(params, { until, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const missing = { crewId: crew.crewId, missionId: 'missing' };
  await expect(crewship.waitForMission(missing)).rejects.toMatchObject({ code: 'not_found' });
});

test('a wait for an escalation ends with its answer', async () => {
  const crew = await addCrew(api);
  const { owner, workspaceId } = crew;
  const crewship = createCrewship({ baseUrl: `http://127.0.0.1:${api.port}`, token: owner.token, workspaceId });
  const mission = await addMission(crew);
  const escalationId = await askPeople(api.database, crew, mission.id);
  await askPeople(api.database, crew, mission.id, 'Another one?');
  const waiting = crewship.waitForEscalation({ crewId: crew.crewId, escalationId }, { signal: stopSignal() });
  const params = { escalationId };
  await crewship.request('PATCH /api/v1/escalations/{escalationId}/resolve', { params, body: { resolution: 'blue' } });
  expect(await waiting).toMatchObject({ id: escalationId, status: 'RESOLVED', resolution: 'blue' });
});

test('a channel is heard over its socket, and again from where it was after a break', async () => {
  const gate = await openTcpGate({ host: '127.0.0.1', port: api.port });
  const { crewship, workspaceId } = await newcomer({ baseUrl: `http://127.0.0.1:${gate.port}` });
  const heard = collect<SocketEvent>(crewship.channel(`workspace:${workspaceId}`, { after: 0, signal: stopSignal() }));
  const direct = createCrewship({
    baseUrl: `http://127.0.0.1:${api.port}`,
    token: (await api.addMember(workspaceId, 'OWNER')).token,
    workspaceId,
  });
  const make = (slug: string) => direct.request('POST /api/v1/crews', { body: { name: slug, slug } });
  const made = () => heard.values.filter(({ type }) => type === 'crew.created').map(({ payload }) => payload);
  const one = await make('one');
  await soon(() => expect(made()).toEqual([expect.objectContaining({ id: one.id })]));
  await gate.shut();
  const two = await make('two');
  await gate.open();
  await soon(() => expect(made()).toHaveLength(2));
  expect(made()[1]).toMatchObject({ id: two.id });
  const refused = collect(crewship.channel('mission:missing', { signal: stopSignal() }));
  expect(await refused.ended).toMatchObject({ name: 'CrewshipStreamEnded', reason: 'not_found' });
  stopping.splice(0).forEach((controller) => controller.abort());
  await gate.shut();
}, 40_000);
