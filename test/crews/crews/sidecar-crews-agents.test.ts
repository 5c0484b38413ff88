import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const BASE = '/api/v1/internal';

const internal = perFile(() => startInternal('crews'));
const crew = perTest(() => internal.addCrew());
const sibling = perTest(() => internal.addCrew(crew));

const connect = (from: InternalCrew, to: InternalCrew, direction: string, status = 201) =>
  crew.owner.post<{ id: string }>(
    '/api/v1/crew-connections',
    { from_crew_id: from.crewId, to_crew_id: to.crewId, direction },
    status,
  );
const send = (from: InternalCrew, to: InternalCrew, rest: object = {}) =>
  from.call({ path: `${BASE}/crew-messages`, body: { to_crew_id: to.crewId, content: 'Hello', ...rest } });
const messages = async (by: InternalCrew, query = '') =>
  ((await by.call({ path: `${BASE}/crew-messages${query}` })).body as { data: { content: string }[] }).data.map(
    ({ content }) => content,
  );

test('crews see each other by name, and nothing of other workspaces', async () => {
  await internal.addCrew();
  const { body } = await crew.call({ path: `${BASE}/crews` });
  const crews = body as unknown as { id: string }[];
  expect(crews.map(({ id }) => id).sort()).toEqual([crew.crewId, sibling.crewId].sort());
  expect(Object.keys(crews[0]!).sort()).toEqual(['id', 'name', 'slug']);
});

test('a pair has one connection: repeated it is the same, from the other side it goes both ways', async () => {
  const third = await internal.addCrew(crew);
  const stranger = await internal.addCrew();
  const first = await connect(crew, sibling, 'unidirectional');
  expect(first.id).toMatch(/^cc_[0-9a-f]{16}$/);
  expect(await connect(crew, sibling, 'unidirectional', 200)).toEqual(first);
  const seen = async (by: InternalCrew) =>
    (await by.call({ path: `${BASE}/crew-connections` })).body as unknown as { direction: string }[];
  expect(await seen(sibling)).toMatchObject([{ ...first, direction: 'unidirectional', status: 'active' }]);
  expect(await connect(sibling, crew, 'unidirectional', 200)).toEqual(first);
  expect(await seen(crew)).toMatchObject([{ direction: 'bidirectional', from_crew_id: crew.crewId }]);
  await connect(crew, third, 'bidirectional');
  expect((await seen(crew)).length).toBe(2);
  expect((await seen(sibling)).length).toBe(1);
  const post = (payload: object) => crew.owner.send('POST', '/api/v1/crew-connections', payload);
  const self = { from_crew_id: crew.crewId, to_crew_id: crew.crewId };
  expect((await post(self)).statusCode).toBe(400);
  expect((await post({ ...self, to_crew_id: stranger.crewId })).statusCode).toBe(404);
  await crew.owner.delete(`/api/v1/crew-connections/${first.id}`);
  await crew.owner.delete(`/api/v1/crew-connections/${first.id}`, 404);
  await crew.owner.delete(`/api/v1/crews/${third.crewId}`);
  expect(await seen(crew)).toEqual([]);
});

