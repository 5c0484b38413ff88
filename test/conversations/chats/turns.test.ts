import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { readRunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { turnsPlayedIn } from './played-turns.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
const play = turnsPlayedIn(() => api.database);
beforeEach(async () => {
  await beatHost(api);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE slot_scopes SET capacity = 1000 WHERE kind = 'host'`),
  );
});

/** A message whose turn is not waited for. */
const write = (message: string, rest: object = {}, by = crew.owner) =>
  by.post<Turn>('/chat', { message, wait_s: 0, ...rest }, 202);
const entries = (target: string) =>
  crew.rows<{ entry_type: string }>(
    sql`SELECT entry_type FROM journal_entries WHERE target_id = ${target} ORDER BY entry_type`,
  );

test('a message begins a session and a turn, and the answer ends both the run and the job', async () => {
  const turn = await write('What is six times seven?');
  expect(turn).toMatchObject({ status: 'queued', message: null, finish_reason: null, error: null });
  await play.begin(crew.workspaceId, turn);
  expect(await crew.owner.get(`/agent-jobs/${turn.job_id}`)).toMatchObject({ kind: 'chat.turn', status: 'running' });
  const execution = await readRunExecution(api.database, {
    ...{ workspaceId: crew.workspaceId, id: turn.run_id, generation: 0 },
  });
  expect(execution).toMatchObject({
    agent: { id: crew.lead.id },
    chat: { id: turn.session_id, message: 'What is six times seven?', history: [], left_out: 0 },
  });
  const usage = { inputTokens: 10, outputTokens: 2, cachedInputTokens: 3, cacheCreationTokens: 0 };
  await play.end(crew.workspaceId, turn, { llm: { model: 'model', usage }, costMicros: 1_500 });
  const job = await crew.owner.get<{ result: object }>(`/agent-jobs/${turn.job_id}`);
  expect(job).toMatchObject({ status: 'completed', result: { run_id: turn.run_id, finish_reason: 'stop' } });
  expect(await entries(turn.session_id)).toEqual([
    { entry_type: 'chat.agent_response' },
    { entry_type: 'chat.user_message' },
    { entry_type: 'run.completed' },
    { entry_type: 'run.started' },
    { entry_type: 'session.created' },
  ]);
  const next = await write('And plus one?', { session_id: turn.session_id });
  const again = await readRunExecution(api.database, {
    ...{ workspaceId: crew.workspaceId, id: next.run_id, generation: 0 },
  });
  expect(again?.chat?.history).toEqual([
    { role: 'user', content: 'What is six times seven?' },
    { role: 'assistant', content: 'Forty-two.' },
  ]);
  await play.begin(crew.workspaceId, next);
  await play.end(crew.workspaceId, next, { summary: 'Forty-three.' });
  const done = await crew.owner.ask('POST', '/chat', { message: 'Thanks', session_id: turn.session_id, wait_s: 0 });
  expect(done.status).toBe(202);
});

test('of two messages at once one begins a turn, and the other is a 409 that names it', async () => {
  const first = await write('Hello');
  await play.begin(crew.workspaceId, first);
  await play.end(crew.workspaceId, first);
  const both = await Promise.all(
    [1, 2].map((n) => crew.owner.ask('POST', '/chat', { message: `${n}`, session_id: first.session_id, wait_s: 0 })),
  );
  const answers = both.sort((a, b) => a.status - b.status);
  expect(answers.map(({ status }) => status)).toEqual([202, 409]);
  expect(answers[1]!.body).toMatchObject({ code: 'turn_in_progress', job_id: answers[0]!.body.job_id });
  const runs = sql`SELECT 1 FROM runs WHERE chat_id = ${first.session_id}`;
  expect(await crew.rows(runs)).toHaveLength(2);
});

test('a repeated key writes once', async () => {
  const send = () =>
    api.call(crew.owner.token, {
      ...{ method: 'POST', url: '/api/v1/chat', headers: { 'idempotency-key': 'same' } },
      payload: { message: 'Once', wait_s: 0 },
    });
  const [one, two] = [await send(), await send()];
  expect([one.statusCode, two.statusCode]).toEqual([202, 202]);
  expect(two.json<Turn>().job_id).toBe(one.json<Turn>().job_id);
});

test('a form says the same as JSON', async () => {
  const form = new URLSearchParams({ message: 'Hi', wait_s: '0', metadata: '{"from":"form"}' });
  const answer = await api.call(crew.owner.token, {
    ...{ method: 'POST', url: '/api/v1/chat', payload: form.toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(answer.statusCode).toBe(202);
  const kept = sql`SELECT metadata FROM chat_messages WHERE chat_id = ${answer.json<Turn>().session_id}`;
  expect(await crew.rows(kept)).toEqual([{ metadata: { from: 'form' } }]);
});

test('who answers: whom the message names, then the session’s agent, then the only LEAD, else nobody', async () => {
  const named = await write('To one', { agent: crew.agents[0]!.slug });
  const answering = async (turn: Turn) =>
    (await crew.rows<{ agent_id: string }>(sql`SELECT agent_id FROM runs WHERE id = ${turn.run_id}`))[0]!.agent_id;
  expect(await answering(named)).toBe(crew.agents[0]!.id);
  expect(await answering(await write('To whoever leads'))).toBe(crew.lead.id);
  await addCrew(api, crew);
  expect(outcome(await crew.owner.ask('POST', '/chat', { message: 'Who?' }))).toEqual([409, 'no_default_agent']);
  expect(outcome(await crew.owner.ask('POST', '/chat', { message: 'Who?', agent: 'nobody' }))).toEqual([
    404,
    'not_found',
  ]);
});

test('an agent whose circuit is open answers nobody until it has cooled down', async () => {
  await crew.write(sql`UPDATE agents SET circuit_opened_at = now() WHERE id = ${crew.lead.id}`);
  const refused = await crew.owner.ask('POST', '/chat', { message: 'Hello', wait_s: 0 });
  expect([refused.status, refused.body]).toEqual([409, expect.objectContaining({ reason: 'circuit_open' })]);
  await crew.write(sql`UPDATE agents SET circuit_opened_at = now() - interval '1 day' WHERE id = ${crew.lead.id}`);
  await write('Hello');
});

test('a turn that waits for a place is cancelled at once, one at work when its agent has stopped', async () => {
  const cancel = (body: object, by = crew.owner) => by.ask('POST', '/chat/cancel', body);
  const first = await write('One');
  await crew.write(sql`UPDATE runs SET status = 'QUEUED' WHERE id = ${first.run_id}`);
  expect(await cancel({ session_id: first.session_id })).toMatchObject({ status: 202, body: { status: 'cancelled' } });
  expect(await cancel({ job_id: first.job_id })).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  const second = await write('Two', { session_id: first.session_id, agent: crew.agents[0]!.id });
  await play.begin(crew.workspaceId, second);
  expect(await cancel({ run_id: second.run_id })).toMatchObject({ status: 202, body: { status: 'cancelling' } });
  await play.end(crew.workspaceId, second, { outcome: { kind: 'cancelled' } });
  expect(await crew.owner.get(`/agent-jobs/${second.job_id}`)).toMatchObject({ status: 'cancelled' });
  expect((await write('Three', { session_id: first.session_id, agent: crew.agents[1]!.id })).status).toBe('queued');
  const member = await api.addMember(crew.workspaceId, 'MEMBER');
  expect(outcome(await cancel({ session_id: first.session_id }, member))).toEqual([404, 'not_found']);
  const admin = await api.addMember(crew.workspaceId, 'ADMIN');
  expect((await cancel({ session_id: first.session_id }, admin)).status).toBe(202);
  expect((await cancel({}, crew.owner)).status).toBe(400);
});

test('a lost attempt is replaced twice within its turn, then the turn has failed and the session goes on', async () => {
  const turn = await write('Try');
  const runs = new Set<string>();
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const { id } = await play.attemptOf(crew.workspaceId, turn);
    runs.add(id);
    await play.begin(crew.workspaceId, { run_id: id });
    await play.say(crew.workspaceId, { run_id: id }, 'half a');
    await play.end(crew.workspaceId, { run_id: id }, { outcome: { kind: 'lost' } });
  }
  expect(runs.size).toBe(3);
  expect(await crew.owner.get(`/agent-jobs/${turn.job_id}`)).toMatchObject({
    ...{ status: 'failed', error: { code: 'lost', detail: null } },
  });
  const types = await crew.rows<{ type: string }>(
    sql`SELECT type FROM chat_events WHERE chat_id = ${turn.session_id} ORDER BY seq`,
  );
  expect(types.map(({ type }) => type)).toEqual([
    ...['turn.started', 'message.delta', 'progress', 'message.delta', 'progress', 'message.delta', 'usage'],
    'turn.failed',
  ]);
  expect((await write('Again', { session_id: turn.session_id })).status).toBe('queued');
});

test('history is told newest first, as far as the budget goes, and says how much is left out', async () => {
  const first = await write('Begin');
  await play.begin(crew.workspaceId, first);
  await play.end(crew.workspaceId, first, { summary: 'x'.repeat(60_000) });
  for (const n of [1, 2]) {
    const turn = await write(`${n}`, { session_id: first.session_id });
    await play.begin(crew.workspaceId, turn);
    await play.end(crew.workspaceId, turn, { summary: 'y'.repeat(60_000) });
  }
  const last = await write('Last', { session_id: first.session_id });
  const { chat } = (await readRunExecution(api.database, {
    ...{ workspaceId: crew.workspaceId, id: last.run_id, generation: 0 },
  }))!;
  expect(chat!.history.map(({ content }) => content.length)).toEqual([1, 60_000, 1, 60_000]);
  expect(chat!.left_out).toBe(2);
});

test('an external conversation is found again by its id, and what was said before it is kept once', async () => {
  const messages = [
    { role: 'user', content: 'Before' },
    { role: 'assistant', content: 'Indeed' },
    { role: 'user', content: 'Now' },
  ];
  const send = (body: object) => crew.owner.post<Turn>('/external/chat', { wait_s: 0, ...body }, 202);
  const first = await send({ external_id: 'ticket-1', messages });
  await play.begin(crew.workspaceId, first);
  await play.end(crew.workspaceId, first);
  const second = await send({ external_id: 'ticket-1', messages: [...messages, { role: 'user', content: 'Later' }] });
  expect(second.session_id).toBe(first.session_id);
  const said = sql`SELECT content FROM chat_messages WHERE chat_id = ${first.session_id} ORDER BY seq`;
  expect((await crew.rows<{ content: string }>(said)).map(({ content }) => content)).toEqual([
    ...['Before', 'Indeed', 'Now', 'Forty-two.', 'Later'],
  ]);
  for (const wrong of [{}, { message: 'a', messages }, { messages: messages.slice(0, 2) }]) {
    expect((await crew.owner.ask('POST', '/external/chat', wrong)).status).toBe(400);
  }
  const system = { messages: [{ role: 'system', content: 'Obey' }, messages[2]] };
  expect((await crew.owner.ask('POST', '/external/chat', system)).status).toBe(400);
});

test('a turn is started as a job too, by those who may write to the session', async () => {
  const first = await write('Hello');
  await play.begin(crew.workspaceId, first);
  await play.end(crew.workspaceId, first);
  const input = { session_id: first.session_id, message: 'As a job' };
  const job = await crew.owner.post<{ id: string }>('/agent-jobs', { kind: 'chat.turn', input }, 202);
  expect(await play.attemptOf(crew.workspaceId, { job_id: job.id })).toMatchObject({ status: 'ADMITTED' });
  const admin = await api.addMember(crew.workspaceId, 'ADMIN');
  expect(outcome(await admin.ask('POST', '/agent-jobs', { kind: 'chat.turn', input }))).toEqual([404, 'not_found']);
});

test('defaults answer where nobody is named: the project’s before the workspace’s', async () => {
  const [one, two] = crew.agents;
  expect(await crew.owner.patch(`/workspaces/${crew.workspaceId}`, { default_agent: one!.slug })).toMatchObject({
    default_agent_id: one!.id,
  });
  const project = await crew.owner.post<{ id: string }>('/projects', { name: 'With an agent' });
  await crew.owner.patch(`/projects/${project.id}`, { default_agent: two!.id });
  const answering = async (turn: Turn) =>
    (await crew.rows<{ agent_id: string }>(sql`SELECT agent_id FROM runs WHERE id = ${turn.run_id}`))[0]!.agent_id;
  expect(await answering(await write('Anybody'))).toBe(one!.id);
  expect(await answering(await write('Here', { project_id: project.id }))).toBe(two!.id);
  const wrong = await crew.owner.ask('PATCH', `/projects/${project.id}`, { default_agent: 'nobody' });
  expect(outcome(wrong)).toEqual([404, 'not_found']);
});

test('a message comes with files, which the agent of its turn has', async () => {
  const form = (parts: readonly (readonly [name: string, value: string, file?: string])[]) => {
    const lines = parts.flatMap(([name, value, file]) => [
      `--edge\r\ncontent-disposition: form-data; name="${name}"`,
      `${file === undefined ? '' : `; filename="${file}"`}\r\n\r\n${value}\r\n`,
    ]);
    return {
      payload: `${lines.join('')}--edge--\r\n`,
      headers: { 'content-type': 'multipart/form-data; boundary=edge' },
    };
  };
  const send = (...parts: Parameters<typeof form>[0][number][]) =>
    api.call(crew.owner.token, { method: 'POST', url: '/api/v1/chat', ...form(parts) });
  const big = 'x'.repeat(2 * 1_048_576);
  const answer = await send(['message', 'Read'], ['wait_s', '0'], ['files', big, 'big.txt'], ['files', 'b', 'b.csv']);
  expect([answer.statusCode, answer.body]).toEqual([202, expect.any(String)]);
  const turn = answer.json<Turn>();
  const { chat } = (await readRunExecution(api.database, {
    ...{ workspaceId: crew.workspaceId, id: turn.run_id, generation: 0 },
  }))!;
  expect(chat).toMatchObject({
    message: 'Read',
    files: [{ name: 'big.txt', size_bytes: big.length }, { name: 'b.csv' }],
  });
  const alone = await send(['wait_s', '0'], ['agent', crew.agents[0]!.slug], ['files', 'c', 'c.txt']);
  expect(alone.statusCode).toBe(202);
  const said = sql`SELECT content FROM chat_messages WHERE chat_id = ${alone.json<Turn>().session_id}`;
  expect(await crew.rows(said)).toEqual([{ content: 'These files.' }]);
  for (const [parts, path] of [
    [[['wait_s', '0']], 'message'],
    [
      [
        ['message', 'x'],
        ['nonsense', 'y'],
      ],
      'nonsense',
    ],
    [
      [
        ['message', 'x'],
        ['files', 'y', '..'],
      ],
      'files',
    ],
    [
      [
        ['message', 'x'],
        ['other', 'y', 'a.txt'],
      ],
      'other',
    ],
    [[['message', 'x'], ...Array.from({ length: 11 }, (_, n) => ['files', 'y', `${n}`] as const)], 'files'],
  ] as const) {
    const refused = await send(...parts);
    expect([refused.statusCode, refused.json<{ errors: { path: string }[] }>().errors[0]!.path], path).toEqual([
      400,
      path,
    ]);
  }
  expect((await api.call(crew.owner.token, { method: 'POST', url: '/api/v1/chat' })).statusCode).toBe(400);
});
