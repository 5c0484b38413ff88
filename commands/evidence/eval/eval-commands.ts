import { cancelJob } from '../../engine/jobs/cancel-job.ts';
import { storeJobResult } from '../../engine/jobs/job-work.ts';
import { type JobRequest, requestJob } from '../../engine/jobs/request-job.ts';
import type { Comparison, Thresholds } from '../../../domain/evidence/eval/compare-metrics.ts';
import {
  type Divergence,
  type EvalKind,
  type EvalSide,
  type Measured,
} from '../../../domain/evidence/eval/eval-run.ts';
import { METRIC_NAMES } from '../../../domain/evidence/eval/metrics.ts';
import { type Actor, quartermasterActor } from '../../../domain/kernel/access/authority.ts';
import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import { newEvalRunId } from '../../../platform/ids/ids.ts';
import { type EvalRow, getEvalRunIn } from '../../../db/evidence/eval/eval-runs-store.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';

interface Subject {
  readonly missionId: string;
  /** Null: the newest that has ended. */
  readonly generation: number | null;
}

interface EvalRequest {
  readonly workspaceId: string;
  readonly jobKind: JobRequest['kind'];
  readonly kind: EvalKind;
  /** What is evaluated: of a regression the candidate. */
  readonly mission: Subject;
  readonly baseline: Subject | null;
  readonly seed: number;
  readonly thresholds: Thresholds;
  /** The suite's run that it is a case of, whose job waits for it. */
  readonly suite?: { readonly runId: string; readonly case: string };
  readonly actor: Actor;
}

/** A mission of the workspace, each looked for by itself: throws `not_found` for any that is not there. */
async function checkMission(tx: Tx, workspaceId: string, missionId: string): Promise<void> {
  const found = await tx.maybeOne(sql`
    SELECT 1 AS found FROM missions WHERE id = ${missionId} AND workspace_id = ${workspaceId}`);
  if (found === null) throw notFound('mission');
}

/**
 * Asks for an evaluation: its row and its job, under one id. Throws `not_found` for a mission that is not the
 * workspace's, `limit_reached`.
 */
export async function requestEval(tx: Tx, request: EvalRequest): Promise<{ id: string }> {
  const { workspaceId, mission, baseline } = request;
  for (const subject of baseline === null ? [mission] : [baseline, mission]) {
    await checkMission(tx, workspaceId, subject.missionId);
  }
  const id = newEvalRunId();
  const input = { kind: request.kind };
  const { actor, suite } = request;
  const parentId = suite?.runId ?? null;
  await requestJob(tx, { id, workspaceId, kind: request.jobKind, input, actor, parentId });
  await tx.execute(sql`
    INSERT INTO eval_runs (id, workspace_id, kind, mission_id, baseline_mission_id, generation, baseline_generation,
      seed, thresholds, suite_run_id, suite_case, created_by)
    VALUES (${id}, ${workspaceId}, ${request.kind}, ${mission.missionId}, ${baseline?.missionId ?? null},
      ${mission.generation}, ${baseline?.generation ?? null}, ${request.seed}, ${sql.jsonb(request.thresholds)},
      ${parentId}, ${suite?.case ?? null}, ${actor.type === 'user' ? actor.id : null})`);
  return { id };
}

/** Asks for an evaluation's end, as its job's. Throws `not_found`, and `wrong_state` with the status that it has. */
export async function cancelEval(tx: Tx, workspaceId: string, id: string, actor: Actor): Promise<void> {
  await lockJob(tx, id);
  const run = await getEvalRunIn(tx, workspaceId, id);
  if (run.status === 'completed' || run.status === 'failed') throw wrongState('eval run', run.status);
  await cancelJob(tx, id, { actor, reason: null });
}

/** What all entries of an evaluation have. */
const frameOf = (row: EvalRow) => ({
  actor: quartermasterActor(),
  workspaceId: row.workspace_id,
  missionId: row.mission_id,
  targetType: 'eval_run',
  targetId: row.id,
});