test('messages go where a connection leads, and nowhere else', async () => {
  const stranger = await internal.addCrew();
  expect(outcome(await send(crew, sibling))).toEqual([403, 'forbidden']);
  await connect(crew, sibling, 'unidirectional');
  const sent = await send(crew, sibling, { from_agent_id: crew.lead.id, metadata: { about: 'tests' } });
  expect(sent.status).toBe(201);
  expect(sent.body).toMatchObject({
    from_crew_id: crew.crewId,
    to_crew_id: sibling.crewId,
    from_agent_id: crew.lead.id,
    metadata: { about: 'tests' },
  });
  expect(outcome(await send(sibling, crew))).toEqual([403, 'forbidden']);
  expect(outcome(await send(crew, stranger))).toEqual([403, 'forbidden']);
  expect(outcome(await send(crew, sibling, { to_crew_id: 'no-such-crew' }))).toEqual([403, 'forbidden']);
  expect(outcome(await send(crew, sibling, { from_crew_id: sibling.crewId }))).toEqual([403, 'forbidden']);
  expect(outcome(await send(crew, sibling, { from_agent_id: sibling.lead.id }))).toEqual([404, 'not_found']);
  await connect(sibling, crew, 'unidirectional', 200);
  expect((await send(sibling, crew, { content: 'Hello back' })).status).toBe(201);
  expect(await messages(crew)).toEqual(['Hello back']);
  expect(await messages(crew, '?direction=outgoing')).toEqual(['Hello']);
  expect(await messages(crew, '?direction=all')).toEqual(['Hello back', 'Hello']);
  expect(await messages(crew, `?direction=all&peer_crew_id=${stranger.crewId}`)).toEqual([]);
  expect(await messages(crew, `?direction=all&limit=1`)).toEqual(['Hello back']);
  expect(await messages(crew, '?since=2999-01-01T00:00:00Z')).toEqual([]);
  expect(await messages(stranger, '?direction=all')).toEqual([]);
});

test('a message is a mebibyte at most, and its words are in no journal entry', async () => {
  await connect(crew, sibling, 'unidirectional');
  expect((await send(crew, sibling, { content: '\u0001'.repeat(1_000) })).status).toBe(201);
  expect((await send(crew, sibling, { content: 'é'.repeat(524_288) })).status).toBe(201);
  expect(outcome(await send(crew, sibling, { content: 'é'.repeat(524_289) }))).toEqual([400, 'invalid_request']);
  await send(crew, sibling, { content: 'unrepeatable words' });
  const entries = sql`
    SELECT payload FROM journal_entries WHERE entry_type = 'crew.message_sent' AND crew_id = ${crew.crewId}
    ORDER BY ts DESC, id DESC`;
  const [entry] = await crew.rows<{ payload: object }>(entries);
  expect(entry!.payload).toMatchObject({ length_bytes: 18, to_crew_id: sibling.crewId });
  expect(JSON.stringify(entry)).not.toContain('unrepeatable');
});

test('an agent is launched with what its crew is, without a secret in it', async () => {
  await connect(sibling, crew, 'bidirectional');
  const key = { type: 'API_KEY', provider: 'OPENAI', value: 'sk-hidden-value' };
  const made = await crew.owner.post<{ id: string }>('/api/v1/credentials', { name: 'Mine', scope: 'CREW', ...key });
  await crew.owner.post('/api/v1/credentials', { name: 'Gated', crew_ids: [crew.crewId], security_level: 3, ...key });
  await crew.owner.post('/api/v1/credentials', { name: 'Ours', crew_ids: [crew.crewId], ...key });
  const grant = { credential_id: made.id, env_var_name: 'MINE' };
  await crew.owner.post(`/api/v1/agents/${crew.lead.id}/credentials`, grant);
  const byId = await crew.call({ path: `${BASE}/agents/${crew.lead.id}/resolve` });
  expect(byId.status).toBe(200);
  expect(byId.body).toMatchObject({
    agent_id: crew.lead.id,
    agent_role: 'LEAD',
    crew_id: crew.crewId,
    workspace_id: crew.workspaceId,
    cli_adapter: 'COMMAND',
    command: expect.any(Array),
    autonomy_level: 'guided',
    cached_image: null,
    config_hash: null,
    network_mode: 'restricted',
    memory_mb: 8_192,
    connected_crews: [{ id: sibling.crewId }],
    credentials: [
      { name: 'Mine', env_var_name: 'MINE' },
      { name: 'Ours', env_var_name: null },
    ],
  });
  expect(byId.body.crew_members).toHaveLength(3);
  expect(JSON.stringify(byId.body)).not.toContain('sk-hidden');
  const bySlug = await crew.call({ path: `${BASE}/agents/${crew.lead.slug}/resolve` });
  expect(bySlug.body).toEqual(byId.body);
  expect(outcome(await crew.call({ path: `${BASE}/agents/${sibling.lead.slug}/resolve` }))).toEqual([404, 'not_found']);
  const byChat = await crew.call({ path: `${BASE}/chats/${crew.missionId}/resolve` });
  expect(byChat.body).toEqual(byId.body);
});

