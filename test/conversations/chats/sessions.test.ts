import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import type { Session } from '../../../domain/conversations/chats/chat.ts';
import type { Share } from '../../../domain/conversations/chats/share.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import type { TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
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

const begin = (by: TestUser = member, body: object = {}) => by.post<Session>('/sessions', body);
async function talk(session: Session, message: string, by: TestUser = member): Promise<Turn> {
  const turn = await by.post<Turn>('/chat', { message, session_id: session.id, wait_s: 0 }, 202);
  await play.begin(crew.workspaceId, turn);
  await play.say(crew.workspaceId, turn, 'Thinking of it.');
  await play.end(crew.workspaceId, turn, { summary: `On “${message}”: yes.` });
  return turn;
}
async function share(session: Session, to: object, by: TestUser = member): Promise<Share & { token: string | null }> {
  return by.post(`/sessions/${session.id}/shares`, to);
}
const accept = (session: Session, { id, token }: Share & { token: string | null }, by: TestUser) =>
  by.ask('POST', `/sessions/${session.id}/shares/${id}/accept`, token === null ? {} : { token });

test('a session is made, listed, changed, closed, reopened and put away', async () => {
  const session = await begin(member, { title: 'Plans', metadata: { a: 1 } });
  expect(session).toMatchObject({ status: 'active', my_role: 'owner', visibility: 'private', version: 1, agent: null });
  await talk(session, 'Shall we?');
  const read = await member.get<Session & { messages: object[]; next_seq: number }>(`/sessions/${session.id}`);
  expect(read).toMatchObject({ message_count: 2, next_seq: 2, messages: [{ role: 'user' }, { role: 'assistant' }] });
  expect(await member.get(`/sessions/${session.id}?after_seq=1`)).toMatchObject({ messages: [{ seq: 2 }] });
  const url = `/sessions/${session.id}`;
  expect(await member.patch(url, { title: 'Better plans', version: 1 })).toMatchObject({ title: 'Better plans' });
  expect(outcome(await member.ask('PATCH', url, { title: 'Late', version: 1 }))).toEqual([409, 'version_conflict']);
  expect(await member.act(`${url}/close`, { summary: 'Agreed' })).toMatchObject({
    status: 'closed',
    summary: 'Agreed',
  });
  expect(await member.act(`${url}/close`)).toMatchObject({ status: 'closed' });
  const refused = await member.ask('POST', '/chat', { message: 'More', session_id: session.id });
  expect(refused).toMatchObject({ status: 409, body: { code: 'session_not_active', current_status: 'closed' } });
  expect(await member.patch(url, { status: 'active' })).toMatchObject({ status: 'active' });
  expect(await member.act(`${url}/archive`)).toMatchObject({ status: 'archived' });
  expect(outcome(await member.ask('PATCH', url, { status: 'active' }))).toEqual([409, 'wrong_state']);
  expect(await member.get('/sessions?mine=true&q=better')).toMatchObject({ total: 1, items: [{ id: session.id }] });
  expect(await other.get('/sessions')).toMatchObject({ total: 0 });
  const told = await crew.rows<{ entry_type: string }>(sql`
    SELECT entry_type FROM journal_entries WHERE target_id = ${session.id} AND entry_type LIKE 'session.%'
    ORDER BY entry_type`);
  expect(told.map(({ entry_type }) => entry_type)).toEqual([
    ...['session.archived', 'session.closed', 'session.closed', 'session.created', 'session.reopened'],
    ...['session.updated', 'session.updated'],
  ]);
});

test('a session is not closed while a turn is under way', async () => {
  const session = await begin();
  await member.post('/chat', { message: 'Wait', session_id: session.id, wait_s: 0 }, 202);
  for (const how of ['close', 'archive']) {
    const answer = await member.ask('POST', `/sessions/${session.id}/${how}`, {});
    expect(outcome(answer), how).toEqual([409, 'turn_in_progress']);
  }
});