/** `eval.run_started`, once whatever becomes of who writes it. */
export async function beginEval(db: Database, address: WorkflowAddress, row: EvalRow, seed: number): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const begun = await tx.execute(sql`
      UPDATE eval_runs SET began_at = now(), updated_at = now() WHERE id = ${row.id} AND began_at IS NULL`);
    if (begun === 0) return;
    const missions =
      row.baseline_mission_id === null
        ? { mission_id: row.mission_id }
        : { baseline_mission_id: row.baseline_mission_id, candidate_mission_id: row.mission_id };
    tx.journal({
      ...frameOf(row),
      transitionId: `eval-${row.id}:started`,
      type: 'eval.run_started',
      summary: `${row.kind} began`,
      payload: { run_id: row.id, kind: row.kind, seed, ...missions },
    });
  });
}

/** What was worked on an evaluation, added to what it may have in all. */
export async function addUsedTime(db: Database, address: WorkflowAddress, usedMs: number): Promise<void> {
  await db.transaction(workflowScope(address), (tx) =>
    tx.execute(sql`
      UPDATE eval_runs SET used_ms = used_ms + ${Math.ceil(usedMs)}, updated_at = now() WHERE id = ${address.id}`),
  );
}

/** Keeps what one mission came to. Another one at work on it has kept the same. */
export async function storeMeasured(
  db: Database,
  address: WorkflowAddress,
  side: EvalSide,
  measured: Measured,
): Promise<void> {
  await db.transaction(workflowScope(address), (tx) =>
    tx.execute(sql`
      UPDATE eval_runs SET measured = measured || ${sql.jsonb({ [side]: measured })}, updated_at = now()
      WHERE id = ${address.id} AND NOT measured ? ${side}`),
  );
}

interface Conclusion {
  readonly mission: Measured;
  readonly baseline: Measured | null;
  readonly comparison: Comparison | null;
  readonly divergence: Divergence | null;
}

/**
 * Stores what came of an evaluation with the entries that say so, once. A job that is to end by now is left as it is,
 * and nothing is said.
 */
export async function concludeEval(
  db: Database,
  address: WorkflowAddress,
  jobKind: Pick<RegisteredJobKind, 'result'>,
  row: EvalRow,
  { mission, baseline, comparison, divergence }: Conclusion,
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    await lockJob(tx, row.id);
    const regressed = comparison?.regressed === true;
    if (!(await storeJobResult(tx, address, jobKind, { regressed }))) return;
    const concluded = await tx.execute(sql`
      UPDATE eval_runs SET concluded_at = now(), updated_at = now(), result = ${comparison?.result ?? 'ok'},
        comparison = ${comparison === null ? null : JSON.stringify(comparison)}::jsonb,
        divergence = ${divergence === null ? null : JSON.stringify(divergence)}::jsonb
      WHERE id = ${row.id} AND concluded_at IS NULL`);
    if (concluded === 0) return;
    for (const metric of METRIC_NAMES) {
      const value = mission.metrics[metric];
      tx.journal({
        ...frameOf(row),
        transitionId: `eval-${row.id}:metric-${metric}`,
        type: 'eval.metric',
        summary: `${metric} of a ${row.kind}`,
        payload: {
          run_id: row.id,
          metric,
          value,
          ...(baseline === null ? {} : { baseline: baseline.metrics[metric], candidate: value }),
        },
      });
    }
    if (comparison === null || !regressed) return;
    tx.journal({
      ...frameOf(row),
      transitionId: `eval-${row.id}:regressed`,
      type: 'eval.regression_detected',
      severity: 'warn',
      summary: 'a mission is worse than its baseline',
      payload: {
        run_id: row.id,
        baseline_mission_id: row.baseline_mission_id ?? '',
        candidate_mission_id: row.mission_id,
        delta_summary: comparison.delta,
        regressed_metrics: comparison.metrics.flatMap(({ metric, outcome }) => (outcome === 'tripped' ? metric : [])),
      },
    });
  });
}
