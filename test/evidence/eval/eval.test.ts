import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setSetting } from '../../../commands/kernel/settings/setting-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { EvalRun } from '../../../domain/evidence/eval/eval-run.ts';
import { METRIC_NAMES } from '../../../domain/evidence/eval/metrics.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';
import { call, command, createEvalWorld, moved, type Said } from './eval-world.ts';

const world = perFile(createEvalWorld);

interface Report {
  mission: { steps: number; generation: number; metrics: Record<string, unknown> } | null;
  divergence: { step: number; baseline: { type: string } | null; candidate: { type: string } | null } | null;
  comparison: { metric: string; outcome: string; change: string | null }[] | null;
}

test('a replay is queued, computes all metrics from the journal, and says so once', async () => {
  const mission = await world.mission([
    { type: 'assignment.created' },
    call(0.8421),
    command({ exit_code: 0, duration_ms: 20 }),
    command({ exit_code: 1 }),
    command({ is_error: true }),
    command(),
    { type: 'llm.call', payload: { source: 'agent_output', model: 'm', input_tokens: 9, output_tokens: 9 } },
    { type: 'crew.action' },
    { type: 'guardrail.output_blocked' },
    { type: 'peer.escalation', payload: { state: 'pending' } },
    { type: 'peer.escalation', payload: { state: 'resolved' } },
  ]);
  await world.emitted(mission, { type: 'guardrail.output_blocked' });
  await world.emitted(mission, command({ exit_code: 0 }));
  const answer = await world.owner.ask('POST', '/eval/replay', { mission_id: mission, seed: 42 });
  const { run_id: id } = answer.body as { run_id: string };
  expect([answer.status, answer.body]).toEqual([202, { run_id: id, status: 'queued' }]);
  expect(id).toMatch(/^er_[0-9a-f]{16}$/);
  expect((await world.owner.get<EvalRun>(`/eval/runs/${id}`)).id).toBe(id);
  await world.nudge();
  const run = await world.over(id);
  expect(run).toEqual({
    id,
    workspace_id: world.owner.workspaceId,
    kind: 'replay',
    mission_id: mission,
    baseline_mission_id: '',
    candidate_mission_id: '',
    seed: 42,
    seed_signature: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    status: 'completed',
    result: 'ok',
    tokens: 110,
    cost_usd: 0.8421,
    regressed: false,
    created_by: world.owner.id,
    created_at: expect.any(String) as string,
    updated_at: expect.any(String) as string,
  });
  const report = await world.owner.get<Report>(`/eval/runs/${id}/report`);
  expect(report.mission).toMatchObject({
    steps: 11,
    generation: 1,
    metrics: {
      tool_call_count: 5,
      tool_success_rate: 0.5,
      steps_to_goal: 11,
      convergence_ratio: 1 / 11,
      total_tokens: 110,
      hallucinations: 1,
      failure_modes: [],
    },
  });
  const entries = await world.entriesOf(id);
  expect(entries.map(({ entry_type: type }) => type)).toEqual([
    'eval.run_started',
    ...METRIC_NAMES.map(() => 'eval.metric'),
  ]);
  expect(entries[0]).toMatchObject({
    actor: 'system:quartermaster',
    mission_id: mission,
    payload: { run_id: id, kind: 'replay', mission_id: mission, seed: 42 },
  });
  const metrics = entries.slice(1).map(({ payload }) => payload.metric);
  expect(metrics.toSorted()).toEqual([...METRIC_NAMES].toSorted());
  const workflow = world.engine.temporal.client.workflow.getHandle(`eval-${id}-1`);
  expect((await workflow.describe()).type).toBe('evalWorkflow');
  const listed = await world.owner.get<{ rows: EvalRun[]; count: number; limit: number }>('/eval/runs?limit=200');
  expect(listed).toMatchObject({ count: listed.rows.length, limit: 200 });
  expect(listed.rows.find((row) => row.id === id)).toEqual(run);
});

