import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Decision } from '../../../domain/people/approvals/approval.ts';
import { refuseExhausted } from '../../../domain/work/tasks/managed-task.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { DecisionEffect } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import {
  findTaskRow,
  holdManagedTasks,
  lockTasks,
  type ManagedTaskRow,
  readTaskAccess,
  type TaskCaller,
} from '../../../db/work/tasks/managed-task-row.ts';
import { settleApproval } from '../approvals/approval-commands.ts';
import { syncMissionClock } from '../missions/mission-clock.ts';
import { journalTaskStatus } from '../missions/mission-journal.ts';
import { decideTaskApproval } from '../missions/task-approvals.ts';
import { tellMission } from '../missions/tell-mission.ts';
import { refuseBlockedReview } from './blocked-review.ts';
import { moveTask } from './move-task.ts';
import { admitAt, startDueTasks } from './start-task-run.ts';
import { isEditor, refuseInArchive, refuseUnless } from './task-access.ts';
import { TASK_APPROVAL } from './task-approval-kind.ts';
import { addTaskEvent, journalTask } from './task-journal.ts';

export interface ReviewCall extends TaskCaller {
  readonly taskId: string;
  readonly userId: string;
}

/** A task that waits for its review, held; its mission is locked where it has one. */
interface Held {
  readonly task: ManagedTaskRow;
  readonly mission: MissionRow | null;
}

/** Throws `not_found`, `forbidden`, `wrong_state`. */
async function holdInReview(tx: Tx, call: ReviewCall): Promise<Held> {
  const known = await findTaskRow(tx, call.taskId);
  if (known === null || known.workspace_id !== call.workspaceId) throw notFound('task');
  const access = await readTaskAccess(tx, call, known.project_id);
  refuseUnless(known.reviewer_id === call.userId || isEditor(access));
  refuseInArchive(access);
  const held = await hold(tx, known);
  if (held.mission !== null && held.mission.status !== 'IN_PROGRESS') throw wrongState('mission', held.mission.status);
  if (held.task.status !== 'AWAITING_APPROVAL') throw wrongState('task', held.task.status);
  return held;
}

async function hold(tx: Tx, known: ManagedTaskRow): Promise<Held> {
  if (known.mission_id === null) {
    await holdManagedTasks(tx, known.workspace_id);
    const [task] = await lockTasks(tx, sql.fragment`id = ${known.id}`);
    if (task === undefined) throw notFound('task');
    return { task, mission: null };
  }
  const mission = await lockMission(tx, known.mission_id);
  const task = await findTaskRow(tx, known.id);
  if (mission === null || task === null) throw notFound('task');
  return { task, mission };
}

const reviewed = (status: string, call: { userId: string | null }, note: string | null): Fragment => sql.fragment`
  review_status = ${status}, review_by = ${call.userId}, review_at = clock_timestamp(), review_note = ${note}`;

/** The result is accepted: COMPLETED. Throws also `forbidden` for their own work, `conflict` for a blocked review. */
export async function approveTask(tx: Tx, call: ReviewCall, note: string | null, actor: Actor): Promise<void> {
  const held = await holdInReview(tx, call);
  const decision = { verdict: 'approved', comment: note, decidedBy: call.userId } as const;
  if (held.mission === null) await settleReview(tx, held.task, decision, actor);
  else {
    refuseOwnWork(held.task, call.userId);
    await decideTaskApproval(tx, held.mission, held.task.id, decision, actor);
    await tx.execute(sql`UPDATE tasks SET ${reviewed('approved', call, note)} WHERE id = ${held.task.id}`);
    journalTask(tx, held.task, actor, { type: 'review.approved', payload: { task_id: held.task.id } });
  }
}

function refuseOwnWork(task: ManagedTaskRow, userId: string | null): void {
  if (task.submitted_by === null || task.submitted_by !== userId) return;
  throw new CrewshipError('forbidden', 'nobody approves what they said is done themselves');
}

