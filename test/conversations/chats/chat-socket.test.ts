import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { openSocket, type SocketClient, type SocketFrame, socketToken } from '../../http/streams/socket-client.ts';
import { openBuses, startListeningApi } from '../../http/streams/live-journal.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { soon } from '../../support/soon.ts';
import type { TestUser } from '../../support/test-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { turnsPlayedIn } from './played-turns.ts';

const buses = perFile(() => openBuses('chat-sockets'));
const wakes = perFile(() => buses.open());
const timings = { realtimeTimings: { checkAccessEveryMs: 100 } };
const api = perFile(() => startListeningApi({ bus: buses.open(), ...timings }));
const second = perFile(() => startListeningApi({ over: api.testDatabase, bus: buses.open(), ...timings }));
const crew = perTest(() => addCrew(api));
const member = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const play = turnsPlayedIn(() => api.database);
const sockets: SocketClient[] = [];

beforeEach(() =>
  recordHostHeartbeat(api.database, { hostId: 'test-host', architecture: 'x64', engineVersion: '1', slots: 100 }),
);
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.kill();
});

async function connect(by: TestUser = member, port = api.port): Promise<SocketClient> {
  const socket = await openSocket(port);
  sockets.push(socket);
  socket.send({ type: 'auth', token: await socketToken(api, by.token) });
  await soon(() => expect(socket.of('ready')).toHaveLength(1));
  return socket;
}
const open = async (by: TestUser = member) => (await by.post<{ id: string }>(`/agents/${crew.lead.id}/chats`)).id;
const channel = (chatId: string) => `session:${chatId}`;
async function subscribe(socket: SocketClient, chatId: string, after?: number): Promise<void> {
  const payload = after === undefined ? {} : { payload: { after } };
  socket.send({ type: 'subscribe', channel: channel(chatId), ...payload });
  await soon(() => expect(socket.of('subscribed', channel(chatId))).toHaveLength(1));
}
/** What the relay does with what a commit left. */
const relay = (chatId: string) => wakes.publish({ topic: 'chat', id: chatId, workspaceId: crew.workspaceId });
const errors = (socket: SocketClient) => socket.of('error').map(({ channel: at, payload }) => [at, payload?.error]);
const told = (socket: SocketClient) =>
  socket.frames
    .filter(({ seq }) => seq !== undefined)
    .map(({ seq, type, payload }) => [seq, type === 'run_begin' ? type : payload?.type, payload?.content]);
const sent = async (socket: SocketClient): Promise<Turn> => {
  await soon(() => expect(socket.of('message_sent')).toHaveLength(1));
  return socket.of('message_sent')[0]!.payload as unknown as Turn;
};

test('a message on the socket begins a turn, which its readers follow to its end, each event once', async () => {
  const chatId = await open();
  const [one, two] = [await connect(), await connect(member, second.port)];
  await subscribe(one, chatId);
  await subscribe(two, chatId);
  one.send({ type: 'send_message', payload: { session_id: chatId, content: 'Tell me', max_turns: 3 } });
  const turn = await sent(one);
  await play.begin(crew.workspaceId, turn);
  await play.say(crew.workspaceId, turn, 'one ');
  await relay(chatId);
  await soon(() => expect(told(two)).toHaveLength(2));
  await play.end(crew.workspaceId, turn, { summary: 'one two' });
  await relay(chatId);
  const whole = [
    [1, 'run_begin', undefined],
    [2, 'text', 'one '],
    [3, 'result', ''],
    [4, 'message', 'one two'],
    [5, 'done', ''],
  ];
  for (const socket of [one, two]) await soon(() => expect(told(socket)).toEqual(whole));
  const kept = sql`SELECT max_turns FROM chat_messages WHERE chat_id = ${chatId} AND role = 'user'`;
  expect(await crew.rows(kept)).toEqual([{ max_turns: 3 }]);
  // Who lost its socket after the second event goes on from there, on another process.
  const back = await connect(member, second.port);
  back.send({ type: 'resume', payload: { session_id: chatId, last_seq: 2 } });
  await soon(() => expect(told(back)).toEqual(whole.slice(2)));
  expect(back.of('subscribed', channel(chatId))[0]!.payload).toEqual({ position: 2 });
  const ahead = await connect();
  ahead.send({ type: 'resume', payload: { session_id: chatId, last_seq: 99 } });
  await soon(() => expect(ahead.of('resume_reset', channel(chatId))[0]?.payload).toMatchObject({ last_seq: 5 }));
  expect(told(ahead)).toEqual([]);
});

