import { beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestOwner } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
const login = perFile(() => connectOwner(api.testDatabase));
let owner: TestOwner;
let stranger: TestOwner;

interface Summary {
  readonly from: string;
  readonly to: string;
  readonly totals: { readonly calls: number; readonly cost_usd: string };
  readonly groups: { readonly key: string | null; readonly calls: number; readonly cost_usd: string }[];
}

const summary = (query = '', by = owner) => by.get<Summary>(`/admin/llm-usage/summary?${query}`);
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

let calls = 0;
async function call(workspaceId: string, given: Record<string, unknown>): Promise<void> {
  const row = {
    ...{ id: `cl_${String((calls += 1)).padStart(16, '0')}`, ts: hoursAgo(1), workspace_id: workspaceId, crew_id: '' },
    ...{ provider: 'anthropic', model: 'claude-sonnet-5', input_tokens: 100, output_tokens: 10 },
    ...{ cached_input_tokens: 0, cache_creation_tokens: 0, cost_micros: 1_500_000, cost_confidence: 'precise' },
    ...{ billing_mode: 'metered', input_rate: 0, output_rate: 0, cached_input_rate: 0, cache_creation_rate: 0 },
    ...given,
  };
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`).join(', ');
  await login.query(`INSERT INTO cost_ledger (${names.join(', ')}) VALUES (${places})`, Object.values(row));
}

beforeAll(async () => {
  owner = await api.addOwner();
  stranger = await api.addOwner();
  const { workspaceId } = owner;
  await call(workspaceId, { agent_id: 'agent-a', user_id: 'user-a', purpose: 'chat', cached_input_tokens: 50 });
  await call(workspaceId, { agent_id: 'agent-a', cost_micros: 1, cached_input_tokens: 49 });
  await call(workspaceId, { model: 'claude-haiku-4-5', project_id: 'project-a', purpose: 'judge', cost_micros: 0 });
  await call(workspaceId, {
    ...{ ts: hoursAgo(49), provider: 'openai', model: 'gpt-5', agent_id: 'agent-b' },
    ...{ billing_mode: 'flat_rate', subscription_plan: 'Max', cost_micros: 0 },
  });
  await call(workspaceId, { ts: hoursAgo(40 * 24), agent_id: 'agent-c' });
  await call(stranger.workspaceId, { agent_id: 'agent-d' });
});

test('calls of thirty days are summed up by day, those of the workspace alone', async () => {
  const { totals, groups } = await summary();
  expect(totals).toEqual({ calls: 4, input_tokens: 400, output_tokens: 40, cost_usd: '1.500001', cache_hits: 1 });
  expect(groups.map(({ key, calls: count }) => [key, count])).toEqual([
    [hoursAgo(49).slice(0, 10), 1],
    [hoursAgo(1).slice(0, 10), 3],
  ]);
  expect((await summary('', stranger)).totals).toMatchObject({ calls: 1, cost_usd: '1.500000' });
});

test.each([
  ['model', ['anthropic/claude-sonnet-5', 'anthropic/claude-haiku-4-5', 'openai/gpt-5']],
  ['agent', ['agent-a', 'agent-b', null]],
  ['user', ['user-a', null]],
  ['project', [null, 'project-a']],
  ['purpose', ['chat', null, 'judge']],
])('by %s, from the most expensive, with what no one is known of', async (by, keys) => {
  const { totals, groups } = await summary(`group_by=${by}`);
  expect(groups.map(({ key }) => key)).toEqual(keys);
  expect(groups.reduce((sum, group) => sum + group.calls, 0)).toBe(totals.calls);
  expect(groups.reduce((sum, group) => sum + Number(group.cost_usd), 0)).toBeCloseTo(Number(totals.cost_usd), 6);
});

test('the window begins with from, ends before to, and is a year at most', async () => {
  const at = async (from: string, to: string) => (await summary(`from=${from}&to=${to}`)).totals.calls;
  expect(await at(hoursAgo(50), hoursAgo(48))).toBe(1);
  expect(await at(hoursAgo(41 * 24), hoursAgo(0))).toBe(5);
  expect(await at(hoursAgo(100 * 24), hoursAgo(90 * 24))).toBe(0);
  const { rows } = await login.query<{ ts: Date }>(`SELECT ts FROM cost_ledger WHERE agent_id = 'agent-b'`);
  const exact = rows[0]!.ts.toISOString();
  expect(await at(exact, hoursAgo(48))).toBe(1);
  expect(await at(hoursAgo(50), exact)).toBe(0);
  for (const query of [
    `from=${hoursAgo(1)}&to=${hoursAgo(2)}`,
    `from=${hoursAgo(367 * 24)}`,
    'from=yesterday',
    'group_by=crew',
  ]) {
    const answer = await owner.ask<Record<string, unknown>>('GET', `/admin/llm-usage/summary?${query}`);
    expect(outcome(answer), query).toEqual([400, 'invalid_request']);
  }
});

test('a workspace without calls has totals and no groups, and a MANAGER sees none of it', async () => {
  const empty = await api.addOwner();
  expect(await summary('group_by=model', empty)).toMatchObject({
    ...{ totals: { calls: 0, cost_usd: '0.000000', cache_hits: 0 }, groups: [] },
  });
  const manager = await api.addMember(owner.workspaceId, 'MANAGER');
  expect((await manager.ask('GET', '/admin/llm-usage/summary')).status).toBe(403);
});

test('of more groups than fit, the most expensive are told and the totals are of all', async () => {
  const busy = await api.addOwner();
  await login.query(
    `INSERT INTO cost_ledger (id, workspace_id, crew_id, agent_id, provider, model, input_tokens, output_tokens,
       cached_input_tokens, cache_creation_tokens, cost_micros, cost_confidence, billing_mode, input_rate, output_rate,
       cached_input_rate, cache_creation_rate)
     SELECT 'cl_many' || n, $1, '', 'agent-' || n, 'openai', 'gpt-5', 1, 1, 0, 0, n, 'precise', 'metered', 0, 0, 0, 0
     FROM generate_series(1, 450) n`,
    [busy.workspaceId],
  );
  const { totals, groups } = await summary('group_by=agent', busy);
  expect([totals.calls, groups.length, groups[0]!.key, groups.at(-1)!.key]).toEqual([
    450,
    400,
    'agent-450',
    'agent-51',
  ]);
});
