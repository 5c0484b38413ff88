import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { TaskPriority } from '../../../domain/work/tasks/managed-task.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission } from '../../../db/work/missions/mission-row.ts';
import { findTaskRow, type ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { patchTask } from '../missions/task-commands.ts';
import { cancelApprovalsOf } from '../approvals/approval-commands.ts';
import { crewOfAgent, refuseForeignReviewer } from './create-task.ts';
import { holdTask, seeTask, type TaskCall } from './hold-task.ts';
import { isEditor, mayEdit, refuseInArchive, refuseUnless } from './task-access.ts';
import { hasProjectRole } from '../../../domain/work/projects/project.ts';
import { addTaskEvent, journalTask } from './task-journal.ts';

export interface ManagedTaskPatch {
  readonly title?: string | undefined;
  readonly description?: string | null | undefined;
  readonly agentId?: string | null | undefined;
  readonly reviewerId?: string | null | undefined;
  readonly priority?: TaskPriority | undefined;
  readonly dueDate?: string | null | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly maxIterations?: number | null | undefined;
  /** That was read; another one at hand is refused. */
  readonly version?: number | undefined;
}

/** What its agent goes by changes only before it is done, and not under the agent's hands. */
const REDEFINES = ['title', 'description', 'agentId', 'maxIterations'] as const;
const OPEN: readonly TaskStatus[] = ['PENDING', 'BLOCKED'];

/**
 * Changes what is said of a task. Throws `not_found`, `forbidden`, `version_conflict`, `wrong_state` where its agent
 * has it already, `invalid_request`.
 */
export async function updateManagedTask(tx: Tx, call: TaskCall, patch: ManagedTaskPatch, actor: Actor): Promise<void> {
  const { task: known } = await seeTask(tx, call);
  const task = known.mission_id === null ? await holdAlone(tx, call) : await holdOfMission(tx, call, known.mission_id);
  if (patch.version !== undefined && patch.version !== task.version) {
    throw new CrewshipError('version_conflict', 'the task was changed since it was read', {
      extensions: { current_version: task.version },
    });
  }
  const redefines = REDEFINES.some((field) => patch[field] !== undefined);
  if (redefines && task.mission_id === null && (!OPEN.includes(task.status) || task.run_id !== null)) {
    throw wrongState('task', task.status, 'a task is redefined only while PENDING or BLOCKED and not under way');
  }
  await refuseForeignReviewer(tx, task.workspace_id, patch.reviewerId ?? null);
  const columns = await columnsOf(tx, task, patch);
  const changed = Object.keys(columns);
  if (redefines && task.mission_id !== null) await redefineInMission(tx, task, patch, actor);
  if (changed.length === 0 && !redefines) return;
  const set = { ...columns, version: sql.fragment`version + 1`, updated_at: sql.fragment`now()` };
  await tx.execute(sql`UPDATE tasks SET ${assignments(set)} WHERE id = ${task.id}`);
  const fields = changed.filter((name) => name !== 'crew_id');
  journalTask(tx, task, actor, { type: 'task.updated', payload: { task_id: task.id, changed_fields: fields } });
  await addTaskEvent(tx, task, { type: 'updated', actor, data: { fields } });
}

async function holdAlone(tx: Tx, call: TaskCall): Promise<ManagedTaskRow> {
  return (await holdTask(tx, call, mayEdit)).task;
}

/** A mission's is the mission's to hold. */
async function holdOfMission(tx: Tx, call: TaskCall, missionId: string): Promise<ManagedTaskRow> {
  const { access } = await seeTask(tx, call);
  mayEdit(access);
  await lockMission(tx, missionId);
  return (await findTaskRow(tx, call.taskId))!;
}

async function redefineInMission(tx: Tx, task: ManagedTaskRow, patch: ManagedTaskPatch, actor: Actor): Promise<void> {
  const mission = (await lockMission(tx, task.mission_id!))!;
  const { title, description, agentId: assignedAgentId, maxIterations } = patch;
  await patchTask(tx, mission, task.id, { title, description, assignedAgentId, maxIterations }, actor);
}

async function columnsOf(tx: Tx, task: ManagedTaskRow, patch: ManagedTaskPatch): Promise<Record<string, Fragment>> {
  const columns: Record<string, Fragment> = {};
  if (task.mission_id === null) {
    if (patch.title !== undefined) columns.title = sql.fragment`${patch.title}`;
    if (patch.description !== undefined) columns.description = sql.fragment`${patch.description}`;
    if (patch.maxIterations !== undefined) columns.max_iterations = sql.fragment`${patch.maxIterations}::integer`;
    if (patch.agentId !== undefined) {
      const { agentId } = patch;
      const crewId = agentId === null ? null : await crewOfAgent(tx, task.workspace_id, agentId);
      columns.assigned_agent_id = sql.fragment`${agentId}`;
      columns.crew_id = sql.fragment`${crewId}`;
    }
  }
  if (patch.reviewerId !== undefined) columns.reviewer_id = sql.fragment`${patch.reviewerId}`;
  if (patch.priority !== undefined) columns.priority = sql.fragment`${patch.priority}`;
  if (patch.dueDate !== undefined) columns.due_date = sql.fragment`${patch.dueDate}::date`;
  if (patch.labels !== undefined) columns.labels = sql.fragment`${sql.array([...patch.labels], 'text')}`;
  return columns;
}

/**
 * Deletes a task of no mission with its events: ADMIN and owners of its project, its creator while it is PENDING. Its
 * runs and journal stay. Throws `not_found`,
 * `forbidden`, `wrong_state` while it is under way, `conflict` for a mission’s and while others wait for it.
 */
export async function deleteManagedTask(tx: Tx, call: TaskCall, actor: Actor): Promise<void> {
  const { task } = await holdTask(tx, call, (access, known) => {
    const isOwn = known.created_by === call.userId && known.status === 'PENDING' && isEditor(access);
    const isOwner = access.projectRole === null ? access.isAdmin : hasProjectRole(access.projectRole, 'owner');
    refuseUnless(isOwn || isOwner);
    refuseInArchive(access);
  });
  const live = await tx.maybeOne(sql`
    SELECT 1 FROM runs WHERE task_id = ${task.id} AND status IN ('QUEUED', 'ADMITTED', 'RUNNING') LIMIT 1`);
  if (live !== null || task.status === 'IN_PROGRESS') throw wrongState('task', task.status, 'the task is under way');
  await cancelApprovalsOf(tx, 'task', [task.id], actor);
  const dependant = await tx.maybeOne(sql`
    SELECT 1 FROM task_dependencies d JOIN tasks t ON t.id = d.task_id
    WHERE d.depends_on_task_id = ${task.id} AND t.status IN ('BLOCKED', 'PENDING') LIMIT 1`);
  if (dependant !== null) {
    throw new CrewshipError('conflict', 'other tasks wait for this one; take the dependencies away first', {
      extensions: { reason: 'has_dependants' },
    });
  }
  await tx.execute(sql`DELETE FROM tasks WHERE id = ${task.id}`);
  journalTask(tx, task, actor, { type: 'task.deleted', payload: { task_id: task.id, status: task.status } });
}
