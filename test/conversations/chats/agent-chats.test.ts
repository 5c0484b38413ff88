import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { readRunExecution } from '../../../db/work/runs/read-run-execution.ts';
import type { AgentChat, Participant } from '../../../domain/conversations/chats/agent-chat.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import type { TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { attach } from './attached-files.ts';
import { turnsPlayedIn } from './played-turns.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
const member = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const other = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const play = turnsPlayedIn(() => api.database);
beforeEach(async () => {
  await beatHost(api);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE slot_scopes SET capacity = 1000 WHERE kind = 'host'`),
  );
});

interface Posted {
  readonly message_id: string;
  readonly job_id: string;
  readonly run_id: string;
}
const chats = () => `/agents/${crew.lead.id}/chats`;
const open = async (by: TestUser = member, body: object = {}) => (await by.post<{ id: string }>(chats(), body)).id;
const say = (chatId: string, content: string, by: TestUser = member) =>
  by.post<Posted>(`/chats/${chatId}/messages`, { content }, 202);
const told = (chatId: string) =>
  crew.rows<{ type: string }>(sql`SELECT type FROM chat_events WHERE chat_id = ${chatId} ORDER BY seq`);
const executionOf = (runId: string) =>
  readRunExecution(api.database, { workspaceId: crew.workspaceId, id: runId, generation: 0 });
async function answer(turn: Posted, summary = 'Indeed.'): Promise<void> {
  await play.begin(crew.workspaceId, turn);
  await play.end(crew.workspaceId, turn, { summary });
}

test('a chat with an agent is begun, talked in, read, given a title and deleted', async () => {
  const id = await open(member, { session_id: 'mine', title: 'First\nline\u202E', origin: 'WEBHOOK' });
  const again = await member.ask<{ id: string }>('POST', chats(), { session_id: 'mine' });
  expect([again.status, again.body.id]).toEqual([200, id]);
  const elsewhere = await member.ask('POST', `/agents/${crew.agents[0]!.id}/chats`, { session_id: 'mine' });
  expect(outcome(elsewhere)).toEqual([409, 'conflict']);
  expect(await open(other, { session_id: 'mine' })).not.toBe(id);
  await answer(await say(id, 'Hello'));
  const unread = async () => (await member.get<AgentChat[]>(chats()))[0]!;
  expect(await unread()).toMatchObject({
    ...{ id, agent_id: crew.lead.id, title: 'First line', mode: 'CHAT', status: 'active', origin: 'WEBHOOK' },
    ...{ message_count: 2, unread_count: 1, ended_at: null },
  });
  expect(await member.put(`${chats()}/${id}/read`)).toMatchObject({ chat_id: id });
  expect(await unread()).toMatchObject({ unread_count: 0 });
  const { messages } = await member.get<{ messages: object[] }>(`/chats/${id}/messages?limit=1&offset=1`);
  expect(messages).toMatchObject([{ seq: 2, role: 'assistant', content: 'Indeed.' }]);
  expect(await member.patch(`${chats()}/${id}`, { title: ' Next ' })).toMatchObject({ title: 'Next' });
  for (const title of ['', '\u202E', 'x'.repeat(201)]) {
    expect((await member.ask('PATCH', `${chats()}/${id}`, { title })).status, title).toBe(400);
  }
  await member.delete(`${chats()}/${id}`);
  expect(await member.get(chats())).toEqual([]);
  expect(outcome(await member.ask('GET', `/chats/${id}/messages`))).toEqual([404, 'not_found']);
  const entries = await crew.rows<{ entry_type: string }>(sql`
    SELECT entry_type FROM journal_entries WHERE target_id = ${id} AND entry_type = 'session.deleted'`);
  expect(entries).toHaveLength(1);
});

test('of two messages at once one begins a turn, and the other is a 409', async () => {
  const id = await open();
  const both = await Promise.all(['a', 'b'].map((content) => member.ask('POST', `/chats/${id}/messages`, { content })));
  expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
  expect(both.find(({ status }) => status === 409)!.body).toMatchObject({ code: 'turn_in_progress' });
  expect(outcome(await member.ask('DELETE', `${chats()}/${id}`))).toEqual([409, 'turn_in_progress']);
});

test('a private chat is a 404 to everybody else on every row; ADMIN deletes it and reads nothing', async () => {
  const id = await open();
  const admin = await api.addMember(crew.workspaceId, 'ADMIN');
  for (const by of [other, admin, crew.owner]) {
    for (const [method, path, body] of [
      ['GET', `/chats/${id}/messages`, undefined],
      ['GET', `/chats/${id}/participants`, undefined],
      ['GET', `/chats/${id}/stream`, undefined],
      ['GET', `${chats()}/${id}/attachments`, undefined],
      ['PUT', `${chats()}/${id}/read`, undefined],
      ['PATCH', `${chats()}/${id}`, { title: 'Mine' }],
      ['POST', `/chats/${id}/messages`, { content: 'Hi' }],
      ['POST', `/chats/${id}/steer`, { message: 'Hi' }],
      ['POST', `/chats/${id}/participants`, { user_id: by.id }],
      ['DELETE', `/chats/${id}/participants/${member.id}`, undefined],
    ] as const) {
      expect(outcome(await by.ask(method, path, body)), `${method} ${path}`).toEqual([404, 'not_found']);
    }
    expect(await by.get(chats())).toEqual([]);
    expect((await attach(api, by, { agentId: crew.lead.id, chatId: id }, { name: 'a', content: 'x' })).status).toBe(
      404,
    );
  }
  expect((await other.ask('DELETE', `${chats()}/${id}`)).status).toBe(404);
  await admin.delete(`${chats()}/${id}`);
  expect(await member.get(chats())).toEqual([]);
});

test('in a group the agent answers who mentions it, and people talk among themselves', async () => {
  const id = await open();
  const url = `/chats/${id}/participants`;
  expect(await member.post<Participant>(url, { user_id: other.id })).toMatchObject({
    role: 'member',
    user_id: other.id,
  });
  expect(await member.ask('POST', url, { user_id: other.id, role: 'viewer' })).toMatchObject({
    ...{ status: 200, body: { role: 'viewer' } },
  });
  expect(outcome(await other.ask('POST', `/chats/${id}/messages`, { content: 'Hi' }))).toEqual([403, 'forbidden']);
  await member.post(url, { user_id: other.id, role: 'member' }, 200);
  expect(await other.get<Participant[]>(url)).toMatchObject([{ role: 'owner' }, { role: 'member' }]);
  expect(outcome(await other.ask('POST', url, { user_id: crew.owner.id }))).toEqual([403, 'forbidden']);
  expect(outcome(await member.ask('POST', url, { user_id: member.id }))).toEqual([409, 'conflict']);
  const stranger = await api.addOwner();
  expect(outcome(await member.ask('POST', url, { user_id: stranger.id }))).toEqual([404, 'not_found']);

  expect(await say(id, 'Shall we ask?', other)).toMatchObject({ job_id: null, run_id: null });
  const turn = await say(id, `@${crew.agents[0]!.slug} what do you say?`);
  const { agent, chat } = (await executionOf(turn.run_id))!;
  expect(agent.id).toBe(crew.agents[0]!.id);
  expect(chat!.history).toEqual([{ role: 'user', content: 'Shall we ask?' }]);
  // Among people something may be said while an agent is at work.
  expect(await say(id, 'Let it work', other)).toMatchObject({ job_id: null });
  expect(await told(id)).toEqual([{ type: 'message.posted' }, { type: 'turn.started' }, { type: 'message.posted' }]);
  await other.delete(`${url}/${other.id}`);
  expect(outcome(await other.ask('GET', `/chats/${id}/messages`))).toEqual([404, 'not_found']);
  expect((await member.get<AgentChat[]>(chats()))[0]).toMatchObject({ mode: 'CHAT' });
});

test('a message into a turn ends its agent and begins it again with what it had said', async () => {
  const id = await open();
  expect(outcome(await member.ask('POST', `/chats/${id}/steer`, { message: 'Now' }))).toEqual([
    422,
    'nothing_to_steer',
  ]);
  const turn = await say(id, 'List all');
  const steer = (message: string) => member.post<Posted>(`/chats/${id}/steer`, { message }, 202);
  expect(await steer('of this year')).toMatchObject({ job_id: turn.job_id, run_id: turn.run_id });
  // What was read for its start is old.
  expect(await play.begin(crew.workspaceId, turn)).toBe(false);
  expect(await play.begin(crew.workspaceId, turn)).toBe(true);
  await play.say(crew.workspaceId, turn, 'January, ');
  await steer('only the new ones');
  await play.end(crew.workspaceId, turn, { outcome: { kind: 'lost' } });
  const next = await play.attemptOf(crew.workspaceId, turn);
  expect(next.id).not.toBe(turn.run_id);
  await crew.write(sql`UPDATE runs SET status = 'ADMITTED' WHERE id = ${next.id}`);
  expect((await executionOf(next.id))!.chat).toMatchObject({
    ...{ message: 'List all', steered: ['of this year', 'only the new ones'], told_before: 'January, ' },
  });
  await answer({ ...turn, run_id: next.id }, 'February.');
  expect((await told(id)).map(({ type }) => type)).toEqual([
    ...['turn.started', 'message.posted', 'message.delta', 'message.posted', 'progress'],
    ...['usage', 'message.completed', 'turn.completed'],
  ]);
  const after = await say(id, 'Thanks');
  expect((await executionOf(after.run_id))!.chat!.history.map(({ content }) => content)).toEqual([
    ...['List all', 'of this year', 'only the new ones', 'February.'],
  ]);
});

test('a turn that somebody else writes into works for nobody known', async () => {
  const id = await open();
  await member.post(`/chats/${id}/participants`, { user_id: other.id, role: 'member' });
  const turn = await say(id, `@${crew.lead.slug} list all`);
  await member.post(`/chats/${id}/steer`, { message: 'of this year' }, 202);
  expect((await executionOf(turn.run_id))!.actsFor).toBe(member.id);
  await other.post(`/chats/${id}/steer`, { message: 'and what member knows' }, 202);
  expect((await executionOf(turn.run_id))!.actsFor).toBeNull();
});

test('a turn takes at most ten more messages', async () => {
  const id = await open();
  await say(id, 'Go');
  for (let n = 0; n < 10; n += 1) await member.post(`/chats/${id}/steer`, { message: `${n}` }, 202);
  expect(outcome(await member.ask('POST', `/chats/${id}/steer`, { message: 'more' }))).toEqual([429, 'limit_reached']);
});

test('files go with the next message of who put them in, and are taken back until then', async () => {
  const chatId = await open();
  const place = { agentId: crew.lead.id, chatId };
  const put = (name: string, content: string | Buffer = 'a,b\n') => attach(api, member, place, { name, content });
  const first = await put('../plans/q3.csv');
  expect(first).toMatchObject({
    status: 201,
    body: { filename: 'q3.csv', mime: 'text/csv; charset=utf-8', agent_path: '$CREWSHIP_INPUTS_DIR/q3.csv' },
  });
  expect(await put('q3.csv')).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect((await put('.bashrc')).status).toBe(400);
  expect((await put('big', Buffer.alloc(25 * 1024 * 1024 + 1))).status).toBe(413);
  expect((await attach(api, member, place, { name: 'a', content: 'x', field: 'other' })).status).toBe(400);
  const files = `${chats()}/${chatId}/attachments`;
  const second = await put('note.txt', 'Hello');
  await member.delete(`${files}/${second.body.id}`);
  const turn = await say(chatId, 'Read it');
  expect(await member.get(files)).toMatchObject([{ id: first.body.id, message_id: turn.message_id }]);
  expect((await member.send('GET', `${files}/${first.body.id}/download`)).body).toBe('a,b\n');
  expect(outcome(await member.ask('DELETE', `${files}/${first.body.id}`))).toEqual([409, 'wrong_state']);
  expect((await executionOf(turn.run_id))!.chat!.files).toMatchObject([{ name: 'q3.csv', size_bytes: 4 }]);
  await answer(turn);
  const later = await say(chatId, 'And now?');
  expect((await executionOf(later.run_id))!.chat!.files).toEqual([]);
  await answer(later);
  for (let n = 0; n < 10; n += 1) expect((await put(`${n}`)).status).toBe(201);
  expect(await put('more')).toMatchObject({ status: 429, body: { code: 'limit_reached' } });
  await member.delete(`${chats()}/${chatId}`);
  expect(await crew.rows(sql`SELECT 1 FROM blob_references WHERE owner_kind = 'chat_attachment'`)).toEqual([]);
});
