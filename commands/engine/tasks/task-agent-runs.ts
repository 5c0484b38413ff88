import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { isTerminalRun, type RunStatus } from '../../../domain/work/runs/run-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import {
  findTaskRow,
  holdManagedTasks,
  type ManagedTaskRow,
  readTaskAccess,
} from '../../../db/work/tasks/managed-task-row.ts';
import { agentEnded, agentStarted, lockAgent } from '../agents/agent-status.ts';
import { journalRun, runFacts } from '../runs/run-journal.ts';
import { addToTotals, settleRunCost } from '../runs/run-costs.ts';
import { ENTRY_TYPE, lockRun } from '../runs/settle-run.ts';
import { crewOfAgent } from './create-task.ts';
import { seeTask, type TaskCall } from './hold-task.ts';
import { isEditor, mayEdit, refuseInArchive, refuseUnless } from './task-access.ts';
import { addTaskEvent, journalTask } from './task-journal.ts';

/** The number of a task's next attempt; the workspace's tasks are held. */
const nextAttempt = (task: ManagedTaskRow): Fragment => sql.fragment`
  1 + coalesce((SELECT max(attempt_no) FROM runs WHERE task_id = ${task.id} AND generation = 0
    AND iteration = ${task.iteration}), 0)`;

/**
 * Says that a run of the workspace was for this task. Saying it again changes nothing. Throws `not_found`, `forbidden`,
 * `invalid_request` for a run that is not there, `conflict` for one of another task or of a mission.
 */
export async function attachRun(tx: Tx, call: TaskCall, runId: string, actor: Actor): Promise<void> {
  const { task, access } = await seeTask(tx, call);
  mayEdit(access);
  const locked = await lockRun(tx, runId);
  if (locked === null || locked.run.workspace_id !== call.workspaceId) {
    throw invalidField('run_id', 'names no run of this workspace');
  }
  const { run } = locked;
  if (run.task_id === task.id) return;
  if (run.task_id !== null || run.mission_id !== null) {
    throw new CrewshipError('conflict', 'the run is another task’s', { extensions: { reason: 'attached_elsewhere' } });
  }
  await refuseUnattachable(tx, run, call);
  await holdManagedTasks(tx, call.workspaceId);
  await tx.execute(sql`
    UPDATE runs SET task_id = ${task.id}, project_id = ${task.project_id}, generation = 0,
      iteration = ${task.iteration}, attempt_no = ${nextAttempt(task)} WHERE id = ${runId}`);
  await told(tx, task, runId, actor);
}

/**
 * What moves something of its own when it ends stays that one's; and who may not know of a chat does not learn of its
 * runs here.
 */
async function refuseUnattachable(tx: Tx, run: RunRow, call: TaskCall): Promise<void> {
  const seen = await tx.maybeOne<{ reported: boolean }>(sql`
    SELECT reported FROM runs WHERE id = ${run.id}
      AND (chat_id IS NULL OR crewship_sees_chat(chat_id, ${call.userId}))`);
  if (seen === null) throw invalidField('run_id', 'names no run of this workspace');
  if (run.job_id === null && (seen.reported || isTerminalRun(run.status))) return;
  throw new CrewshipError('conflict', 'the run is under way for something else', {
    extensions: { reason: 'attached_elsewhere' },
  });
}

async function told(tx: Tx, task: ManagedTaskRow, runId: string, actor: Actor): Promise<void> {
  await addTaskEvent(tx, task, { type: 'run_attached', actor, data: { run_id: runId } });
  journalTask(tx, task, actor, { type: 'task.run_attached', payload: { task_id: task.id, run_id: runId } });
}

export interface ExternalRun {
  /** An agent of the workspace, or a name for one that Crewship does not know. */
  readonly agentId: string | null;
  readonly agentLabel: string | null;
  readonly externalRef: string | null;
  readonly startedAt: string | null;
  readonly metadata: JsonObject;
}