test('a chat is opened once, counted, and titled once', async () => {
  const id = `webhook-${crew.crewId}`;
  const open = (rest: object = {}, by = crew) =>
    by.call({ path: `${BASE}/chats`, body: { chat_id: id, agent_id: by.lead.id, ...rest } });
  const opened = await Promise.all([open(), open(), open()]);
  expect(opened.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
  expect(opened.map(({ body }) => body.status).sort()).toEqual(['already_exists', 'already_exists', 'created']);
  expect(outcome(await open({ agent_id: crew.agents[0]!.id }))).toEqual([409, 'conflict']);
  expect(outcome(await open({}, sibling))).toEqual([409, 'conflict']);
  expect(outcome(await open({}, await internal.addCrew()))).toEqual([409, 'conflict']);
  expect(outcome(await open({ chat_id: 'other-chat', agent_id: sibling.lead.id }))).toEqual([404, 'not_found']);
  expect(outcome(await open({ chat_id: 'other-chat', user_id: 'nobody' }))).toEqual([404, 'not_found']);
  const patch = (what: string, body: object, by = crew) =>
    by.call({ method: 'PATCH', path: `${BASE}/chats/${id}/${what}`, body });
  expect((await patch('message-count', { delta: 2 })).body).toEqual({ id });
  await patch('message-count', { delta: 1 });
  expect(outcome(await patch('message-count', { delta: 0 }))).toEqual([400, 'invalid_request']);
  expect(outcome(await patch('message-count', { delta: 1 }, sibling))).toEqual([404, 'not_found']);
  expect((await patch('title', { title: 'Deploy failed' })).body).toEqual({ id, title: 'Deploy failed' });
  expect(outcome(await patch('title', { title: 'Again' }))).toEqual([404, 'not_found']);
  expect(await crew.rows(sql`SELECT message_count, title, origin FROM chats WHERE id = ${id}`)).toEqual([
    { message_count: 3, title: 'Deploy failed', origin: 'AGENT' },
  ]);
});

test('tool calls are recorded for the crew’s agents, journalled, and listed to people', async () => {
  const record = (rest: object = {}) =>
    crew.call({
      path: `${BASE}/mcp-tool-calls`,
      body: { agent_id: crew.lead.id, mcp_server_id: 'github', tool_name: 'search', ...rest },
    });
  const made = await record({ status: 'error', duration_ms: 12, error_message: 'no such repository' });
  expect(made.status).toBe(201);
  await record({ mcp_server_id: 'linear' });
  expect(outcome(await record({ agent_id: sibling.lead.id }))).toEqual([404, 'not_found']);
  const list = (query: string) => crew.owner.get<{ id: string }[]>(`/api/v1/mcp-tool-calls?${query}`);
  expect(await list('status=error')).toMatchObject([{ ...made.body, crew_id: crew.crewId, duration_ms: 12 }]);
  expect(await list(`agent_id=${crew.lead.id}`)).toHaveLength(2);
  expect(await list('server_id=linear')).toHaveLength(1);
  expect(await list('until=2001-01-01T00:00:00Z')).toEqual([]);
  const entries = sql`
    SELECT severity, payload->>'status' AS status FROM journal_entries
    WHERE entry_type = 'mcp.tool_call' AND crew_id = ${crew.crewId} ORDER BY severity`;
  expect(await crew.rows(entries)).toEqual([
    { severity: 'info', status: 'success' },
    { severity: 'warn', status: 'error' },
  ]);
});