test('a viewer reads and does not write, an editor writes and shares with nobody, who is let out knows nothing', async () => {
  const session = await begin();
  await talk(session, 'First');
  const url = `/sessions/${session.id}`;
  const asViewer = await share(session, { user_id: other.id });
  expect(outcome(await other.ask('GET', url))).toEqual([404, 'not_found']);
  expect((await accept(session, asViewer, other)).status).toBe(200);
  expect(await other.get(url)).toMatchObject({ my_role: 'viewer' });
  const write = { message: 'Me too', session_id: session.id, wait_s: 0 };
  expect(outcome(await other.ask('POST', '/chat', write))).toEqual([403, 'forbidden']);
  expect(outcome(await other.ask('POST', '/chat/cancel', { session_id: session.id }))).toEqual([403, 'forbidden']);
  for (const [verb, path, body] of [
    ['PATCH', url, { title: 'Mine now' }],
    ['POST', `${url}/close`, {}],
    ['POST', `${url}/shares`, { link: true }],
    ['GET', `${url}/shares`, undefined],
  ] as const) {
    expect((await other.ask(verb, path, body)).status, path).toBe(403);
  }
  expect(await other.get('/sessions?shared=true')).toMatchObject({ total: 1 });
  await member.delete(`${url}/shares/${asViewer.id}`);
  expect(outcome(await other.ask('GET', url))).toEqual([404, 'not_found']);
  const asEditor = await share(session, { user_id: other.id, role: 'editor' });
  await accept(session, asEditor, other);
  await talk(session, 'Second', other);
  expect(outcome(await other.ask('POST', `${url}/shares`, { link: true }))).toEqual([403, 'forbidden']);
  expect(await member.get(`${url}/shares?status=revoked`)).toMatchObject({ total: 1 });
});

