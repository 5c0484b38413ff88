import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { DIME, RECORD, startLedger } from './ledger-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';

interface Call {
  readonly ts: string;
  readonly crew_id: string;
  readonly agent_id: string;
  readonly cost: number;
}

/** Calls of the last days, at times that are on hours, just beside them and anywhere. */

const ledger = perFile(() => startLedger('spend'));
const crew = perFile(() => ledger.internal.addCrew());
const sibling = perFile(() => ledger.internal.addCrew(crew));
beforeAll(async () => {
  for (const one of [crew, sibling]) {
    for (let index = 0; index < 60; index += 1) {
      const agent = [one.lead, ...one.agents][index % 3]!;
      const body = {
        workspace_id: one.workspaceId,
        ...DIME,
        output_tokens: 40 * (index + 1),
        agent_id: agent.id,
        mission_id: one.missionId,
      };
      expect((await one.call({ path: RECORD, body })).status).toBe(202);
    }
  }
  const plan = { workspace_id: crew.workspaceId, ...DIME, billing_mode: 'flat_rate', subscription_plan: 'Max' };
  for (let index = 0; index < 3; index += 1) expect((await crew.call({ path: RECORD, body: plan })).status).toBe(202);
  // Their times are spread, and the counters counted anew from them.
  await ledger.rows(`
    UPDATE cost_ledger l SET ts = CASE n % 3
      WHEN 0 THEN date_trunc('hour', now(), 'UTC') - n * interval '1 hour'
      WHEN 1 THEN date_trunc('hour', now(), 'UTC') - n * interval '1 hour' - interval '1 millisecond'
      ELSE now() - n * interval '37 minutes' END
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM cost_ledger WHERE billing_mode = 'metered') o
    WHERE o.id = l.id`);
  await ledger.rows('DELETE FROM cost_hours');
  await ledger.rows(`
    INSERT INTO cost_hours (scope_kind, scope_id, hour, crew_id, workspace_id, call_count, input_tokens, output_tokens,
      cost_micros, first_ts, last_ts)
    SELECT s.kind, s.id, date_trunc('hour', ts, 'UTC'), l.crew_id, workspace_id, count(*), sum(input_tokens),
      sum(output_tokens), sum(cost_micros), min(ts), max(ts)
    FROM cost_ledger l,
      LATERAL (VALUES ('crew', l.crew_id), ('mission', l.mission_id), ('agent', l.agent_id)) s(kind, id)
    WHERE billing_mode = 'metered' GROUP BY 1, 2, 3, 4, 5`);
});
const calls = perFile(() =>
  ledger.rows<Call & Record<string, unknown>>(
    `SELECT to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ts, crew_id, agent_id,
       cost_micros::int AS cost FROM cost_ledger WHERE billing_mode = 'metered'`,
  ),
);

async function get<Body>(path: string): Promise<Body> {
  const url = `/api/v1/paymaster/${path}${path.includes('?') ? '&' : '?'}workspace_id=${crew.workspaceId}`;
  return crew.owner.get<Body>(url);
}

/** What the rows say, by a member, most expensive first. */
function expected(by: 'crew_id' | 'agent_id', chosen: readonly Call[]): [string, string, number][] {
  return [...Map.groupBy(chosen, (call) => call[by])]
    .map(([id, mine]): [string, number, number] => [id, mine.reduce((sum, { cost }) => sum + cost, 0), mine.length])
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([id, cost, count]) => [id, (cost / 1e6).toFixed(6), count]);
}

interface Row {
  readonly crew_id: string;
  readonly agent_id: string;
  readonly scope_id: string;
  readonly cost_usd: string;
  readonly call_count: number;
}

test('whatever the window, the figures are those of the calls in it', async () => {
  const moment = fc
    .oneof(
      fc.integer({ min: 0, max: 8_000 }),
      fc.integer({ min: 0, max: 130 }).map((hours) => hours * 60),
    )
    .chain((minutes) => fc.constantFrom(-1, 0, 1).map((ms) => ({ minutes, ms })));
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const iso = ({ minutes, ms }: { minutes: number; ms: number }) =>
    new Date(hour - minutes * 60_000 + ms).toISOString();
  await fc.assert(
    fc.asyncProperty(moment, fc.option(moment), async (from, to) => {
      const since = iso(from);
      const until = to === null ? null : iso(to);
      const window = `since=${since}${until === null ? '' : `&until=${until}`}`;
      const inside = calls.filter(
        ({ ts }) => ts >= since.replace('Z', '000Z') && (until === null || ts < until.replace('Z', '000Z')),
      );
      const byCrew = await get<{ rows: Row[] }>(`spend/by-crew?${window}`);
      expect(byCrew.rows.map((row) => [row.crew_id, row.cost_usd, row.call_count])).toEqual(
        expected('crew_id', inside),
      );
      const byAgent = await get<{ rows: Row[] }>(`spend/by-agent/${crew.crewId}?${window}`);
      const own = inside.filter(({ crew_id }) => crew_id === crew.crewId);
      expect(byAgent.rows.map((row) => [row.agent_id, row.cost_usd, row.call_count])).toEqual(
        expected('agent_id', own),
      );
    }),
    { numRuns: 40 },
  );
});

test('a range reads back from now, since wins over it, and what cannot be read is ignored', async () => {
  const rows = async (query: string) => (await get<{ rows: Row[]; since: string }>(`spend/by-crew?${query}`)).since;
  const hoursAgo = async (query: string) => Math.round((Date.now() - Date.parse(await rows(query))) / 3_600_000);
  expect(await hoursAgo('')).toBe(24);
  expect(await hoursAgo('range=1h')).toBe(1);
  expect(await hoursAgo('range=7d')).toBe(168);
  expect(await hoursAgo('range=1y&since=yesterday&until=never')).toBe(24);
  expect(await rows('range=1h&since=2026-01-02T00:00:00Z')).toBe('2026-01-02T00:00:00.000Z');
});

test('the top spenders, a mission’s whole life, and plans have their own lists', async () => {
  const top = await get<{ rows: Row[]; limit: number }>('top-spenders?range=30d&limit=2');
  expect([top.limit, top.rows.map((row) => [row.scope_id, row.cost_usd, row.call_count])]).toEqual([
    2,
    expected('agent_id', calls).slice(0, 2),
  ]);
  expect((await get<{ limit: number }>('top-spenders?limit=500')).limit).toBe(10);
  const mission = await get<{ row: Row & { first_ts: string; last_ts: string } }>(`spend/by-mission/${crew.missionId}`);
  const own = calls.filter(({ crew_id }) => crew_id === crew.crewId).sort((a, b) => (a.ts < b.ts ? -1 : 1));
  expect([mission.row.cost_usd, mission.row.call_count]).toEqual(expected('crew_id', own)[0]!.slice(1));
  expect(mission.row.first_ts.slice(0, 23)).toBe(own[0]!.ts.slice(0, 23));
  expect((await get<{ rows: object[] }>('subscriptions')).rows).toMatchObject([
    { subscription_plan: 'Max', provider: 'anthropic', call_count: 3, output_tokens: 12_000 },
  ]);
});
