import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const BASE = '/api/v1/internal/issues';

const internal = perFile(() => startInternal('issues'));
const crew = perTest(() => internal.addCrew());
const sibling = perTest(() => internal.addCrew(crew));

const make = (rest: object = {}, by = crew) => by.call({ path: BASE, body: { title: 'An issue', ...rest } });
const patch = (identifier: string, body: object, by = crew) =>
  by.call({ method: 'PATCH', path: `${BASE}/${identifier}`, body });
const read = async (identifier: string) => (await crew.call({ path: `${BASE}/${identifier}` })).body;
const setPrefix = (of: InternalCrew, prefix: string) =>
  of.owner.patch(`/api/v1/crews/${of.crewId}`, { issue_prefix: prefix });

test('numbers are one after the other, shared by crews of one prefix, whoever is first', async () => {
  await setPrefix(crew, 'ops');
  await setPrefix(sibling, 'OPS');
  const made = await Promise.all([make(), make({}, sibling), make(), make({}, sibling)]);
  expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(made.map(({ body }) => body.identifier).sort()).toEqual(['OPS-1', 'OPS-2', 'OPS-3', 'OPS-4']);
  expect(made[0]!.body.status).toBe('BACKLOG');
  await setPrefix(crew, 'dev');
  expect((await make()).body.identifier).toBe('DEV-1');
});

test('an issue that is refused takes no number', async () => {
  expect(outcome(await make({ assignee_type: 'agent', assignee_id: 'nobody' }))).toEqual([400, 'invalid_request']);
  expect(outcome(await make({ assignee_id: crew.lead.id }))).toEqual([400, 'invalid_request']);
  expect(outcome(await make({ author_id: sibling.lead.id }))).toEqual([400, 'invalid_request']);
  const rows = sql`SELECT 1 FROM identifier_counters WHERE workspace_id = ${crew.workspaceId} AND prefix <> 'MIS'`;
  expect(await crew.rows(rows)).toEqual([]);
  await crew.write(sql`UPDATE agents SET deleted_at = now() WHERE id = ${crew.lead.id}`);
  const leaderless = await make();
  expect(leaderless.status).toBe(400);
  expect(JSON.stringify(leaderless.body)).toContain('LEAD');
});

test('an issue moves as its status allows; closing dates it, and reopening takes that back', async () => {
  const identifier = (await make({ priority: 'high', assignee_type: 'agent', assignee_id: crew.agents[0]!.id })).body
    .identifier as string;
  const refused = await patch(identifier, { status: 'DONE', priority: 'low' });
  expect([refused.status, refused.body.current_status]).toEqual([409, 'BACKLOG']);
  expect(await read(identifier)).toMatchObject({ status: 'BACKLOG', priority: 'high', completed_at: null });
  for (const status of ['IN_PROGRESS', 'DONE']) {
    expect((await patch(identifier, { status })).body).toEqual({ status: 'ok' });
  }
  expect((await read(identifier)).completed_at).not.toBeNull();
  await patch(identifier, { status: 'BACKLOG', estimate: 3, due_date: '2031-02-03', assignee_id: '' });
  expect(await read(identifier)).toMatchObject({
    status: 'BACKLOG',
    completed_at: null,
    estimate: 3,
    due_date: '2031-02-03',
    assignee_id: null,
    assignee_type: null,
    authored_via: 'agent_tool_call',
  });
  expect(outcome(await patch(identifier, {}))).toEqual([400, 'invalid_request']);
  const entries = sql`
    SELECT payload->>'from' AS "from", payload->>'to' AS "to" FROM journal_entries
    WHERE entry_type = 'issue.status_change' AND crew_id = ${crew.crewId} ORDER BY ts, id`;
  expect(await crew.rows(entries)).toEqual([
    { from: 'BACKLOG', to: 'IN_PROGRESS' },
    { from: 'IN_PROGRESS', to: 'DONE' },
    { from: 'DONE', to: 'BACKLOG' },
  ]);
});

test('of two simultaneous moves one wins and the other is told where the issue is', async () => {
  const identifier = (await make()).body.identifier as string;
  await patch(identifier, { status: 'IN_PROGRESS' });
  const answers = await Promise.all([patch(identifier, { status: 'DONE' }), patch(identifier, { status: 'DONE' })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 409)!.body.current_status).toBe('DONE');
});

test('comments are the crew’s agents’, and their words are in no journal entry', async () => {
  const identifier = (await make()).body.identifier as string;
  const comment = (body: object) => crew.call({ path: `${BASE}/${identifier}/comments`, body });
  const made = await comment({ agent_id: crew.lead.id, body: 'unrepeatable words' });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ author_type: 'agent', author_id: crew.lead.id, body: 'unrepeatable words' });
  expect(outcome(await comment({ agent_id: sibling.lead.id, body: 'x' }))).toEqual([400, 'invalid_request']);
  expect(outcome(await comment({ body: 'x' }))).toEqual([400, 'invalid_request']);
  expect(outcome(await comment({ agent_id: crew.lead.id, body: ' ' }))).toEqual([400, 'invalid_request']);
  // A move that is refused leaves its comment unsaid.
  const refused = await patch(identifier, { status: 'DONE', comment: 'done', agent_id: crew.lead.id });
  expect(refused.status).toBe(409);
  expect(await read(identifier)).toMatchObject({ comment_count: 1 });
  await patch(identifier, { comment: 'on my way', agent_id: crew.lead.id });
  expect(await read(identifier)).toMatchObject({ comment_count: 2 });
  const entries = sql`SELECT * FROM journal_entries WHERE entry_type LIKE 'issue.%' AND crew_id = ${crew.crewId}`;
  const text = JSON.stringify(await crew.rows(entries));
  expect(text).not.toContain('unrepeatable');
});

test('a crew lists its own issues, by status, assignee and title', async () => {
  const first = (await make({ title: 'Fix the build' })).body.identifier as string;
  const second = (await make({ title: 'Write docs', assignee_type: 'user', assignee_id: crew.owner.id })).body
    .identifier as string;
  await make({}, sibling);
  await patch(first, { status: 'TODO' });
  const list = async (query = '') =>
    ((await crew.call({ path: `${BASE}${query}` })).body as unknown as { identifier: string }[]).map(
      ({ identifier }) => identifier,
    );
  expect(await list()).toEqual([second, first]);
  expect(await list('?status=TODO,DONE')).toEqual([first]);
  expect(await list('?status=NONSENSE')).toEqual([]);
  expect(await list(`?assignee_id=${crew.owner.id}`)).toEqual([second]);
  expect(await list('?q=BUILD')).toEqual([first]);
  expect(await list('?limit=1&offset=1')).toEqual([first]);
});
