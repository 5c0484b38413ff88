import fc from 'fast-check';
import { expect, test } from 'vitest';
import '../../support/property-seed.ts';
import type { InternalCrew } from '../../support/sidecar-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { addRun, DIME, RECORD, RESERVE, startLedger } from './ledger-fixture.ts';

const ledger = perFile(() => startLedger('token-budgets'));
const URL = '/api/v1/admin/llm-config/token-budget';

interface BudgetSet {
  readonly version: number;
  readonly budgets: readonly (Record<string, string> & { readonly id: string })[];
}

const read = (crew: InternalCrew) => crew.owner.get<BudgetSet>(`${URL}?workspace_id=${crew.workspaceId}`);
const put = (crew: InternalCrew, budgets: readonly object[], version: number, token = crew.owner.token) =>
  ledger.internal.api.call(token, {
    method: 'PUT',
    url: `${URL}?workspace_id=${crew.workspaceId}`,
    payload: { budgets, version },
  });
const ofWorkspace = { scope: 'workspace', window: 'day', mode: 'hard' };

test('tokens are held, spent and refused as money is, also those of a plan', async () => {
  const crew = await ledger.internal.addCrew();
  const set = await put(crew, [{ ...ofWorkspace, unit: 'tokens', limit: 10_000 }], 0);
  expect([set.statusCode, set.json()]).toMatchObject([
    200,
    { version: 1, budgets: [{ scope_id: crew.workspaceId, unit: 'tokens', limit: '10000', spent: '0', state: 'ok' }] },
  ]);
  const held = await crew.call({ path: RESERVE, body: { ...DIME, input_tokens: 1_000 } });
  expect(held.status).toBe(201);
  expect((await read(crew)).budgets).toMatchObject([{ spent: '0', reserved: '5000' }]);
  const onAPlan = { billing_mode: 'flat_rate', subscription_plan: 'Max', cached_input_tokens: 500 };
  const call = { workspace_id: crew.workspaceId, ...DIME, input_tokens: 1_000 };
  await crew.call({ path: RECORD, body: { ...call, ...onAPlan, reservation_id: held.body.reservation_id } });
  expect((await read(crew)).budgets).toMatchObject([{ spent: '5500', reserved: '0', state: 'ok' }]);
  const refused = await crew.call({ path: RESERVE, body: { ...DIME, output_tokens: 4_501 } });
  expect([refused.status, refused.body]).toMatchObject([
    402,
    { code: 'budget_exceeded', unit: 'tokens', limit_tokens: '10000', spent_tokens: '5500', requested_tokens: '4501' },
  ]);
  expect(refused.body).not.toHaveProperty('limit_usd');
  // Money was not spent, and is not limited by it.
  const spent = await crew.owner.get<unknown[]>(`/api/v1/paymaster/spend/by-crew?workspace_id=${crew.workspaceId}`);
  expect(JSON.stringify(spent)).not.toContain(crew.crewId);
  expect(await crew.owner.get(`/api/v1/paymaster/budgets?workspace_id=${crew.workspaceId}`)).toEqual([]);
  const id = set.json<BudgetSet>().budgets[0]!.id;
  expect((await crew.owner.send('GET', `/api/v1/paymaster/budgets/${id}`)).statusCode).toBe(404);
  const entries = await ledger.rows(
    `SELECT entry_type, payload->>'unit' AS unit FROM journal_entries WHERE target_id = $1 ORDER BY ts, id`,
    [id],
  );
  expect(entries).toMatchObject([
    { entry_type: 'audit.entity_created' },
    { entry_type: 'budget.exceeded', unit: 'tokens' },
  ]);
});

test('a run’s calls count for its person and its project', async () => {
  const crew = await ledger.internal.addCrew();
  const { id: projectId } = await crew.owner.post<{ id: string }>(`/api/v1/projects?workspace_id=${crew.workspaceId}`, {
    name: 'Counted',
  });
  const { id: userId } = await ledger.internal.api.addMember(crew.workspaceId, 'MEMBER');
  const headers = { 'x-run-token': await addRun(ledger, crew, { id: 'run-counted' }) };
  await ledger.rows('UPDATE runs SET project_id = $1, triggered_by = $2 WHERE id = $3', [
    projectId,
    userId,
    'run-counted',
  ]);
  for (const [scope, scopeId, version] of [
    ['project', projectId, 0],
    ['user', userId, 1],
  ] as const) {
    await put(crew, [{ ...ofWorkspace, scope, scope_id: scopeId, unit: 'usd', limit: '0.1' }], version);
    expect((await crew.call({ path: RESERVE, body: { ...DIME, output_tokens: 4_001 } })).status).toBe(201);
    const refused = await crew.call({ headers, path: RESERVE, body: { ...DIME, output_tokens: 4_001 } });
    expect([refused.status, refused.body.scope_kind]).toEqual([402, scope]);
  }
  await crew.call({ headers, path: RECORD, body: { workspace_id: crew.workspaceId, ...DIME } });
  expect((await read(crew)).budgets).toMatchObject([{ scope: 'user', spent: '0.100000', state: 'exceeded' }]);
});