/** A run that goes on elsewhere and whose maker says how it is: RUNNING from now. Throws as {@link attachRun} does. */
export async function createExternalRun(tx: Tx, call: TaskCall, made: ExternalRun, actor: Actor): Promise<string> {
  const { task, access } = await seeTask(tx, call);
  mayEdit(access);
  const crewId = made.agentId === null ? null : await crewOfAgent(tx, call.workspaceId, made.agentId);
  await holdManagedTasks(tx, call.workspaceId);
  const id = newId();
  await tx.execute(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, task_id, project_id, trigger_type, triggered_by, status,
      reported, iteration, attempt_no, agent_label, external_ref, metadata, started_at)
    SELECT ${id}, ${call.workspaceId}, ${made.agentId}, ${crewId}, ${task.id}, ${task.project_id}, 'USER',
      ${call.userId}, 'RUNNING', true, ${task.iteration}, ${nextAttempt(task)}, ${made.agentLabel}, ${made.externalRef},
      ${sql.jsonb(made.metadata)}, least(coalesce(${made.startedAt}::timestamptz, now()), now())`);
  const { run } = (await lockRun(tx, id))!;
  journalRun(tx, run, actor, { type: 'run.started', payload: { ...runFacts(run), reported: true } });
  if (made.agentId !== null) await agentStarted(tx, run, await lockAgent(tx, made.agentId));
  await told(tx, task, id, actor);
  return id;
}

export interface RunReportPatch {
  readonly status?: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT' | undefined;
  readonly progress?: number | undefined;
  readonly outputSummary?: string | null | undefined;
  readonly errorMessage?: string | null | undefined;
  readonly tokenCount?: number | undefined;
  readonly costMicros?: number | undefined;
  readonly finishedAt?: string | undefined;
}

interface ReportedState {
  readonly reported: boolean;
  readonly triggered_by: string | null;
  readonly token_count: number;
  readonly cost_micros: number;
}

/**
 * What the maker of a run elsewhere says of it; the end is said once. Throws `not_found`, `forbidden`, `conflict` for a
 * run that Crewship itself made, `wrong_state` for one that has ended.
 */
export async function reportExternalRun(
  tx: Tx,
  call: Omit<TaskCall, 'taskId'> & { readonly runId: string },
  patch: RunReportPatch,
  actor: Actor,
): Promise<void> {
  const locked = await lockRun(tx, call.runId);
  const run = locked?.run;
  if (run === undefined || run.workspace_id !== call.workspaceId || run.task_id === null) throw notFound('run');
  const task = await findTaskRow(tx, run.task_id);
  const access = await readTaskAccess(tx, call, task?.project_id ?? null, 'run');
  const now = await tx.one<ReportedState>(sql`
    SELECT reported, triggered_by, token_count, cost_micros FROM runs WHERE id = ${run.id}`);
  refuseUnless(isEditor(access) || now.triggered_by === call.userId);
  refuseInArchive(access);
  if (!now.reported) {
    throw new CrewshipError('conflict', 'the run is Crewship’s, which sees how it ends', {
      extensions: { reason: 'engine_owned' },
    });
  }
  if (isTerminalRun(run.status)) throw wrongState('run', run.status);
  await writeReport(tx, run, patch);
  const spent = {
    tokenCount: patch.tokenCount === undefined ? 0 : patch.tokenCount - now.token_count,
    costMicros: patch.costMicros === undefined ? 0 : patch.costMicros - now.cost_micros,
  };
  await addToTotals(tx, run, spent);
  if (patch.status !== undefined && patch.status !== 'RUNNING') await end(tx, run, patch.status, patch, now, actor);
  else if (task !== null && patch.progress !== undefined) {
    const seq = await addTaskEvent(tx, task, {
      type: 'progress',
      actor,
      data: { run_id: run.id, percent: patch.progress },
    });
    journalTask(tx, task, actor, { type: 'task.event', payload: { task_id: task.id, seq, event_type: 'progress' } });
  }
}

async function writeReport(tx: Tx, run: RunRow, patch: RunReportPatch): Promise<void> {
  const set: Fragment[] = [
    ...(patch.progress === undefined ? [] : [sql.fragment`progress = ${patch.progress}`]),
    ...(patch.outputSummary === undefined ? [] : [sql.fragment`output_summary = ${patch.outputSummary}`]),
    ...(patch.errorMessage === undefined ? [] : [sql.fragment`error_message = left(${patch.errorMessage}, 2000)`]),
    ...(patch.tokenCount === undefined ? [] : [sql.fragment`token_count = ${patch.tokenCount}`]),
    ...(patch.costMicros === undefined ? [] : [sql.fragment`cost_micros = ${patch.costMicros}`]),
  ];
  if (set.length === 0) return;
  await tx.execute(sql`UPDATE runs SET ${sql.join(set, sql.fragment`, `)} WHERE id = ${run.id}`);
}

async function end(
  tx: Tx,
  run: RunRow,
  status: Exclude<RunStatus, 'QUEUED' | 'ADMITTED' | 'RUNNING'>,
  patch: RunReportPatch,
  before: ReportedState,
  actor: Actor,
): Promise<void> {
  const cost = await settleRunCost(tx, run, {
    tokenCount: patch.tokenCount ?? before.token_count,
    costMicros: patch.costMicros ?? before.cost_micros,
  });
  const errorCode = status === 'FAILED' || status === 'TIMEOUT' ? status.toLowerCase() : null;
  await tx.execute(sql`
    UPDATE runs SET status = ${status}, error_code = ${errorCode}, token_count = ${cost.tokenCount},
      cost_micros = ${cost.costMicros},
      finished_at = greatest(started_at, least(coalesce(${patch.finishedAt ?? null}::timestamptz, now()), now()))
    WHERE id = ${run.id} AND status = 'RUNNING'`);
  journalRun(tx, run, actor, {
    type: ENTRY_TYPE[status],
    payload: { ...runFacts(run), reported: true, error_code: errorCode, exit_code: null },
  });
  await agentEnded(tx, run, run.agent_id === null ? null : await lockAgent(tx, run.agent_id), status);
}
