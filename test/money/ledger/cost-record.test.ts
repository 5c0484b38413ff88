import { expect, test } from 'vitest';
import { addRun, RECORD, startLedger } from './ledger-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { outcome } from '../../support/world/caller.ts';

const ledger = perFile(() => startLedger('cost-record'));
const crew = perFile(() => ledger.internal.addCrew());

const SAMPLE = {
  provider: 'anthropic',
  model: 'claude-opus-4-7',
  input_tokens: 12_483,
  output_tokens: 4_521,
  cached_input_tokens: 1_024,
  cache_creation_tokens: 0,
  billing_mode: 'metered',
  subscription_plan: '',
  quota_remaining_pct: 0.42,
  quota_window: 'tokens',
  had_status_429: false,
};

const record = (body: object, headers = {}, by = crew) =>
  by.call({ path: RECORD, headers, body: { workspace_id: by.workspaceId, ...body } });

async function recorded(body: object) {
  const answer = await record(body);
  expect([answer.status, Object.keys(answer.body)], JSON.stringify(answer.body)).toEqual([202, ['id']]);
  const id = answer.body.id as string;
  const [row] = await ledger.rows<Record<string, unknown>>('SELECT * FROM cost_ledger WHERE id = $1', [id]);
  const entries = await ledger.rows<{ entry_type: string; severity: string; payload: Record<string, unknown> }>(
    `SELECT * FROM journal_entries WHERE refs->>'ledger_id' = $1 ORDER BY entry_type DESC`,
    [id],
  );
  return { id, row: row!, entries, types: entries.map((entry) => entry.entry_type) };
}

test('a report is a row with price, confidence, rates and tags made here, and its entries', async () => {
  const { id, row, entries } = await recorded({ ...SAMPLE, agent_id: crew.lead.id, mission_id: crew.missionId });
  expect(id).toMatch(/^cl_[0-9a-f]{16}$/);
  expect(row).toMatchObject({
    workspace_id: crew.workspaceId,
    crew_id: crew.crewId,
    agent_id: crew.lead.id,
    mission_id: crew.missionId,
    input_tokens: '12483',
    // 12,483 × 5 + 4,521 × 25 + 1,024 × 0.5 micro-dollars.
    cost_micros: '175952',
    cost_confidence: 'precise',
    rate_known: true,
    input_rate: '5000000',
    cached_input_rate: '500000',
    subscription_plan: null,
    quota_remaining_pct: 0.42,
    quota_window: 'tokens',
    tags: { source: 'sidecar' },
  });
  expect(entries.map(({ entry_type, severity }) => [entry_type, severity])).toEqual([
    ['llm.call', 'info'],
    ['cost.incurred', 'info'],
  ]);
  expect(entries[0]).toMatchObject({ actor_type: 'system', crew_id: crew.crewId, agent_id: crew.lead.id });
  expect(entries[0]!.payload).toEqual({
    provider: 'anthropic',
    model: 'claude-opus-4-7',
    cost_usd: '0.175952',
    cost_confidence: 'precise',
    rate_known: true,
    ledger_id: id,
    input_tokens: 12_483,
    output_tokens: 4_521,
    cached_input_tokens: 1_024,
    cache_creation_tokens: 0,
    billing_mode: 'metered',
    quota_remaining_pct: 0.42,
    quota_window: 'tokens',
  });
});

test('what a caller says of id, time, cost, confidence or tags is not heard', async () => {
  const { id, row } = await recorded({
    ...SAMPLE,
    id: 'cl_0000000000000000',
    ts: '2001-01-01T00:00:00Z',
    cost_usd: 0,
    cost_micros: 1,
    cost_confidence: 'unknown',
    tags: { source: 'me' },
  });
  expect(id).not.toBe('cl_0000000000000000');
  expect((row.ts as Date).getFullYear()).toBeGreaterThan(2_001);
  expect(row).toMatchObject({ cost_micros: '175952', cost_confidence: 'precise', tags: { source: 'sidecar' } });
});

test('a report without usage is a row all the same, and negative counts are zero', async () => {
  const bare = await recorded({ provider: 'anthropic', model: 'claude-opus-4-7' });
  expect(bare.row).toMatchObject({ cost_micros: '0', cost_confidence: 'estimate', billing_mode: 'metered' });
  expect(bare.types).toEqual(['llm.call']);
  const negative = await recorded({ ...SAMPLE, input_tokens: -5, output_tokens: -1, cached_input_tokens: -9 });
  expect(negative.row).toMatchObject({ input_tokens: '0', output_tokens: '0', cost_micros: '0' });
});