test('a write of all replaces what was read, and is refused when somebody was there before', async () => {
  const crew = await ledger.internal.addCrew();
  const stranger = await ledger.internal.addCrew();
  const money = { ...ofWorkspace, unit: 'usd', limit: '5' };
  const first = (await put(crew, [money, { ...ofWorkspace, unit: 'tokens', limit: '7' }], 0)).json<BudgetSet>();
  const stale = await put(crew, [], 0);
  expect([stale.statusCode, stale.json()]).toMatchObject([409, { code: 'version_conflict', current_version: 1 }]);
  // Whoever changes one of them by its own route changes them all.
  const usd = first.budgets.find(({ unit }) => unit === 'usd')!;
  await crew.owner.patch(`/api/v1/paymaster/budgets/${usd.id}`, { limit_usd: '6' });
  expect((await put(crew, [], 1)).statusCode).toBe(409);
  await crew.call({ path: RESERVE, body: { ...DIME, output_tokens: 6 } });
  const second = (await put(crew, [{ ...money, limit: 8, mode: 'tiered' }], 2)).json<BudgetSet>();
  expect(second).toMatchObject({ version: 3, budgets: [{ id: usd.id, limit: '8.000000', mode: 'tiered' }] });
  expect(second.budgets[0]!.reserved).not.toBe('0.000000');
  const manager = await ledger.internal.api.addMember(crew.workspaceId, 'MANAGER');
  expect((await put(crew, [], 3, manager.token)).statusCode).toBe(403);
  for (const [bad, path] of [
    [{ ...money, scope: 'crew', scope_id: stranger.crewId }, 'budgets.0.scope_id'],
    [{ ...money, scope: 'user', scope_id: stranger.owner.id }, 'budgets.0.scope_id'],
    [{ ...money, scope: 'project' }, 'budgets.0.scope_id'],
    [{ ...money, scope: 'mission', scope_id: crew.missionId }, 'budgets.0.scope'],
    [{ ...money, unit: 'tokens', limit: '1.5' }, 'budgets.0.limit'],
    [{ ...money, limit: 0 }, 'budgets.0.limit'],
  ] as const) {
    const refused = await put(crew, [bad], 3);
    expect([refused.statusCode, refused.body], refused.body).toEqual([400, expect.stringContaining(path)]);
  }
  const both = await Promise.all(['1', '2'].map((limit) => put(crew, [{ ...money, limit }], 3)));
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
});

test('no budget is spent beyond what calls have reserved, whatever is called at once', async () => {
  const calls = fc.array(
    fc.record({
      tokens: fc.integer({ min: 0, max: 4_000 }),
      used: fc.double({ min: 0, max: 1, noNaN: true }),
      released: fc.boolean(),
    }),
    { minLength: 10, maxLength: 40 },
  );
  const limits = fc.record({
    tokens: fc.integer({ min: 1, max: 20_000 }),
    micros: fc.integer({ min: 1, max: 500_000 }),
  });
  await fc.assert(
    fc.asyncProperty(calls, limits, async (made, { tokens, micros }) => {
      const crew = await ledger.internal.addCrew();
      await put(
        crew,
        [
          { ...ofWorkspace, unit: 'tokens', limit: tokens },
          {
            ...ofWorkspace,
            unit: 'usd',
            scope: 'crew',
            scope_id: crew.crewId,
            limit: `0.${String(micros).padStart(6, '0')}`,
          },
        ],
        0,
      );
      const within = async () => {
        for (const budget of (await read(crew)).budgets) {
          expect(Number(budget.spent) + Number(budget.reserved)).toBeLessThanOrEqual(Number(budget.limit));
        }
      };
      const ends = await Promise.all(
        made.map(async ({ tokens: most, used, released }, index) => {
          const held = await crew.call({ path: RESERVE, body: { ...DIME, output_tokens: most } });
          if (index % 8 === 0) await within();
          if (held.status !== 201) return held.status;
          const id = held.body.reservation_id as string;
          if (released) return (await crew.call({ path: `${RESERVE}/${id}`, method: 'DELETE' })).status;
          const body = { workspace_id: crew.workspaceId, ...DIME, output_tokens: Math.floor(most * used) };
          return (await crew.call({ path: RECORD, body: { ...body, reservation_id: id } })).status;
        }),
      );
      expect(ends.every((status) => [202, 204, 402].includes(status))).toBe(true);
      await within();
      expect((await read(crew)).budgets.map(({ reserved }) => Number(reserved))).toEqual([0, 0]);
    }),
    { numRuns: 6 },
  );
});