/** The decision on a task of no mission that is held and waits for one, whichever door it comes through. */
async function settleReview(tx: Tx, task: ManagedTaskRow, decision: Decision, actor: Actor): Promise<void> {
  if (task.status !== 'AWAITING_APPROVAL') throw wrongState('task', task.status);
  await refuseBlockedReview(tx, task, decision.decidedBy);
  const isApproved = decision.verdict === 'approved';
  if (isApproved) refuseOwnWork(task, decision.decidedBy);
  await settleOpenApproval(tx, task, decision, actor);
  const by = { userId: decision.decidedBy };
  const why = decision.comment ?? 'the result was rejected';
  const rejected = sql.fragment`error_code = 'rejected', error_message = ${why}`;
  const due = await moveTask(tx, task, {
    to: isApproved ? 'COMPLETED' : 'FAILED',
    actor,
    reason: decision.verdict,
    note: decision.comment,
    set: [
      reviewed(isApproved ? 'approved' : 'none', by, decision.comment),
      sql.fragment`approval_status = ${decision.verdict}, approved_by = ${decision.decidedBy},
        approved_at = clock_timestamp(), needs_review = false`,
      ...(isApproved ? [] : [rejected]),
    ],
  });
  if (isApproved) journalTask(tx, task, actor, { type: 'review.approved', payload: { task_id: task.id } });
  await admitAt(tx, await startDueTasks(tx, due));
}

async function settleOpenApproval(tx: Tx, task: ManagedTaskRow, decision: Decision, actor: Actor): Promise<void> {
  const subject = { kind: TASK_APPROVAL, subjectType: 'task', subjectId: task.id };
  const settled = await settleApproval(tx, subject, decision, { actor, traceId: task.id });
  if (settled === null) throw new CrewshipError('conflict', 'the task’s review was already decided');
}

/**
 * The result is sent back: PENDING, in the next iteration, with the note for whoever does it then. A mission's task
 * begins again by itself, another when somebody starts it or by `auto_start`. Throws as {@link approveTask} does, and
 * `conflict` when its iterations are used up.
 */
export async function requestRework(tx: Tx, call: ReviewCall, note: string, actor: Actor): Promise<void> {
  const { task, mission } = await holdInReview(tx, call);
  await refuseBlockedReview(tx, task, call.userId);
  refuseExhausted(task);
  await settleOpenApproval(tx, task, { verdict: 'denied', comment: note, decidedBy: call.userId }, actor);
  const iteration = task.iteration + 1;
  const set = sql.fragment`
    ${reviewed('rework', call, note)}, iteration = ${iteration}, run_id = NULL, started_at = NULL,
    approval_status = 'denied', submitted_by = NULL, needs_review = false`;
  journalTask(tx, task, actor, { type: 'review.rework', payload: { task_id: task.id, iteration } });
  if (mission === null) {
    await moveTask(tx, task, { to: 'PENDING', actor, reason: 'rework', note, set: [set] });
    const again = { ...task, status: 'PENDING', run_id: null, iteration } as const;
    const starts = task.auto_start && task.assigned_agent_id !== null ? [again] : [];
    await admitAt(tx, await startDueTasks(tx, starts));
    return;
  }
  await tx.execute(sql`
    UPDATE tasks SET ${set}, status = 'PENDING', retry_at = NULL, completed_at = NULL, updated_at = now(),
      generation = ${mission.generation}
    WHERE id = ${task.id} AND status = 'AWAITING_APPROVAL'`);
  await tx.execute(sql`UPDATE missions SET settle_armed = true, updated_at = now() WHERE id = ${mission.id}`);
  const change = { taskId: task.id, from: task.status, to: 'PENDING', actor, reason: 'rework' } as const;
  journalTaskStatus(tx, mission, change);
  await syncMissionClock(tx, mission.id);
  tellMission(tx, mission);
}

/** Nobody but who does this, or an ADMIN, decides from here on. Throws as {@link approveTask} does. */
export async function blockReview(tx: Tx, call: ReviewCall, reason: string, actor: Actor): Promise<void> {
  const { task } = await holdInReview(tx, call);
  await refuseBlockedReview(tx, task, call.userId);
  await tx.execute(sql`
    UPDATE tasks SET ${reviewed('blocked', call, reason)}, updated_at = now() WHERE id = ${task.id}`);
  await addTaskEvent(tx, task, { type: 'review_blocked', actor, message: reason });
  journalTask(tx, task, actor, { type: 'review.blocked', payload: { task_id: task.id } });
}

/** As the one route of decisions has it. */
export const taskDecision: DecisionEffect = {
  async decide(tx, approval, decision, actor) {
    const known = await findTaskRow(tx, approval.subject_id);
    if (known === null) throw notFound('task');
    const access = await readTaskAccess(
      tx,
      { workspaceId: known.workspace_id, userId: decision.decidedBy },
      known.project_id,
    );
    refuseUnless(known.reviewer_id === decision.decidedBy || isEditor(access));
    refuseInArchive(access);
    const { task, mission } = await hold(tx, known);
    if (mission === null) await settleReview(tx, task, decision, actor);
    else await decideTaskApproval(tx, mission, task.id, decision, actor);
  },
  // The task waits for it, and for nothing else.
  isCancellable: false,
};
