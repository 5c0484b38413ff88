import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { InternalCrew } from '../../support/sidecar-api.ts';
import {
  crewInProcess,
  DIME,
  readBudget,
  RECORD,
  RESERVE,
  setBudget,
  startInternalProcess,
  startLedger,
} from './ledger-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';
import { soon } from '../../support/soon.ts';

/** A logical database of its own on the shared server, so that flushing it is nobody else's loss. */
const OWN_REDIS = 13;

const ledger = perFile(() => startLedger('budgets'));

const reserve = (crew: Pick<InternalCrew, 'call' | 'workspaceId'>, rest: object = {}) =>
  crew.call({ path: RESERVE, body: { ...DIME, ...rest } });
const settle = (crew: Pick<InternalCrew, 'call' | 'workspaceId'>, reservationId: unknown, rest: object = {}) =>
  crew.call({
    path: RECORD,
    body: { workspace_id: crew.workspaceId, ...DIME, reservation_id: reservationId, ...rest },
  });

function entriesOf(budgetUrl: string) {
  return ledger.rows<{ entry_type: string; severity: string; payload: Record<string, unknown> }>(
    `SELECT entry_type, severity, payload FROM journal_entries
     WHERE target_id = $1 AND entry_type LIKE 'budget.%' ORDER BY ts, id`,
    [budgetUrl.split('/').at(-1)],
  );
}

test('without a budget nothing is set aside and nothing refused', async () => {
  const crew = await ledger.internal.addCrew();
  const answer = await reserve(crew);
  expect([answer.status, answer.body]).toEqual([
    201,
    { reservation_id: null, amount_usd: '0.000000', expires_at: null, warnings: [] },
  ]);
});

test('two hundred parallel calls of ten cents against a hard cap of five dollars settle at five dollars', async () => {
  const crew = await ledger.internal.addCrew();
  const url = await setBudget(crew, {
    scope_kind: 'crew',
    scope_id: crew.crewId,
    window: 'day',
    limit_usd: '5',
    mode: 'hard',
  });
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const held = await reserve(crew);
      return held.status === 201 ? (await settle(crew, held.body.reservation_id)).status : held.status;
    }),
  );
  expect(answers.filter((status) => status === 202)).toHaveLength(50);
  expect(answers.filter((status) => status === 402)).toHaveLength(150);
  expect(await readBudget(crew, url)).toMatchObject({
    spent_usd: '5.000000',
    reserved_usd: '0.000000',
    overspent_usd: '0.000000',
    state: 'exceeded',
  });
  const refused = await reserve(crew);
  expect(refused.headers['content-type']).toContain('application/problem+json');
  expect([refused.status, refused.body]).toMatchObject([
    402,
    {
      code: 'budget_exceeded',
      budget_id: url.split('/').at(-1),
      scope_kind: 'crew',
      window: 'day',
      limit_usd: '5.000000',
      spent_usd: '5.000000',
      requested_usd: '0.100000',
    },
  ]);
  const entries = await entriesOf(url);
  expect(entries.map(({ entry_type, severity }) => [entry_type, severity])).toEqual([['budget.exceeded', 'error']]);
});

test('the cap holds when the API is killed and Redis flushed between reserving and settling', async () => {
  const crew = await ledger.internal.addCrew();
  const url = await setBudget(crew, { scope_kind: 'workspace', window: 'month', limit_usd: 5, mode: 'hard' });
  const at = await crewInProcess(crew);
  const redis = new URL(ledger.internal.redisUrl);
  redis.pathname = `/${OWN_REDIS}`;
  const options = { dataDir: at.dataDir, redisUrl: redis.toString() };
  const first = await startInternalProcess(ledger, options);
  await at.served();
  const held = (
    await Promise.all(Array.from({ length: 200 }, (_, n) => reserve(at, { call_id: `first-${n}` })))
  ).filter(({ status }) => status === 201);
  expect(held).toHaveLength(50);
  const ids = held.map(({ body }) => body.reservation_id);
  for (const id of ids.slice(0, 20)) expect((await settle(at, id)).status).toBe(202);
  // Cut off in the middle of settling the next ten.
  const cut = ids.slice(20, 30).map((id, n) => settle(at, id, { call_id: `cut-${n}` }).catch((): null => null));
  await first.kill();
  await Promise.all(cut);
  const client = new Redis(redis.toString());
  await client.flushdb();
  await client.quit();

  const second = await startInternalProcess(ledger, options);
  await at.served();
  const more = await Promise.all(Array.from({ length: 200 }, () => reserve(at)));
  expect(new Set(more.map(({ status }) => status))).toEqual(new Set([402]));
  for (const [n, id] of ids.slice(20, 30).entries()) {
    expect((await settle(at, id, { call_id: `cut-${n}` })).status).toBe(202);
  }
  for (const id of ids.slice(30)) expect((await settle(at, id)).status).toBe(202);
  expect(await readBudget(crew, url)).toMatchObject({ spent_usd: '5.000000', reserved_usd: '0.000000' });
  await second.stop();
  await at.remove();
}, 90_000);