test('a model that the card does not name costs its provider’s ceiling, and the row says that it is not named', async () => {
  const unknown = await recorded({ provider: ' Anthropic ', model: 'claude-next', output_tokens: 1_000_000 });
  expect(unknown.row).toMatchObject({ cost_micros: '50000000', cost_confidence: 'precise', rate_known: false });
  const nobody = await recorded({ provider: 'nobody', model: 'nothing', output_tokens: 1_000_000 });
  expect(nobody.row).toMatchObject({ cost_micros: '0', cost_confidence: 'precise', rate_known: false });
  expect(nobody.types).toEqual(['llm.call']);
  const local = await recorded({ provider: 'ollama', model: 'anything', output_tokens: 10 });
  expect(local.row).toMatchObject({ cost_micros: '0', cost_confidence: 'precise', rate_known: true });
});

test('a report that does not say which workspace it is of is refused, and so is one of another', async () => {
  const before = await ledger.written();
  const silent = await crew.call({ path: RECORD, body: SAMPLE });
  expect(outcome(silent)).toEqual([400, 'invalid_request']);
  expect(JSON.stringify(silent.body)).toContain('workspace_id');
  expect(outcome(await record({ ...SAMPLE, workspace_id: 'another' }))).toEqual([403, 'forbidden']);
  expect(await ledger.written()).toBe(before);
});

test('a plan’s call costs nothing, is of unknown confidence, and needs the plan’s name', async () => {
  const { row, types } = await recorded({ ...SAMPLE, billing_mode: 'flat_rate', subscription_plan: 'Anthropic Max' });
  expect(row).toMatchObject({ cost_micros: '0', cost_confidence: 'unknown', subscription_plan: 'Anthropic Max' });
  expect(types).toEqual(['llm.call']);
  for (const plan of [undefined, null, '', '  ']) {
    expect(outcome(await record({ ...SAMPLE, billing_mode: 'flat_rate', subscription_plan: plan }))).toEqual([
      400,
      'invalid_request',
    ]);
  }
});

test('half of the input from the cache is a cache hit', async () => {
  const { types } = await recorded({ ...SAMPLE, input_tokens: 100, cached_input_tokens: 50 });
  expect(types).toEqual(['llm.call', 'llm.cache_hit', 'cost.incurred']);
  expect((await recorded({ ...SAMPLE, input_tokens: 100, cached_input_tokens: 49 })).types).not.toContain(
    'llm.cache_hit',
  );
});

test('the provider’s quota warns below a fifth, is exhausted at nothing or by a 429, and needs its headers', async () => {
  const verdict = async (quota: object) => {
    const { entries } = await recorded({ ...SAMPLE, ...quota });
    const found = entries.find(({ entry_type }) => entry_type.startsWith('budget.'));
    return found === undefined ? null : [found.entry_type, found.severity, found.payload.reason];
  };
  const exhausted = ['budget.exceeded', 'error', 'quota_exhausted'];
  expect(await verdict({ quota_remaining_pct: 0.2 })).toBeNull();
  expect(await verdict({ quota_remaining_pct: 0.19 })).toEqual(['budget.warning', 'warn', 'quota_low']);
  expect(await verdict({ quota_remaining_pct: 0 })).toEqual(exhausted);
  expect(await verdict({ quota_remaining_pct: 0.1, quota_window: '' })).toBeNull();
  expect(await verdict({ quota_remaining_pct: undefined })).toBeNull();
  expect(await verdict({ quota_remaining_pct: 0.9, had_status_429: true })).toEqual(exhausted);
  expect(await verdict({ quota_window: undefined, had_status_429: true })).toEqual(exhausted);
});