test('a link takes one person in, an address only who owns it, and none of them a stranger', async () => {
  const session = await begin();
  const link = await share(session, { link: true });
  const stranger = await api.addOwner();
  expect((await accept(session, link, stranger)).status).toBe(404);
  expect((await accept(session, { ...link, token: 'wrong' }, other)).status).toBe(404);
  const third = await api.addMember(crew.workspaceId, 'VIEWER');
  const both = await Promise.all([accept(session, link, other), accept(session, link, third)]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const { email } = (await crew.rows<{ email: string }>(sql`SELECT email FROM users WHERE id = ${other.id}`))[0]!;
  const mailed = await share(session, { email });
  expect((await accept(session, mailed, third)).status).toBe(404);
  expect(outcome(await member.ask('POST', `/sessions/${session.id}/shares`, { email }))).toEqual([409, 'conflict']);
  const late = new Date(Date.now() + 40 * 86_400_000).toISOString();
  for (const wrong of [{}, { link: true, email }, { link: true, expires_at: late }]) {
    expect((await member.ask('POST', `/sessions/${session.id}/shares`, wrong)).status).toBe(400);
  }
  const short = await share(session, { link: true, expires_at: new Date(Date.now() + 86_400_000).toISOString() });
  await crew.write(sql`UPDATE chat_shares SET expires_at = now() - interval '1 second' WHERE id = ${short.id}`);
  expect(outcome(await accept(session, short, third))).toEqual([410, 'gone']);
});

test('a share that has expired shows nothing any more', async () => {
  const session = await begin();
  const given = await share(session, { user_id: other.id });
  await accept(session, given, other);
  await crew.write(sql`
    UPDATE chat_participants SET expires_at = now() - interval '1 second' WHERE chat_id = ${session.id}`);
  expect(outcome(await other.ask('GET', `/sessions/${session.id}`))).toEqual([404, 'not_found']);
});

test('a session’s record is read as JSON, Markdown and text, taken as a zip, and replayed', async () => {
  const session = await begin(member, { title: 'Record' });
  await talk(session, 'One?');
  const url = `/sessions/${session.id}`;
  const json = await member.get<{ messages: { content: string }[] }>(`${url}/transcript?include_tools=true`);
  expect(json.messages.map(({ content }) => content)).toEqual(['One?', 'On “One?”: yes.']);
  const markdown = await member.send('GET', `${url}/transcript?format=markdown`);
  expect(markdown.headers['content-type']).toContain('text/markdown');
  expect(markdown.body).toContain('# Record');
  expect((await member.send('GET', `${url}/transcript?format=text`)).body).toContain('Agent:\nOn “One?”: yes.');
  const zip = await member.send('GET', `${url}/export`);
  expect([zip.statusCode, zip.headers['content-type']]).toEqual([200, 'application/zip']);
  expect(zip.rawPayload.subarray(0, 2).toString()).toBe('PK');
  for (const name of ['messages.jsonl', 'events.jsonl', 'runs.jsonl', 'manifest.json']) {
    expect(zip.rawPayload.includes(name), name).toBe(true);
  }
  const replay = await member.get<{ events: { seq: number; type: string }[]; next_seq: number }>(`${url}/replay`);
  expect(replay.events.map(({ seq }) => seq)).toEqual(replay.events.map((_, index) => index + 1));
  expect(replay.events.map(({ type }) => type)).toEqual([
    ...['turn.started', 'message.delta', 'usage', 'message.completed', 'turn.completed'],
  ]);
  expect(await member.get(`${url}/replay?after_seq=${replay.next_seq}`)).toMatchObject({ events: [] });
});

test('what people think of an answer is kept once for each signal, and counted without a word of it', async () => {
  const session = await begin();
  await talk(session, 'Good?');
  const { messages } = await member.get<{ messages: { id: string }[] }>(`/sessions/${session.id}`);
  const message_id = messages[1]!.id;
  const say = (body: object, by = member) =>
    by.ask('POST', `/sessions/${session.id}/feedback`, { message_id, ...body });
  expect((await say({ rating: 1, signal: 'helpful', comment: 'a secret word' })).status).toBe(201);
  expect((await say({ rating: -1, signal: 'helpful' })).status).toBe(200);
  expect((await say({ rating: 1 })).status).toBe(201);
  expect((await say({ rating: 1 }, other)).status).toBe(404);
  expect((await say({ rating: 2 })).status).toBe(400);
  const metrics = await other.send('GET', '/feedback/metrics?group_by=agent');
  expect(metrics.json()).toMatchObject({ total: 2, positive: 1, negative: 1, positive_rate: 0.5 });
  expect(metrics.body).not.toContain('secret word');
  const range = '/feedback/metrics?from=2020-01-01T00:00:00Z&to=2022-01-01T00:00:00Z';
  expect((await other.ask('GET', range)).status).toBe(400);
});

test('a project’s session is seen by who is in the project, and changed by who edits it', async () => {
  const project = await crew.owner.post<{ id: string }>('/projects', { name: 'Shared', visibility: 'private' });
  await crew.owner.patch(`/projects/${project.id}/members/${member.id}`, { role: 'editor' }, 201);
  const body = { project_id: project.id, visibility: 'project' };
  const session = await begin(member, body);
  expect(outcome(await other.ask('GET', `/sessions/${session.id}`))).toEqual([404, 'not_found']);
  await crew.owner.patch(`/projects/${project.id}/members/${other.id}`, { role: 'viewer' }, 201);
  expect(await other.get(`/sessions/${session.id}`)).toMatchObject({ my_role: 'viewer' });
  await crew.owner.patch(`/projects/${project.id}/members/${other.id}`, { role: 'editor' });
  expect(await other.patch(`/sessions/${session.id}`, { title: 'Ours' })).toMatchObject({ my_role: 'manager' });
  expect(outcome(await other.ask('PATCH', `/sessions/${session.id}`, { visibility: 'private' }))).toEqual([
    ...[403, 'forbidden'],
  ]);
  const stranger = await api.addMember(crew.workspaceId, 'MEMBER');
  expect(outcome(await stranger.ask('POST', '/sessions', body))).toEqual([404, 'not_found']);
  expect((await member.ask('POST', '/sessions', { visibility: 'project' })).status).toBe(400);
});

test('every member reads how the instance does and what is under way', async () => {
  await member.post('/chat', { message: 'Wait', wait_s: 0 }, 202);
  const viewer = await api.addMember(crew.workspaceId, 'VIEWER');
  expect(await viewer.get('/orchestrator/status')).toMatchObject({
    ...{ status: 'ok', agents: { total: 3 }, jobs: { queued: 1 }, queues: { turns: 1 }, degraded: [] },
  });
});
