import { expect, test } from 'vitest';
import { addRun, EMIT, startLedger } from './ledger-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { outcome } from '../../support/world/caller.ts';

const ledger = perFile(() => startLedger('emit'));
const crew = perFile(() => ledger.internal.addCrew());

const emit = (body: object, headers: Record<string, string> = {}) => crew.call({ path: EMIT, body, headers });

const entry = async (id: unknown) =>
  (await ledger.rows<Record<string, unknown>>('SELECT * FROM journal_entries WHERE id = $1', [id]))[0];

test('an entry has the crew’s scope and what it says of itself; its actor and time are made here', async () => {
  const answer = await emit({
    type: 'network.egress',
    summary: 'GET example.com',
    agent_id: crew.lead.id,
    mission_id: crew.missionId,
    payload: { host: 'example.com', bytes: 12 },
    refs: { request: 'r1' },
    severity: 'error',
    priority: 'high',
    span_id: 'span-1',
    actor_type: 'user',
    ts: '2001-01-01T00:00:00Z',
  });
  expect([answer.status, Object.keys(answer.body)]).toEqual([202, ['id']]);
  expect(answer.body.id).toMatch(/^j_[0-9a-f]{16}$/);
  expect(await entry(answer.body.id)).toMatchObject({
    workspace_id: crew.workspaceId,
    crew_id: crew.crewId,
    agent_id: crew.lead.id,
    mission_id: crew.missionId,
    entry_type: 'network.egress',
    severity: 'error',
    span_id: 'span-1',
    actor_type: 'sidecar',
    summary: 'GET example.com',
    payload: { host: 'example.com', bytes: 12 },
    refs: { request: 'r1', reported_at: '2001-01-01T00:00:00Z' },
  });
  const url = `/api/v1/journal/${answer.body.id as string}`;
  expect(await crew.owner.get(url)).toMatchObject({ severity: 'error', priority: 'high' });
  expect(new Date((await entry(answer.body.id))!.ts as string).getUTCFullYear()).toBeGreaterThan(2020);
});

test('what crews do, see and run may be said by either name of the type', async () => {
  for (const type of ['exec.command', 'mcp.tool_call', 'container.metrics', 'guardrail.input_blocked', 'run.note']) {
    const answer = await emit({ entry_type: type, summary: 'said' });
    expect(await entry(answer.body.id)).toMatchObject({ entry_type: type, severity: 'info', actor_type: 'sidecar' });
  }
  const refused = await emit({ type: 'container.snapshot', summary: 'said' });
  expect(JSON.stringify(refused.body)).toContain('network.egress, file.written, container.metrics, run.*');
});

test('with a run’s token the agent wrote it, in its run and mission', async () => {
  const runId = `emit-${crew.crewId}`;
  const token = await addRun(ledger, crew, { id: runId, missionId: crew.missionId });
  const answer = await emit({ type: 'file.written', summary: 'report.md' }, { 'x-run-token': token });
  expect(await entry(answer.body.id)).toMatchObject({
    actor_type: 'agent',
    actor_id: crew.lead.id,
    agent_id: crew.lead.id,
    mission_id: crew.missionId,
    trace_id: runId,
  });
  const span = await emit({ type: 'run.agent_span', summary: 'thinking', trace_id: runId });
  expect(await entry(span.body.id)).toMatchObject({ entry_type: 'run.agent_span', trace_id: runId });
});

test('the start and end of a run write its row with the entry, once', async () => {
  const run = { agent_id: crew.lead.id, trace_id: `trace-${crew.crewId}`, summary: 'run' };
  const begun = await Promise.all(Array.from({ length: 6 }, () => emit({ ...run, type: 'run.started' })));
  expect(new Set(begun.map(({ status, body }) => `${status} ${body.id as string}`)).size).toBe(1);
  expect(await entry(begun[0]!.body.id)).toMatchObject({ entry_type: 'run.started', trace_id: run.trace_id });
  const payload = { exit_code: 2, error_message: 'no disk', host: 'x' };
  const ended = await emit({ ...run, type: 'run.failed', payload });
  expect(await entry(ended.body.id)).toMatchObject({ entry_type: 'run.failed', severity: 'error' });
  // The first end stands.
  expect((await emit({ ...run, type: 'run.completed' })).body).toEqual(ended.body);
  const url = `/api/v1/runs/${run.trace_id}`;
  expect(await crew.owner.get(url)).toMatchObject({
    status: 'FAILED',
    exit_code: 2,
    error_message: 'no disk',
    metadata: { host: 'x' },
  });
  const found = await ledger.rows(`SELECT 1 FROM journal_entries WHERE trace_id = $1 AND entry_type LIKE 'run.%'`, [
    run.trace_id,
  ]);
  expect(found).toHaveLength(2);
});

test('an entry that is repeated under its key is one entry', async () => {
  const body = { type: 'file.written', summary: 'once', key: 'k-1' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => emit(body)));
  expect(new Set(answers.map(({ status, body: { id } }) => `${status} ${id as string}`)).size).toBe(1);
  expect((await emit({ ...body, key: undefined }, { 'idempotency-key': 'k-1' })).body).toEqual(answers[0]!.body);
  expect(await ledger.rows(`SELECT 1 FROM journal_entries WHERE summary = 'once'`)).toHaveLength(1);
});

test('what is not a crew’s to write, or not its own, is refused and writes nothing', async () => {
  const sibling = await ledger.internal.addCrew(crew);
  const theirRun = `their-${sibling.crewId}`;
  await addRun(ledger, sibling, { id: theirRun });
  const before = await ledger.written();
  const good = { type: 'file.written', summary: 'x' };
  for (const bad of [
    { type: 'llm.call' },
    { type: 'keeper.decision' },
    { type: 'run.' },
    { type: undefined },
    { type: 'exec.output_chunk' },
    { entry_type: 'run.note' },
    { severity: 'fatal' },
    { priority: 'permanent' },
    { ts: 'yesterday' },
    { id: 'j_0000000000000000' },
    { expires_at: '2030-01-01T00:00:00Z' },
    { summary: '' },
    { summary: 's'.repeat(2_001) },
    { payload: [] },
    { payload: 'text' },
    { padding: 'x'.repeat(65_536) },
    { key: 'two words' },
    { type: 'run.started' },
    { type: 'run.started', trace_id: 'some-trace' },
  ]) {
    expect(outcome(await emit({ ...good, ...bad })), JSON.stringify(bad).slice(0, 100)).toEqual([
      400,
      'invalid_request',
    ]);
  }
  for (const foreign of [
    { agent_id: sibling.lead.id },
    { mission_id: sibling.missionId },
    { trace_id: theirRun },
    { trace_id: 'no-such-run' },
  ]) {
    expect(outcome(await emit({ ...good, ...foreign })), JSON.stringify(foreign)).toEqual([403, 'forbidden']);
  }
  expect(outcome(await emit({ type: 'run.completed', summary: 'x', trace_id: theirRun }))).toEqual([404, 'not_found']);
  expect(await ledger.written()).toBe(before);
});
