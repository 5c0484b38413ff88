import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { SuiteRun } from '../../../db/evidence/eval/eval-suites-store.ts';
import type { EvalSuite, SuiteResult } from '../../../domain/evidence/eval/eval-suite.ts';
import { eventually } from '../../support/test-crew.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';
import { call, command, createEvalWorld, moved } from './eval-world.ts';

const world = perFile(() => createEvalWorld());
type WholeRun = SuiteRun & { readonly results: readonly SuiteResult[] };

const make = (name: string, cases: object[], more: object = {}) =>
  world.owner.post<EvalSuite>('/eval/suites', { name, cases, ...more });
const baseline = (name: string, id: string) => ({ name, baseline_mission_id: id });
const over = (id: string) =>
  eventually(
    () => world.owner.get<WholeRun>(`/eval/suite-runs/${id}`),
    ({ status }) => ['completed', 'failed', 'cancelled'].includes(status),
  );

async function run(suite: EvalSuite, body: object): Promise<WholeRun> {
  const asked = await world.owner.post<{ suite_run_id: string }>(`/eval/suites/${suite.id}/run`, body, 202);
  await world.nudge();
  return over(asked.suite_run_id);
}

test('a suite is held against candidates as one job, and its runs show how it goes over time', async () => {
  const good = await world.mission([command(), call(1)]);
  const dear = await world.mission([command(), call(1.2)]);
  const open = await world.mission([moved('PLANNING', 'IN_PROGRESS')], true);
  const suite = await make('Nightly', [baseline('a', good), baseline('b', good), baseline('c', good)]);
  const first = await run(suite, {
    label: '2.4',
    candidates: [
      { case: 'a', mission_id: good },
      { case: 'b', mission_id: dear },
      { case: 'c', mission_id: open },
    ],
  });
  expect(first).toMatchObject({ status: 'completed', label: '2.4', passed: 1, regressed: 1, failed: 1 });
  expect(first.results).toMatchObject([
    { case: 'a', status: 'completed', regressed: false, candidate_mission_id: good },
    { case: 'b', status: 'completed', regressed: true, result: 'regressed: cost +20%' },
    { case: 'c', status: 'failed', regressed: false },
  ]);
  const lax = { tool_success_drop: 0.05, steps_rise: 0.2, cost_rise: 0.5, hallucinations_rise: 0 };
  const changed = await world.owner.patch<EvalSuite>(`/eval/suites/${suite.id}`, { thresholds: lax, version: 1 });
  expect(changed).toMatchObject({ version: 2, thresholds: lax });
  const second = await run(suite, { candidates: [{ case: 'b', mission_id: dear }] });
  expect(second).toMatchObject({ passed: 1, regressed: 0, failed: 0 });
  expect(await world.owner.get(`/eval/suites/${suite.id}/runs`)).toMatchObject({
    ...{
      total: 2,
      items: [
        { id: second.id, regressed: 0 },
        { id: first.id, regressed: 1, label: '2.4' },
      ],
    },
  });
  const told = await world.crew.rows<{ severity: string; payload: object }>(sql`
    SELECT severity, payload FROM journal_entries WHERE entry_type = 'eval.suite_completed' ORDER BY ts, id`);
  expect(told).toEqual([
    { severity: 'warn', payload: { suite_run_id: first.id, passed: 1, regressed: 1, failed: 1 } },
    { severity: 'info', payload: { suite_run_id: second.id, passed: 1, regressed: 0, failed: 0 } },
  ]);
});

test('a suite that is cancelled cancels its evaluations', async () => {
  const mission = await world.mission([command()]);
  const suite = await make('Cancelled', [baseline('a', mission), baseline('b', mission)]);
  const candidates = ['a', 'b'].map((one) => ({ case: one, mission_id: mission }));
  // Nobody is told: neither the suite nor its evaluations begin.
  const url = `/eval/suites/${suite.id}/run`;
  const { job_id: id } = await world.owner.post<{ job_id: string }>(url, { candidates }, 202);
  await world.crew.write(sql`
    UPDATE jobs SET run_at = now() + interval '1 day' WHERE parent_id = ${id} AND status = 'queued'`);
  await world.nudge();
  await eventually(
    () => world.owner.get<WholeRun>(`/eval/suite-runs/${id}`),
    ({ status }) => status === 'waiting' || status === 'completed',
  );
  const { status } = await world.owner.ask('POST', `/agent-jobs/${id}/cancel`);
  await world.nudge();
  const ended = await over(id);
  // What was over before anybody could hold it back is over.
  if (status === 202) expect(ended.results.map((result) => result.result)).toContain('cancelled');
  expect(['cancelled', 'completed']).toContain(ended.status);
});

test('suites are refused by the field that is wrong, and are OWNER’s and ADMIN’s to change', async () => {
  const { api, owner } = world;
  const mission = await world.mission([command()]);
  const member = await api.addMember(owner.workspaceId, 'MANAGER');
  const body = { name: 'Rules', cases: [baseline('a', mission)] };
  expect((await member.ask('POST', '/eval/suites', body)).status).toBe(403);
  const suite = await make(body.name, body.cases);
  expect(outcome(await owner.ask('POST', '/eval/suites', { ...body, name: 'rules' }))).toEqual([409, 'conflict']);
  for (const [cases, field] of [
    [[baseline('a', 'nothing')], 'cases.0.baseline_mission_id'],
    [[baseline('a', mission), baseline('a', mission)], 'cases.1.name'],
    [[], 'cases'],
  ] as const) {
    const refused = await owner.ask('POST', '/eval/suites', { name: 'Other', cases });
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, field]);
  }
  const url = `/eval/suites/${suite.id}`;
  expect((await owner.ask('PATCH', url, { name: 'New', version: 7 })).body).toMatchObject({ current_version: 1 });
  for (const candidates of [
    [{ case: 'z', mission_id: mission }],
    [
      { case: 'a', mission_id: mission },
      { case: 'a', mission_id: mission },
    ],
  ]) {
    const refused = await owner.ask('POST', `${url}/run`, { candidates });
    expect(refused.body.errors[0].path).toBe(`candidates.${candidates.length - 1}.case`);
  }
  expect((await owner.ask('POST', `${url}/run`, { candidates: [{ case: 'a', mission_id: 'nothing' }] })).status).toBe(
    404,
  );
  // Nothing half-written.
  expect(await member.get(`${url}/runs`)).toMatchObject({ total: 0 });
  await owner.delete(url);
  expect((await owner.ask('GET', url)).status).toBe(404);
  await make(body.name, body.cases);
});
