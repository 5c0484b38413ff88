import { beforeEach, expect, test } from 'vitest';
import { recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { readRunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { type RunReport, settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import { outcome, expectStatus } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const BASE = '/api/v1/internal';

const internal = perFile(() => startInternal('peers'));
beforeEach(async () => {
  await beatHost(internal.api);
  // More places than the tests before this one have taken.
  await internal.api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE slot_scopes SET capacity = 1000 WHERE kind = 'host'`),
  );
});
const crew = perTest(() => internal.addCrew());
const sibling = perTest(() => internal.addCrew(crew));

const assign = (rest: object = {}, by = crew, headers: Record<string, string> = {}) =>
  by.call({
    path: `${BASE}/assignments`,
    body: { target_slug: by.agents[0]!.slug, task: 'Look into it', chat_id: by.missionId, ...rest },
    headers,
  });
const query = (rest: object = {}, signal?: AbortSignal) =>
  crew.call({
    path: `${BASE}/queries`,
    body: { target_slug: crew.agents[0]!.slug, question: 'Why?', chat_id: crew.missionId, ...rest },
    ...(signal === undefined ? {} : { signal }),
  });
const read = async (id: string, by = crew) => (await by.call({ path: `${BASE}/assignments/${id}` })).body;
const runOf = async (id: string) =>
  (await crew.rows<{ run_id: string }>(sql`SELECT run_id FROM peer_requests WHERE id = ${id}`))[0]!.run_id;
const addressOf = (runId: string) => ({ workspaceId: crew.workspaceId, id: runId, generation: 0 });
const begin = (runId: string) =>
  recordExec(internal.api.database, addressOf(runId), { containerId: 'container', execId: `exec-${runId}` });
const settle = (runId: string, report: RunReport) => settleRunRow(internal.api.database, addressOf(runId), report);
const DONE: RunReport = { outcome: { kind: 'exited', exitCode: 0, result: 'ok' }, summary: 'Found it' };
const queuedQueries = () =>
  crew.rows<{ status: string; timeout_ms: number }>(
    sql`SELECT status, timeout_ms FROM runs WHERE crew_id = ${crew.crewId} AND trigger_type = 'QUERY'`,
  );
/** The run of the crew's only open query. */
async function openQuery(): Promise<string> {
  return soon(async () => {
    const [row] = await crew.rows<{ run_id: string }>(sql`
        SELECT q.run_id FROM peer_requests q JOIN runs r ON r.id = q.run_id
        WHERE q.crew_id = ${crew.crewId} AND q.kind = 'query' AND r.status IN ('ADMITTED', 'RUNNING')`);
    expect(row).toBeDefined();
    return row!.run_id;
  });
}

test('an assignment runs its agent with the task, and its crew reads how it ended', async () => {
  const made = await assign({ actor_agent_id: crew.lead.id });
  expect([made.status, made.body.status]).toEqual([201, 'PENDING']);
  const id = made.body.assignment_id as string;
  expect(await read(id)).toMatchObject({ status: 'QUEUED', assigned_by_id: crew.lead.id, task: 'Look into it' });
  const runId = await runOf(id);
  const execution = await readRunExecution(internal.api.database, addressOf(runId));
  expect(execution).toMatchObject({
    agent: { id: crew.agents[0]!.id },
    task: null,
    request: { id, kind: 'assignment', content: 'Look into it', from: { slug: crew.lead.slug } },
  });
  await begin(runId);
  expect(await read(id)).toMatchObject({ status: 'RUNNING' });
  await settle(runId, DONE);
  expect(await read(id)).toMatchObject({ status: 'COMPLETED', result_summary: 'Found it', error_message: null });
  const entries = sql`
    SELECT entry_type FROM journal_entries WHERE target_id = ${id} ORDER BY ts, id`;
  expect(await crew.rows(entries)).toEqual([
    { entry_type: 'assignment.created' },
    { entry_type: 'assignment.completed' },
  ]);
  const slots = sql`SELECT 1 FROM slot_leases WHERE run_id = ${runId}`;
  expect(await crew.rows(slots)).toEqual([]);
});

test('a lost attempt is replaced twice by one that names it, then the assignment has failed', async () => {
  const id = (await assign()).body.assignment_id as string;
  const runs: string[] = [];
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const runId = await runOf(id);
    expect(runs).not.toContain(runId);
    runs.push(runId);
    await begin(runId);
    await settle(runId, { outcome: { kind: 'lost' } });
  }
  expect(await runOf(id)).toBe(runs[2]);
  expect(await read(id)).toMatchObject({ status: 'FAILED', error_message: 'lost' });
  const attempts = sql`
    SELECT attempt_no, predecessor_id FROM runs WHERE id = ANY (${sql.array(runs, 'text')}) ORDER BY attempt_no`;
  expect(await crew.rows(attempts)).toEqual([
    { attempt_no: 1, predecessor_id: null },
    { attempt_no: 2, predecessor_id: runs[0] },
    { attempt_no: 3, predecessor_id: runs[1] },
  ]);
});

test('requests lead to requests twice, and an agent has eight open; each limit is named', async () => {
  const first = (await assign()).body.assignment_id as string;
  const second = await assign({ target_slug: crew.agents[1]!.slug }, crew, crew.runHeaders(await runOf(first)));
  expect(second.status).toBe(201);
  const deep = crew.runHeaders(await runOf(second.body.assignment_id as string));
  const third = await assign({ target_slug: crew.agents[0]!.slug }, crew, deep);
  expect([third.status, third.body.setting, third.body.limit]).toEqual([403, 'max_depth', 2]);
  const actor = { actor_agent_id: crew.agents[1]!.id };
  const many = await Promise.all(Array.from({ length: 12 }, () => assign(actor)));
  expect(many.filter(({ status }) => status === 201)).toHaveLength(8);
  const refused = many.find(({ status }) => status === 403)!;
  expect([refused.body.setting, refused.body.limit]).toEqual(['max_fan_out', 8]);
});

test('who may be asked: agents of this crew and of connected ones, not oneself, nobody under review', async () => {
  const stranger = await internal.addCrew();
  const to = (by: InternalCrew) => ({ target_slug: by.agents[0]!.slug });
  expect(outcome(await assign(to(sibling)))).toEqual([403, 'forbidden']);
  expect(outcome(await assign(to(stranger)))).toEqual([404, 'not_found']);
  expect(outcome(await assign({ chat_id: sibling.missionId }))).toEqual([403, 'forbidden']);
  expect(outcome(await assign({ actor_agent_id: sibling.lead.id }))).toEqual([404, 'not_found']);
  expect(outcome(await assign({ actor_agent_id: crew.agents[0]!.id }))).toEqual([400, 'invalid_request']);
  const link = { from_crew_id: crew.crewId, to_crew_id: sibling.crewId, direction: 'unidirectional' };
  const connect = { method: 'POST' as const, url: '/api/v1/crew-connections', payload: link };
  expectStatus(await internal.api.call(crew.owner.token, connect), 201);
  const made = await assign(to(sibling));
  expect(made.status).toBe(201);
  const id = made.body.assignment_id as string;
  expect(await read(id, sibling)).toMatchObject({ assigned_to_id: sibling.agents[0]!.id });
  expect(outcome(await stranger.call({ path: `${BASE}/assignments/${id}` }))).toEqual([404, 'not_found']);
  await crew.write(sql`UPDATE agents SET status = 'PENDING_REVIEW' WHERE id = ${crew.agents[0]!.id}`);
  expect(outcome(await assign())).toEqual([409, 'conflict']);
});

test('an agent whose circuit is open is given and asked nothing, until it has cooled down', async () => {
  const agentId = crew.agents[0]!.id;
  await crew.write(sql`UPDATE agents SET circuit_opened_at = now() WHERE id = ${agentId}`);
  for (const refused of [await assign(), await query({ timeout_seconds: 1 })]) {
    expect([refused.status, refused.body.code, refused.body.reason]).toEqual([409, 'conflict', 'circuit_open']);
  }
  await crew.write(sql`UPDATE agents SET circuit_opened_at = now() - interval '1 day' WHERE id = ${agentId}`);
  expect((await assign()).status).toBe(201);
});

test('a mission that is cancelled stops what its agents gave each other, and takes no more', async () => {
  const base = `/api/v1/crews/${crew.crewId}/missions/${crew.missionId}`;
  const post = (what: string) => crew.owner.send('POST', `${base}/${what}`);
  expectStatus(await post('start'), 200);
  const id = (await assign()).body.assignment_id as string;
  expectStatus(await post('cancel'), 200);
  const runId = await runOf(id);
  const run = sql`SELECT cancel_requested_at IS NOT NULL AS told FROM runs WHERE id = ${runId}`;
  expect(await crew.rows(run)).toEqual([{ told: true }]);
  await settle(runId, { outcome: { kind: 'cancelled' } });
  expect(await read(id)).toMatchObject({ status: 'CANCELLED' });
  const late = await assign();
  expect([late.status, late.body.current_status]).toEqual([409, 'CANCELLED']);
});

test('a query waits for the answer', async () => {
  const asked = query();
  const runId = await openQuery();
  await begin(runId);
  await settle(runId, { ...DONE, summary: 'x'.repeat(12_000) });
  await internal.deliverWakes();
  const answer = await asked;
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ target: crew.agents[0]!.slug, question: 'Why?', status: 'COMPLETED' });
  expect((answer.body.response as string).length).toBe(10_000);
});

test('a query whose run fails, or that nobody answers in time, says which it was; its run is stopped', async () => {
  const asked = query();
  const runId = await openQuery();
  await begin(runId);
  await settle(runId, { outcome: { kind: 'exited', exitCode: 3, result: 'missing' }, errorMessage: 'exit code 3' });
  await internal.deliverWakes();
  const failed = await asked;
  expect([failed.status, failed.body.code, failed.body.error]).toEqual([500, 'query_failed', 'exit code 3']);
  expect(failed.body.query_id).toEqual(expect.any(String));
  const late = await query({ timeout_seconds: 1 });
  expect([late.status, late.body.error]).toEqual([500, 'no answer in time']);
  const run = sql`SELECT cancel_requested_at IS NOT NULL AS told FROM runs
    WHERE id = ${await runOf(late.body.query_id as string)}`;
  expect(await crew.rows(run)).toEqual([{ told: true }]);
});

test('a run that a question waits for has no more time than its asker, and ends with the mission where it waits', async () => {
  const base = `/api/v1/crews/${crew.crewId}/missions/${crew.missionId}`;
  const post = (what: string) => crew.owner.send('POST', `${base}/${what}`);
  expectStatus(await post('start'), 200);
  // No place is left: the run waits, and has no workflow that could be told.
  await internal.api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE slot_scopes SET capacity = in_use WHERE kind = 'host'`),
  );
  const asked = query({ timeout_seconds: 60 });
  await soon(async () => expect(await queuedQueries()).toEqual([{ status: 'QUEUED', timeout_ms: 60_000 }]));
  expectStatus(await post('cancel'), 200);
  await internal.deliverWakes();
  const answer = await asked;
  expect([answer.status, answer.body.code, answer.body.error]).toEqual([500, 'query_failed', 'cancelled']);
  expect((await queuedQueries())[0]!.status).toBe('CANCELLED');
});

test('a process that shuts down stops the runs of the questions that waited in it', async () => {
  const other = await startInternal('peers-closing');
  try {
    await beatHost(other.api);
    const asker = await other.addCrew();
    const asked = asker.call({
      path: `${BASE}/queries`,
      body: { target_slug: asker.agents[0]!.slug, question: 'Why?', chat_id: asker.missionId },
    });
    const runs = () =>
      other.api.database.reads.any<{ told: boolean }>(
        [asker.workspaceId],
        sql`SELECT cancel_requested_at IS NOT NULL AS told FROM runs
          WHERE crew_id = ${asker.crewId} AND trigger_type = 'QUERY'`,
      );
    await soon(async () => expect(await runs()).toEqual([{ told: false }]));
    await Promise.all([other.role.close(), asked.catch(() => {})]);
    expect(await runs()).toEqual([{ told: true }]);
  } finally {
    await other.close();
  }
});

test('the standup tells what the crew did, and nothing of another crew', async () => {
  const id = (await assign({ task: 'Count the stars' })).body.assignment_id as string;
  const runId = await runOf(id);
  await begin(runId);
  await settle(runId, DONE);
  await assign({ task: 'Hidden work' }, sibling);
  const { body } = await crew.call({ path: `${BASE}/standup` });
  expect(body.crew_id).toBe(crew.crewId);
  expect(body.standup).toContain('completed: Count the stars → Found it');
  expect(body.standup).not.toContain('Hidden work');
  const later = await crew.call({ path: `${BASE}/standup?since=2999-01-01T00:00:00Z` });
  expect(later.body).toEqual({
    standup: 'Nothing happened in this crew.',
    crew_id: crew.crewId,
    since: '2999-01-01T00:00:00Z',
  });
});

test('an assignment and a query to an agent that is paused wait for it, and begin when it goes on', async () => {
  const target = `/agents/${crew.agents[0]!.id}`;
  const statusOf = async (runId: string) =>
    (await crew.rows<{ status: string }>(sql`SELECT status FROM runs WHERE id = ${runId}`))[0]!.status;
  await crew.owner.act(`${target}/pause`);
  const runId = await runOf((await assign()).body.assignment_id as string);
  expect(await statusOf(runId)).toBe('QUEUED');
  await crew.owner.act(`${target}/unpause`);
  expect(await statusOf(runId)).toBe('ADMITTED');
  await begin(runId);
  await settle(runId, DONE);

  await crew.owner.act(`${target}/pause`);
  const asked = query();
  await soon(async () => expect((await queuedQueries()).map(({ status }) => status)).toEqual(['QUEUED']));
  await crew.owner.act(`${target}/unpause`);
  const answering = await openQuery();
  await begin(answering);
  await settle(answering, DONE);
  await internal.deliverWakes();
  expect((await asked).body).toMatchObject({ status: 'COMPLETED' });
});