test('a second message is refused to its sender alone; cancelling says what it did, and that nothing was there', async () => {
  const chatId = await open();
  const socket = await connect();
  await subscribe(socket, chatId);
  socket.send({ type: 'cancel_message', payload: { session_id: chatId } });
  await soon(() => expect(errors(socket)).toEqual([[channel(chatId), 'wrong_state']]));
  socket.send({ type: 'send_message', payload: { session_id: chatId, content: 'One' } });
  const turn = await sent(socket);
  socket.send({ type: 'send_message', payload: { session_id: chatId, content: 'Two' } });
  await soon(() => expect(errors(socket)[1]).toEqual([channel(chatId), 'turn_in_progress']));
  socket.send({ type: 'cancel_message', payload: { session_id: chatId } });
  await soon(() => expect(socket.of('message_cancelled')[0]?.payload).toMatchObject({ job_id: turn.job_id }));
  await relay(chatId);
  await soon(() => expect(told(socket).at(-1)?.[1]).toBe('done'));
  // A socket that goes leaves the next turn alone.
  socket.send({ type: 'send_message', payload: { session_id: chatId, content: 'Three' } });
  await soon(() => expect(socket.of('message_sent')).toHaveLength(2));
  const next = socket.of('message_sent')[1]!.payload as unknown as Turn;
  socket.kill();
  await play.begin(crew.workspaceId, next);
  await play.end(crew.workspaceId, next);
  expect(await member.get(`/agent-jobs/${next.job_id}`)).toMatchObject({ status: 'completed' });
});

test('what is no chat of the asker’s is refused alike, and a frame that is wrong says what is', async () => {
  const chatId = await open();
  const admin = await api.addMember(crew.workspaceId, 'ADMIN');
  const mission = await crew.owner.post<{ id: string }>(`/crews/${crew.crewId}/missions`, {
    ...{ title: 'M', lead_agent_id: crew.lead.id },
  });
  const stranger = await api.addOwner();
  for (const by of [admin, stranger]) {
    const socket = await connect(by);
    for (const id of [chatId, 'unknown', mission.id, '../x']) {
      const before = errors(socket).length;
      for (const frame of [
        { type: 'subscribe', channel: channel(id) },
        { type: 'resume', payload: { session_id: id, last_seq: 0 } },
        { type: 'send_message', payload: { session_id: id, content: 'Hi' } },
      ]) {
        socket.send(frame);
      }
      await soon(() => expect(errors(socket)).toHaveLength(before + 3));
    }
    expect([...new Set(errors(socket).map(([, code]) => code))].sort()).toEqual(['invalid_request', 'not_found']);
    expect(errors(socket).filter(([, code]) => code === 'invalid_request')).toHaveLength(1);
  }
  const viewer = await api.addMember(crew.workspaceId, 'VIEWER');
  await member.post(`/chats/${chatId}/participants`, { user_id: viewer.id });
  const socket = await connect(viewer);
  await subscribe(socket, chatId);
  socket.send({ type: 'send_message', payload: { session_id: chatId, content: 'Hi' } });
  socket.send({ type: 'send_message', payload: { session_id: chatId, content: '', max_turns: 201 } });
  socket.send({ type: 'send_message', payload: { content: 'Hi' } });
  socket.send({ type: 'resume', payload: { session_id: chatId } });
  await soon(() => expect(errors(socket)).toHaveLength(4));
  expect(errors(socket).map(([, code]) => code)).toEqual(['forbidden', ...Array<string>(3).fill('invalid_request')]);
  const message = (frame: SocketFrame) => String(frame.payload?.message);
  expect(message(socket.of('error')[1]!)).toContain('payload.content');
});

