import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { EscalationConfig } from '../../../domain/crews/crews/crew.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { passCompletionGate } from '../../../domain/work/missions/completion-gate.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { RunSettlement } from '../../../domain/work/runs/settle-run.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { RESULT_MAX_CHARACTERS } from '../../../db/work/runs/dependency-results.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { holdManagedTasks, lockTasks, type ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { moveJob } from '../jobs/move-job.ts';
import { moveTask, type TaskMove } from './move-task.ts';
import { requestTaskReview } from './request-task-review.ts';
import { queueTaskRun, startDueTasks } from './start-task-run.ts';
import { endTaskRunJob, speaksFor } from './end-task-run.ts';

/** What an attempt of a task of no mission has left. */
export interface TaskRunEnd {
  readonly settlement: RunSettlement;
  readonly summary: string | null;
  readonly confidence: number | null;
  readonly handoff: object | null;
  readonly errorMessage: string | null;
}

/** What is done once the run's own places are given back. */
export interface AfterTaskRun {
  /** Whether the attempt spoke for its task. */
  readonly moved: boolean;
  readonly hostsToAdmit: readonly string[];
  /** Moves the job, the last row that is locked. */
  endJob(): Promise<void>;
}

/**
 * The end of an attempt of a task of no mission; the run is locked, no crew yet. One that is replaced, or whose task
 * has iterations left, has its successor at once: nobody keeps a clock for it, and an agent that keeps failing is
 * stopped by its circuit. Finished work may have to wait for a reviewer.
 */
export async function settleTaskRun(tx: Tx, run: RunRow, end: TaskRunEnd): Promise<AfterTaskRun> {
  await holdManagedTasks(tx, run.workspace_id);
  const [task] = await lockTasks(tx, sql.fragment`id = ${run.task_id}`);
  if (task === undefined || !speaksFor(run, task)) return over(tx, run, false, [], 'CANCELLED', null);
  const { task: next, errorCode } = end.settlement;
  if (next.status === 'PENDING') return tryAgain(tx, run, task, next.iteration, end);
  const gate = next.status === 'COMPLETED' ? await passGate(tx, run, task, end.confidence) : null;
  const to: TaskStatus = gate ?? next.status;
  const due = await moveTask(tx, task, {
    ...byRun(run, to, errorCode),
    set: [...outcome(end), sql.fragment`approval_status = ${to === 'AWAITING_APPROVAL' ? 'pending' : null}`],
  });
  if (to === 'AWAITING_APPROVAL') await requestTaskReview(tx, task, orchestratorActor());
  const hosts = await startDueTasks(tx, due, run.crew_id);
  return over(tx, run, true, hosts, to, errorCode);
}

/** As the crew's thresholds and the task say: null where nobody has to look at it. */
async function passGate(
  tx: Tx,
  run: RunRow,
  task: ManagedTaskRow,
  confidence: number | null,
): Promise<'AWAITING_APPROVAL' | null> {
  const crew = await tx.maybeOne<{ escalation_config: EscalationConfig | null }>(sql`
    SELECT escalation_config FROM crews WHERE id = ${run.crew_id}`);
  const { status } = passCompletionGate({
    confidence,
    approvalRequired: task.approval_required,
    thresholds: crew?.escalation_config ?? null,
  });
  return status === 'AWAITING_APPROVAL' ? status : null;
}

function byRun(run: RunRow, to: TaskStatus, errorCode: string | null): TaskMove {
  return {
    to,
    actor: orchestratorActor(),
    runId: run.id,
    ...(errorCode === null ? {} : { reason: errorCode }),
  };
}

function outcome(end: TaskRunEnd): Fragment[] {
  return [
    sql.fragment`result_summary = ${end.summary?.slice(0, RESULT_MAX_CHARACTERS) ?? null},
      confidence = ${end.confidence}, error_code = ${end.settlement.errorCode}, error_message = ${end.errorMessage},
      handoff_context = ${end.handoff === null ? null : JSON.stringify(end.handoff)}::jsonb`,
  ];
}

async function tryAgain(
  tx: Tx,
  run: RunRow,
  task: ManagedTaskRow,
  iteration: number,
  end: TaskRunEnd,
): Promise<AfterTaskRun> {
  const { errorCode } = end.settlement;
  const pending = [
    sql.fragment`run_id = NULL, iteration = ${iteration}, started_at = NULL, error_code = ${errorCode},
      error_message = ${end.errorMessage}`,
  ];
  await moveTask(tx, task, { ...byRun(run, 'PENDING', errorCode), set: pending });
  const again: ManagedTaskRow = { ...task, status: 'PENDING', run_id: null, iteration };
  // The successor's crew is the run's, unless the agent was moved: both are locked in their order.
  await tx.any(sql`
    SELECT 1 FROM crews WHERE id = ${run.crew_id}
      OR id = (SELECT crew_id FROM agents WHERE id = ${task.assigned_agent_id}) ORDER BY id FOR NO KEY UPDATE`);
  try {
    const host = await queueTaskRun(tx, again, run.job_id ?? task.job_id!);
    return { moved: true, hostsToAdmit: [host], endJob: async () => {} };
  } catch (error) {
    if (!(error instanceof CrewshipError)) throw error;
    const code = String(error.extensions.reason ?? error.code);
    const due = await moveTask(tx, again, {
      ...byRun(run, 'FAILED', code),
      set: [sql.fragment`error_code = ${code}, error_message = ${error.message}`],
    });
    return over(tx, run, true, await startDueTasks(tx, due, run.crew_id), 'FAILED', code);
  }
}

function over(
  tx: Tx,
  run: RunRow,
  moved: boolean,
  hostsToAdmit: readonly string[],
  status: TaskStatus,
  errorCode: string | null,
): AfterTaskRun {
  return { moved, hostsToAdmit, endJob: () => endTaskRunJob(tx, run, { status, errorCode }) };
}

/**
 * The task of an attempt that is about to begin; the run is locked, no crew yet. False: nobody wants it any more.
 */
export async function beginTaskRun(tx: Tx, run: RunRow): Promise<boolean> {
  await holdManagedTasks(tx, run.workspace_id);
  const [task] = await lockTasks(tx, sql.fragment`id = ${run.task_id}`);
  return task !== undefined && speaksFor(run, task);
}

/** It has begun; its job is the last row that is locked. */
export async function taskRunBegan(tx: Tx, run: RunRow): Promise<void> {
  const [task] = await lockTasks(tx, sql.fragment`id = ${run.task_id}`);
  if (task?.status === 'PENDING') await moveTask(tx, task, { ...byRun(run, 'IN_PROGRESS', null), set: cleared });
  const actor = orchestratorActor();
  if (run.job_id !== null) await moveJob(tx, run.job_id, { to: 'running', event: 'started', actor });
}

const cleared = [sql.fragment`error_code = NULL, error_message = NULL`];