test('a regression names what tripped, and the first step where the two part', async () => {
  const same = [command({ exit_code: 0 }), call(1)];
  const baseline = await world.mission([...same, ...Array.from({ length: 8 }, () => command({ exit_code: 0 }))]);
  const candidate = await world.mission([
    ...same,
    call(0.22),
    command({ exit_code: 1 }),
    ...Array.from({ length: 8 }, () => command({ exit_code: 0 })),
  ]);
  const id = await world.ask('regression', { baseline_mission_id: baseline, candidate_mission_id: candidate });
  expect(await world.over(id)).toMatchObject({
    kind: 'regression',
    mission_id: '',
    baseline_mission_id: baseline,
    candidate_mission_id: candidate,
    status: 'completed',
    result: 'regressed: tool success -10% cost +22%',
    regressed: true,
    tokens: 220,
    cost_usd: 1.22,
  });
  const report = await world.owner.get<Report>(`/eval/runs/${id}/report`);
  expect(report.divergence).toMatchObject({
    step: 4,
    baseline: { type: 'exec.command' },
    candidate: { type: 'llm.call', tool: 'm' },
  });
  const entries = await world.entriesOf(id);
  expect(entries).toHaveLength(METRIC_NAMES.length + 2);
  expect(entries.find(({ entry_type: type }) => type === 'eval.regression_detected')).toMatchObject({
    severity: 'warn',
    mission_id: candidate,
    payload: {
      run_id: id,
      baseline_mission_id: baseline,
      candidate_mission_id: candidate,
      delta_summary: 'tool success -10% cost +22%',
      regressed_metrics: ['tool_success_rate', 'total_cost_usd'],
    },
  });
  const steps = entries.find(({ payload }) => payload.metric === 'steps_to_goal');
  expect(steps?.payload).toMatchObject({ baseline: 12, candidate: 14, value: 14 });
  const markdown = await world.owner.send('GET', `/eval/runs/${id}/report.md`);
  expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
  expect(markdown.body).toContain('First divergent step: 4');
  const junit = await world.owner.send('GET', `/eval/runs/${id}/report.xml`);
  expect(junit.body).toContain('<testsuites tests="4" failures="2" errors="0" skipped="0">');
});

test('thresholds are the workspace’s, and a mission beside itself regresses nothing', async () => {
  const baseline = await world.mission([command({ exit_code: 0 }), command({ exit_code: 0 })]);
  const candidate = await world.mission([command({ exit_code: 0 }), command({ exit_code: 1 })]);
  const pair = { baseline_mission_id: baseline, candidate_mission_id: candidate };
  const { workspaceId } = world.owner;
  await world.engine.db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    const key = 'eval.tool_success_drop';
    await setSetting(tx, TEST_KEY_RING, { workspaceId, key, value: 0.5, actor: systemActor() });
  });
  expect(await world.over(await world.ask('regression', pair))).toMatchObject({ result: 'no_regression' });
  await world.engine.db.transaction({ workspaceIds: [workspaceId] }, (tx) =>
    tx.execute(sql`DELETE FROM settings WHERE workspace_id = ${workspaceId}`),
  );
  expect(await world.over(await world.ask('regression', pair))).toMatchObject({
    result: 'regressed: tool success -50%',
  });
  const itself = await world.ask('regression', { ...pair, baseline_mission_id: candidate });
  expect(await world.over(itself)).toMatchObject({ status: 'completed', result: 'no_regression', regressed: false });
  expect((await world.owner.get<Report>(`/eval/runs/${itself}/report`)).divergence).toBeNull();
});