test('a reservation that ran out makes room; settled all the same, it shows as spent beyond the limit', async () => {
  const crew = await ledger.internal.addCrew();
  const url = await setBudget(crew, {
    scope_kind: 'crew',
    scope_id: crew.crewId,
    window: 'hour',
    limit_usd: '0.1',
    mode: 'hard',
  });
  const late = await reserve(crew);
  expect((await reserve(crew)).status).toBe(402);
  await ledger.rows(`UPDATE budget_holds SET expires_at = clock_timestamp() WHERE reservation_id = $1`, [
    late.body.reservation_id,
  ]);
  const next = await reserve(crew);
  expect(next.status).toBe(201);
  expect((await settle(crew, next.body.reservation_id)).status).toBe(202);
  expect((await settle(crew, late.body.reservation_id)).status).toBe(202);
  expect(await readBudget(crew, url)).toMatchObject({
    spent_usd: '0.200000',
    overspent_usd: '0.100000',
    remaining_usd: '0.000000',
    util_pct: 200,
    state: 'exceeded',
  });
});

test('a call that was not made gives its money back; the same call asks once; another crew cannot give it back', async () => {
  const crew = await ledger.internal.addCrew();
  const sibling = await ledger.internal.addCrew(crew);
  const url = await setBudget(crew, {
    scope_kind: 'crew',
    scope_id: crew.crewId,
    window: 'day',
    limit_usd: '0.1',
    mode: 'tiered',
  });
  const answers = await Promise.all(Array.from({ length: 10 }, () => reserve(crew, { call_id: 'once' })));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.reservation_id as string}`)).size).toBe(1);
  const path = `${RESERVE}/${answers[0]!.body.reservation_id as string}`;
  expect((await sibling.call({ path, method: 'DELETE' })).status).toBe(404);
  expect((await readBudget(crew, url)).reserved_usd).toBe('0.100000');
  expect((await crew.call({ path, method: 'DELETE' })).status).toBe(204);
  expect((await crew.call({ path, method: 'DELETE' })).status).toBe(404);
  expect(await readBudget(crew, url)).toMatchObject({ reserved_usd: '0.000000', remaining_usd: '0.100000' });
});

test('the tightest of the budgets that count a call decides: workspace, crew, mission, agent', async () => {
  const crew = await ledger.internal.addCrew();
  const scope = { agent_id: crew.lead.id, mission_id: crew.missionId };
  const scopes: Record<string, string | undefined> = {
    workspace: undefined,
    crew: crew.crewId,
    mission: crew.missionId,
    agent: crew.lead.id,
  };
  for (const [kind, id] of Object.entries(scopes)) {
    const url = await setBudget(crew, {
      scope_kind: kind,
      ...(id === undefined ? {} : { scope_id: id }),
      window: kind === 'mission' ? 'mission' : 'week',
      limit_usd: '0.05',
      mode: 'hard',
    });
    const refused = await reserve(crew, scope);
    expect([refused.status, refused.body.scope_kind, refused.body.scope_id]).toEqual([
      402,
      kind,
      id ?? crew.workspaceId,
    ]);
    const payload = { enabled: false };
    await crew.owner.patch(url, payload);
    expect((await reserve(crew, scope)).body).toMatchObject({ reservation_id: null });
  }
});

test('a soft budget refuses nothing and says once that it is nearly, and once that it is used up', async () => {
  const crew = await ledger.internal.addCrew();
  const url = await setBudget(crew, {
    scope_kind: 'crew',
    scope_id: crew.crewId,
    window: 'day',
    limit_usd: '0.5',
    mode: 'soft',
  });
  for (let spent = 0; spent < 4; spent += 1) expect((await settle(crew, null)).status).toBe(202);
  await soon(async () => expect(await entriesOf(url)).toHaveLength(1));
  expect((await reserve(crew)).body.warnings).toMatchObject([{ spent_usd: '0.400000', util_pct: 80 }]);
  for (let spent = 0; spent < 3; spent += 1) expect((await settle(crew, null)).status).toBe(202);
  await soon(async () => expect(await entriesOf(url)).toHaveLength(2));
  expect((await reserve(crew)).status).toBe(201);
  expect((await entriesOf(url)).map(({ entry_type, payload }) => [entry_type, payload.state])).toEqual([
    ['budget.warning', 'warning'],
    ['budget.exceeded', 'exceeded'],
  ]);
});

test('a budget counts what was spent before it, and raising its limit lets calls through again', async () => {
  const crew = await ledger.internal.addCrew();
  expect((await settle(crew, null)).status).toBe(202);
  const url = await setBudget(crew, {
    scope_kind: 'crew',
    scope_id: crew.crewId,
    window: 'month',
    limit_usd: '0.1',
    mode: 'tiered',
  });
  expect((await readBudget(crew, url)).spent_usd).toBe('0.100000');
  expect((await reserve(crew)).status).toBe(402);
  await crew.owner.patch(url, { limit_usd: '0.2' });
  expect((await reserve(crew)).status).toBe(201);
  const calls = await ledger.rows(`SELECT entry_type FROM journal_entries WHERE target_id = $1 ORDER BY ts, id`, [
    url.split('/').at(-1),
  ]);
  expect(calls.map(({ entry_type }) => entry_type as string)).toEqual([
    'audit.entity_created',
    'budget.exceeded',
    'audit.entity_updated',
  ]);
});

test('budgets are set by those who manage the workspace, once a scope and window, for what is theirs', async () => {
  const crew = await ledger.internal.addCrew();
  const stranger = await ledger.internal.addCrew();
  const { api } = ledger.internal;
  const url = `/api/v1/paymaster/budgets?workspace_id=${crew.workspaceId}`;
  const budget = { scope_kind: 'crew', scope_id: crew.crewId, window: 'day', limit_usd: '1.50' };
  const post = (token: string, payload: object) => api.call(token, { method: 'POST', url, payload });
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  expect((await post(manager.token, budget)).statusCode).toBe(403);
  const made = expectStatus<{ id: string }>(await post(crew.owner.token, budget), 201);
  expect(made).toMatchObject({ mode: 'tiered', limit_usd: '1.500000', spent_usd: '0.000000', state: 'ok' });
  expect((await post(crew.owner.token, budget)).statusCode).toBe(409);
  for (const bad of [
    { scope_id: stranger.crewId },
    { scope_kind: 'agent', scope_id: stranger.lead.id },
    { scope_kind: 'workspace', scope_id: stranger.workspaceId },
    { scope_id: undefined },
    { window: 'mission' },
    { window: 'year' },
    { limit_usd: 0 },
    { limit_usd: '-1' },
    { limit_usd: '0.0000001' },
    { mode: 'none' },
  ]) {
    expect((await post(crew.owner.token, { ...budget, ...bad })).statusCode, JSON.stringify(bad)).toBe(400);
  }
  const list = await manager.send('GET', url);
  expect(list.json<{ id: string }[]>().map(({ id }) => id)).toEqual([made.id]);
  const one = `/api/v1/paymaster/budgets/${made.id}`;
  expect((await stranger.owner.send('GET', one)).statusCode).toBe(404);
  expect((await crew.owner.send('DELETE', one)).statusCode).toBe(204);
  expect((await crew.owner.send('GET', one)).statusCode).toBe(404);
});
