import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { type EventStreamClient, openEventStream } from '../../http/streams/event-stream-client.ts';
import { listen, openBuses, startListeningApi } from '../../http/streams/live-journal.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { soon } from '../../support/soon.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { turnsPlayedIn } from './played-turns.ts';

const buses = perFile(() => openBuses('turns'));
const wakes = perFile(() => buses.open());
const timings = { realtimeTimings: { checkAccessEveryMs: 100 } };
const api = perFile(() => startListeningApi({ bus: buses.open(), ...timings }));
const crew = perTest(() => addCrew(api));
const play = turnsPlayedIn(() => api.database);
const clients: EventStreamClient[] = [];

beforeEach(() =>
  recordHostHeartbeat(api.database, { hostId: 'test-host', architecture: 'x64', engineVersion: '1', slots: 100 }),
);
afterEach(() => {
  for (const client of clients.splice(0)) client.kill();
});

/** What the relay does with what a commit left. */
const relay = (turn: Turn) => wakes.publish({ topic: 'chat', id: turn.session_id, workspaceId: crew.workspaceId });
async function follow(turn: Turn, options: { after?: number; by?: TestUser; port?: number } = {}) {
  const client = await openEventStream({
    port: options.port ?? api.port,
    token: (options.by ?? crew.owner).token,
    path: `/api/v1/sessions/${turn.session_id}/replay`,
    lastEventId: options.after ?? null,
  });
  clients.push(client);
  return client;
}
const heard = ({ events }: EventStreamClient) => events.map(({ id, event }) => [id, event]);
const text = ({ events }: EventStreamClient) =>
  events.map(({ data }) => (data.text as string | undefined) ?? '').join('');
const write = (message: string) => crew.owner.post<Turn>('/chat', { message, wait_s: 0 }, 202);

test('a turn is read along as it goes on, and again from any event, on another process, each event once', async () => {
  const turn = await write('Tell me');
  const client = await follow(turn);
  await soon(() => expect(heard(client)).toEqual([[1, 'turn.started']]));
  await play.begin(crew.workspaceId, turn);
  await play.say(crew.workspaceId, turn, 'one ', 0);
  await relay(turn);
  await soon(() => expect(text(client)).toBe('one '));
  // As when the process is killed: the client has what it has, and comes back elsewhere.
  client.kill();
  await play.say(crew.workspaceId, turn, 'two ', 4);
  const second = await startTestApi({ over: api.testDatabase, bus: buses.open(), ...timings });
  try {
    const resumed = await follow(turn, { after: client.lastEventId()!, port: await listen(second) });
    await soon(() => expect(text(resumed)).toBe('two '));
    await play.say(crew.workspaceId, turn, 'three', 8);
    await play.end(crew.workspaceId, turn, { summary: 'one two three' });
    await relay(turn);
    await resumed.ended;
    const all = [...heard(client), ...heard(resumed)];
    expect(all.map(([id]) => id)).toEqual(all.map((_, index) => index + 1));
    expect(text(client) + text(resumed)).toBe('one two three');
    expect(all.at(-1)![1]).toBe('turn.completed');
    expect(heard(resumed).filter(([, event]) => String(event).startsWith('turn.'))).toHaveLength(1);
  } finally {
    await second.close();
  }
  const url = `/api/v1/sessions/${turn.session_id}/replay`;
  const done = { accept: 'text/event-stream', 'last-event-id': '7' };
  expect((await api.call(crew.owner.token, { method: 'GET', url, headers: done })).statusCode).toBe(204);
});

test('a share that is revoked, or expires, ends what its person follows at once', async () => {
  const turn = await write('Private');
  const base = `/sessions/${turn.session_id}/shares`;
  for (const end of ['revoked', 'expired'] as const) {
    const guest = await api.addMember(crew.workspaceId, 'VIEWER');
    const share = await crew.owner.post<{ id: string }>(base, { user_id: guest.id });
    await guest.act(`${base}/${share.id}/accept`, {});
    if (end === 'expired') {
      await crew.write(sql`
        UPDATE chat_participants SET expires_at = clock_timestamp() + interval '1 second'
        WHERE chat_id = ${turn.session_id} AND user_id = ${guest.id}`);
    }
    const client = await follow(turn, { by: guest });
    await soon(() => expect(heard(client)).toHaveLength(1));
    const endedAt = Date.now();
    if (end === 'revoked') {
      await crew.owner.delete(`${base}/${share.id}`);
      await relay(turn);
    }
    await client.ended;
    expect(Date.now() - endedAt, end).toBeLessThan(2_500);
    expect(client.events.at(-1), end).toMatchObject({ event: 'error', data: { code: 'access_revoked' } });
    await expect(follow(turn, { by: guest })).rejects.toThrow('404');
  }
});

/** A POST whose answer is read as it comes; `stop` cuts the connection. */
async function postStream(body: object, headers: Record<string, string> = {}) {
  const stop = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${api.port}/api/v1/chat/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${crew.owner.token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: stop.signal,
  });
  let read = '';
  const done = (async () => {
    for await (const piece of answer.body!) read += Buffer.from(piece).toString();
  })().catch(() => {});
  return { status: answer.status, read: () => read, stop: () => stop.abort(), done };
}
const newestTurn = async (): Promise<Turn> => {
  const [row] = await crew.rows<Turn>(sql`
    SELECT job_id, id AS run_id, chat_id AS session_id FROM runs WHERE trigger_type = 'CHAT'
    ORDER BY created_at DESC LIMIT 1`);
  return row!;
};

test('a message is written and read along in one request; a repetition of it writes no second one', async () => {
  const one = await postStream({ message: 'Stream it' }, { 'idempotency-key': 'stream' });
  expect(one.status).toBe(200);
  await soon(() => expect(one.read()).toContain('event: turn.started\nid: 1\n'));
  const turn = await newestTurn();
  const again = await postStream({ message: 'Stream it' }, { 'idempotency-key': 'stream' });
  const resumed = await postStream({ message: 'Stream it', session_id: turn.session_id }, { 'last-event-id': '1' });
  await play.begin(crew.workspaceId, turn);
  await play.end(crew.workspaceId, turn);
  await relay(turn);
  await Promise.all([one.done, again.done, resumed.done]);
  for (const stream of [one, again, resumed]) expect(stream.read()).toContain('event: turn.completed');
  expect(again.read()).toContain('event: turn.started');
  expect(resumed.read()).not.toContain('event: turn.started');
  expect(await crew.rows(sql`SELECT 1 FROM chat_messages WHERE role = 'user'`)).toHaveLength(1);
  expect((await postStream({ message: 'x', session_id: turn.session_id }, { 'last-event-id': '99' })).status).toBe(400);
});

test('a client that goes leaves the turn alone, unless it said that it takes the turn with it', async () => {
  const stays = await postStream({ message: 'Goes on' });
  await soon(() => expect(stays.read()).toContain('turn.started'));
  const first = await newestTurn();
  stays.stop();
  const leaves = await postStream({ message: 'Ends', agent: crew.agents[0]!.id, on_disconnect: 'cancel' });
  await soon(() => expect(leaves.read()).toContain('turn.started'));
  const second = await newestTurn();
  leaves.stop();
  const status = async ({ job_id: id }: Turn) => (await crew.owner.get<{ status: string }>(`/agent-jobs/${id}`)).status;
  await soon(async () => expect(await status(second)).toBe('cancelled'));
  expect(await status(first)).toBe('queued');
});