test('a mission that has not ended is a failed evaluation; of one that was taken up again the newest end counts', async () => {
  const open = await world.mission([moved('PLANNING', 'IN_PROGRESS'), command()], true);
  const failed = await world.over(await world.ask('replay', { mission_id: open }));
  expect(failed).toMatchObject({ status: 'failed', result: `mission ${open} has not ended`, tokens: 0 });
  expect(await world.owner.send('GET', `/eval/runs/${failed.id}/report.xml`)).toMatchObject({ statusCode: 200 });
  await world.say(open, [
    moved('IN_PROGRESS', 'REVIEW'),
    moved('REVIEW', 'IN_PROGRESS', 2),
    command(),
    command(),
    moved('IN_PROGRESS', 'COMPLETED', 3),
  ]);
  const stepsOf = async (body: object) => {
    const id = await world.ask('replay', { mission_id: open, ...body });
    const { status, result } = await world.over(id);
    const report = await world.owner.get<Report>(`/eval/runs/${id}/report`);
    return [status, result, report.mission?.steps, report.mission?.generation];
  };
  expect(await stepsOf({})).toEqual(['completed', 'ok', 4, 3]);
  expect(await stepsOf({ generation: 2 })).toEqual(['completed', 'ok', 4, 3]);
  expect(await stepsOf({ generation: 1 })).toEqual(['completed', 'ok', 3, 1]);
  expect(await stepsOf({ generation: 7 })).toEqual([
    'failed',
    `mission ${open} has not ended in generation 7`,
    undefined,
    undefined,
  ]);
});

test('the signature is of the sequence of steps and tools alone', async () => {
  const literal = createHash('sha256');
  for (const [type, tool] of [
    ['mission.status_change', ''],
    ['exec.command', 'Bash'],
    ['llm.call', 'm'],
    ['mission.status_change', ''],
  ] as const) {
    literal.update(`${type}\u001f${tool}\0`);
  }
  const signatureOf = async (entries: readonly Said[], seed: number) =>
    (await world.over(await world.ask('replay', { mission_id: await world.mission(entries), seed }))).seed_signature;
  const expected = `sha256:${literal.digest('hex')}`;
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(1_000), fc.nat(255), async (seed, cost, exit) => {
      const entries = [command({ exit_code: exit, duration_ms: cost }), call(cost, { input_tokens: seed })];
      expect(await signatureOf(entries, seed)).toBe(expected);
    }),
    { numRuns: 3 },
  );
  expect(await signatureOf([call(1), command()], 0)).not.toBe(expected);
});

test('who may ask, and what cannot be asked for', async () => {
  const mission = await world.mission([]);
  const foreign = await world.api.addOwner();
  const gone = await world.owner.ask('POST', '/eval/replay', { mission_id: 'no-such-mission' });
  const { body: theirs } = await foreign.ask<object>('POST', '/eval/replay', { mission_id: mission });
  const same = (body: Record<string, unknown>) => ({ ...body, request_id: null, instance: null });
  expect(gone.status).toBe(404);
  expect(same(theirs as Record<string, unknown>)).toEqual(same(gone.body as Record<string, unknown>));
  for (const pair of [
    [mission, 'no-such-mission'],
    ['no-such-mission', mission],
  ]) {
    const body = { baseline_mission_id: pair[0], candidate_mission_id: pair[1] };
    expect((await world.owner.ask('POST', '/eval/regression', body)).status).toBe(404);
  }
  for (const role of ['MANAGER', 'MEMBER', 'VIEWER'] as const) {
    const member = await world.api.addMember(world.owner.workspaceId, role);
    expect((await member.ask('POST', '/eval/replay', { mission_id: 'no-such-mission' })).status).toBe(403);
    expect((await member.ask('GET', '/eval/runs')).status).toBe(200);
  }
  const nobody = await world.api.addUser();
  expect((await nobody.ask('GET', '/eval/runs')).status).toBe(401);
  for (const body of [{}, { mission_id: '' }, { mission_id: mission, seed: -1 }, { mission_id: mission, seed: 1.5 }]) {
    expect((await world.owner.ask('POST', '/eval/replay', body)).status).toBe(400);
  }
  const empty = { baseline_mission_id: mission, candidate_mission_id: '' };
  expect((await world.owner.ask('POST', '/eval/regression', empty)).status).toBe(400);
  for (const limit of ['0', '201', 'x']) {
    expect((await world.owner.ask('GET', `/eval/runs?limit=${limit}`)).status).toBe(400);
  }
  expect(await foreign.get('/eval/runs')).toEqual({ rows: [], count: 0, limit: 50 });
});