test('a body beyond 16 KiB, or one that breaks a rule, is a 400 and writes nothing', async () => {
  const before = await ledger.written();
  const large = await record({ ...SAMPLE, padding: 'x'.repeat(16_384) });
  expect(outcome(large)).toEqual([400, 'invalid_request']);
  for (const bad of [
    { provider: undefined },
    { provider: '' },
    { model: '   ' },
    { model: 'm'.repeat(129) },
    { billing_mode: 'free' },
    { quota_remaining_pct: 1.01 },
    { quota_remaining_pct: -0.1 },
    { input_tokens: 1.5 },
    { input_tokens: '7' },
    { output_tokens: 1e9 },
    { had_status_429: 'yes' },
    { agent_id: 'no id!' },
    { call_id: 'é' },
    { call_id: 'x'.repeat(129) },
  ]) {
    expect(outcome(await record({ ...SAMPLE, ...bad })), JSON.stringify(bad)).toEqual([400, 'invalid_request']);
  }
  expect(await ledger.written()).toBe(before);
});

test('an agent or mission that is not the crew’s is a 403 and writes nothing', async () => {
  const sibling = await ledger.internal.addCrew(crew);
  const stranger = await ledger.internal.addCrew();
  const run = { kind: 'run', workspaceId: crew.workspaceId, crewId: crew.crewId, agentId: crew.lead.id } as const;
  const runToken = ledger.internal.tokens.issue({ ...run, runId: 'gone-run' });
  const before = await ledger.written();
  for (const other of [sibling, stranger]) {
    for (const scope of [{ agent_id: other.lead.id }, { mission_id: other.missionId }]) {
      expect(outcome(await record({ ...SAMPLE, ...scope }))).toEqual([403, 'forbidden']);
    }
  }
  const headers = { 'x-run-token': runToken };
  const other = await record({ ...SAMPLE, agent_id: crew.agents[0]!.id }, headers);
  expect(outcome(other)).toEqual([403, 'forbidden']);
  expect(await ledger.written()).toBe(before);
});

test('a run’s token brings its agent, mission and task; one whose row is gone still records', async () => {
  const runId = `run-${crew.crewId}`;
  const token = await addRun(ledger, crew, { id: runId, missionId: crew.missionId, taskId: 'task-1' });
  const send = async (runToken: string) => {
    const answer = await record(SAMPLE, { 'x-run-token': runToken });
    expect(answer.status).toBe(202);
    const [row] = await ledger.rows('SELECT * FROM cost_ledger WHERE id = $1', [answer.body.id]);
    return row;
  };
  expect(await send(token)).toMatchObject({
    agent_id: crew.lead.id,
    mission_id: crew.missionId,
    task_id: 'task-1',
    run_id: runId,
  });
  const { workspaceId, crewId } = crew;
  const gone = { kind: 'run', workspaceId, crewId, agentId: crew.lead.id, runId: 'gone' } as const;
  expect(await send(ledger.internal.tokens.issue(gone))).toMatchObject({ run_id: 'gone', mission_id: null });
});

test('a report that is repeated under its call’s id is one row with one set of entries', async () => {
  const body = { ...SAMPLE, call_id: 'msg_01' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => record(body)));
  const ids = new Set(answers.map((answer) => `${answer.status} ${answer.body.id as string}`));
  expect(ids.size).toBe(1);
  const id = answers[0]!.body.id as string;
  expect((await record(body)).body).toEqual({ id });
  const header = await record(SAMPLE, { 'idempotency-key': 'msg_01' });
  expect(header.body).toEqual({ id });
  expect(await ledger.rows('SELECT id FROM cost_ledger WHERE call_id = $1', ['msg_01'])).toEqual([{ id }]);
  const entries = `SELECT entry_type FROM journal_entries WHERE refs->>'ledger_id' = $1`;
  expect(await ledger.rows(entries, [id])).toHaveLength(2);
  expect(outcome(await record({ ...body, output_tokens: 1 }))).toEqual([422, 'idempotency_mismatch']);
  // Another crew's call of that id is another call.
  const sibling = await ledger.internal.addCrew(crew);
  const theirs = await record(body, {}, sibling);
  expect([theirs.status, theirs.body.id === id]).toEqual([202, false]);
});

test('counters hold what the rows say, whatever is repeated', async () => {
  const [hours] = await ledger.rows(
    `SELECT sum(call_count) AS calls, sum(cost_micros) AS cost FROM cost_hours
     WHERE scope_kind = 'crew' AND scope_id = $1`,
    [crew.crewId],
  );
  const [rows] = await ledger.rows(
    `SELECT count(*)::numeric AS calls, sum(cost_micros) AS cost FROM cost_ledger
     WHERE crew_id = $1 AND billing_mode = 'metered'`,
    [crew.crewId],
  );
  expect(hours).toEqual(rows);
});