test('who is let out of a chat hears no more of it, and the rest go on', async () => {
  const chatId = await open();
  const other = await api.addMember(crew.workspaceId, 'MEMBER');
  await member.post(`/chats/${chatId}/participants`, { user_id: other.id });
  const [guest, owner] = [await connect(other, second.port), await connect()];
  await subscribe(guest, chatId);
  await subscribe(owner, chatId);
  owner.send({ type: 'send_message', payload: { session_id: chatId, content: 'Among us' } });
  await soon(() => expect(owner.of('message_sent')[0]?.payload).toMatchObject({ job_id: null }));
  await relay(chatId);
  await soon(() => expect(told(guest)).toEqual([[1, 'user_message', 'Among us']]));
  const startedAt = Date.now();
  await member.delete(`/chats/${chatId}/participants/${other.id}`);
  await relay(chatId);
  await soon(() => expect(errors(guest)).toEqual([[channel(chatId), 'access_revoked']]));
  expect(Date.now() - startedAt).toBeLessThan(1_000);
  owner.send({ type: 'send_message', payload: { session_id: chatId, content: `@${crew.lead.slug} go` } });
  await soon(() => expect(owner.of('message_sent')).toHaveLength(2));
  await relay(chatId);
  await soon(() => expect(told(owner)).toHaveLength(2));
  expect(told(guest)).toHaveLength(1);
});

test('the chat is read a frame a line, from an event on, to the end of the turn or for as long as it is followed', async () => {
  const chatId = await open();
  const turn = await member.post<Turn>(`/chats/${chatId}/messages`, { content: 'Read me' }, 202);
  async function lines(query: string, headers: Record<string, string> = {}) {
    const stop = new AbortController();
    const answer = await fetch(`http://127.0.0.1:${second.port}/api/v1/chats/${chatId}/stream${query}`, {
      headers: { authorization: `Bearer ${member.token}`, ...headers },
      signal: stop.signal,
    });
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    let text = '';
    const done = (async () => {
      for await (const piece of answer.body!) text += Buffer.from(piece).toString();
    })().catch(() => {});
    const frames = () => text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as SocketFrame]));
    return { frames, seqs: () => frames().flatMap(({ seq }) => seq ?? []), done, stop: () => stop.abort() };
  }
  const whole = await lines('');
  await soon(() => expect(whole.seqs()).toEqual([1]));
  await play.begin(crew.workspaceId, turn);
  await play.say(crew.workspaceId, turn, 'Words');
  const rest = await lines('?last_seq=1');
  await play.end(crew.workspaceId, turn, { summary: 'Words' });
  await relay(chatId);
  await Promise.all([whole.done, rest.done]);
  expect(whole.seqs()).toEqual([1, 2, 3, 4, 5]);
  expect(rest.seqs()).toEqual([2, 3, 4, 5]);
  expect(whole.frames()[0]).toMatchObject({ type: 'ready', payload: { last_seq: 0 } });
  expect(whole.frames()[2]).toMatchObject({ type: 'chat_event', channel: channel(chatId), payload: { type: 'text' } });
  const over = await lines('', { 'last-event-id': '3' });
  await over.done;
  expect(over.seqs()).toEqual([4, 5]);
  const followed = await lines('?follow=true&idle=1&last_seq=5');
  const begunAt = Date.now();
  await followed.done;
  expect(followed.seqs()).toEqual([]);
  expect(Date.now() - begunAt).toBeGreaterThan(900);
});
