import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { satisfiesDependants, type TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { TaskPriority } from '../../../domain/work/tasks/managed-task.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission } from '../../../db/work/missions/mission-row.ts';
import {
  findTaskRow,
  holdManagedTasks,
  lockTasks,
  type ManagedTaskRow,
  readTaskAccess,
} from '../../../db/work/tasks/managed-task-row.ts';
import { refuseUnderReview } from '../agents/agent-commands.ts';
import { createTask } from '../missions/task-commands.ts';
import type { TaskCall } from './hold-task.ts';
import { admitAt, startTaskRun } from './start-task-run.ts';
import { mayEdit } from './task-access.ts';
import { addTaskEvent, journalTask } from './task-journal.ts';

export interface NewManagedTask extends Omit<TaskCall, 'taskId'> {
  readonly title: string;
  readonly description: string | null;
  readonly projectId: string | null;
  readonly missionId: string | null;
  readonly issueId: string | null;
  readonly agentId: string | null;
  readonly reviewerId: string | null;
  readonly priority: TaskPriority;
  readonly dueDate: string | null;
  readonly dependsOn: readonly string[];
  readonly maxIterations: number | null;
  readonly approvalRequired: boolean;
  readonly labels: readonly string[];
  readonly autoStart: boolean;
}

/**
 * A task of no mission, or one more of a mission's. Throws `forbidden`, `invalid_request` naming what is not there,
 * `wrong_state` for a mission that takes no tasks and a project in the archive, and for `auto_start` what
 * {@link startTaskRun} throws.
 */
export async function createManagedTask(tx: Tx, task: NewManagedTask, actor: Actor): Promise<string> {
  mayEdit(await readTaskAccess(tx, task, task.projectId, 'project'));
  await refuseForeignReviewer(tx, task.workspaceId, task.reviewerId);
  return task.missionId === null ? createAlone(tx, task, actor) : createInMission(tx, task, task.missionId, actor);
}

async function createInMission(tx: Tx, task: NewManagedTask, missionId: string, actor: Actor): Promise<string> {
  for (const [field, isGiven] of [
    ['project_id', task.projectId !== null],
    ['issue_id', task.issueId !== null],
    ['auto_start', task.autoStart],
  ] as const) {
    if (isGiven) throw invalidField(field, 'does not go with mission_id: a mission’s tasks are its own');
  }
  const mission = await lockMission(tx, missionId);
  if (mission === null || mission.workspace_id !== task.workspaceId) {
    throw invalidField('mission_id', 'names no mission of this workspace');
  }
  const id = await createTask(
    tx,
    mission,
    {
      title: task.title,
      description: task.description,
      assignedAgentId: task.agentId,
      taskOrder: 0,
      dependsOn: task.dependsOn,
      maxIterations: task.maxIterations,
      approvalRequired: task.approvalRequired,
    },
    actor,
  );
  await tx.execute(sql`
    UPDATE tasks SET reviewer_id = ${task.reviewerId}, priority = ${task.priority}, due_date = ${task.dueDate}::date,
      labels = ${sql.array([...task.labels], 'text')}, created_by = ${task.userId}
    WHERE id = ${id}`);
  return id;
}

async function createAlone(tx: Tx, task: NewManagedTask, actor: Actor): Promise<string> {
  const crewId = task.agentId === null ? null : await crewOfAgent(tx, task.workspaceId, task.agentId);
  await refuseForeignIssue(tx, task.workspaceId, task.issueId);
  await holdManagedTasks(tx, task.workspaceId);
  const dependencies = await readDependencies(tx, task, task.dependsOn);
  const status: TaskStatus = dependencies.every((one) => satisfiesDependants(one.status)) ? 'PENDING' : 'BLOCKED';
  const id = newId();
  await tx.execute(sql`
    INSERT INTO tasks (id, workspace_id, crew_id, project_id, issue_id, assigned_agent_id, title, description, status,
      max_iterations, approval_required, reviewer_id, priority, due_date, labels, auto_start, created_by)
    VALUES (${id}, ${task.workspaceId}, ${crewId}, ${task.projectId}, ${task.issueId}, ${task.agentId}, ${task.title},
      ${task.description}, ${status}, ${task.maxIterations}, ${task.approvalRequired}, ${task.reviewerId},
      ${task.priority}, ${task.dueDate}::date, ${sql.array([...task.labels], 'text')}, ${task.autoStart},
      ${task.userId})`);
  if (task.dependsOn.length > 0) {
    await tx.execute(sql`
      INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
      SELECT ${task.workspaceId}, ${id}, one FROM unnest(${sql.array([...task.dependsOn], 'text')}) AS one`);
  }
  const row = (await findTaskRow(tx, id))!;
  await addTaskEvent(tx, row, { type: 'created', actor, data: { status } });
  const payload = { task_id: id, status, depends_on: task.dependsOn };
  journalTask(tx, row, actor, { type: 'task.created', payload });
  if (task.autoStart && task.agentId !== null && status === 'PENDING') {
    await admitAt(tx, [(await startTaskRun(tx, row, actor)).hostId]);
  }
  return id;
}

/** The crew whose agent a task is given to. Throws `invalid_request`, `conflict` for one under review. */
export async function crewOfAgent(tx: Tx, workspaceId: string, agentId: string): Promise<string> {
  const agent = await tx.maybeOne<{ crew_id: string | null; status: string }>(sql`
    SELECT crew_id, status FROM agents
    WHERE id = ${agentId} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`);
  if (agent === null) throw invalidField('agent', 'names no agent of this workspace');
  if (agent.crew_id === null) throw invalidField('agent', 'is in no crew');
  refuseUnderReview(agent);
  return agent.crew_id;
}

export async function refuseForeignReviewer(tx: Tx, workspaceId: string, userId: string | null): Promise<void> {
  if (userId === null) return;
  const member = await tx.maybeOne(sql`
    SELECT 1 FROM memberships WHERE workspace_id = ${workspaceId} AND user_id = ${userId} AND disabled_at IS NULL`);
  if (member === null) throw invalidField('reviewer_id', 'names no member of this workspace');
}

async function refuseForeignIssue(tx: Tx, workspaceId: string, issueId: string | null): Promise<void> {
  if (issueId === null) return;
  const issue = await tx.maybeOne(sql`SELECT 1 FROM issues WHERE id = ${issueId} AND workspace_id = ${workspaceId}`);
  if (issue === null) throw invalidField('issue_id', 'names no issue of this workspace');
}

/** Tasks that are to be done first, which the caller sees and no mission owns; the workspace's tasks are held. */
async function readDependencies(
  tx: Tx,
  caller: { readonly workspaceId: string; readonly userId: string },
  ids: readonly string[],
): Promise<readonly ManagedTaskRow[]> {
  if (new Set(ids).size !== ids.length) throw invalidField('depends_on', 'names a task twice');
  if (ids.length === 0) return [];
  const found = await lockTasks(
    tx,
    sql.fragment`id = ANY (${sql.array([...ids], 'text')}) AND workspace_id = ${caller.workspaceId}
      AND (project_id IS NULL OR crewship_project_role(project_id, ${caller.userId}) IS NOT NULL)`,
  );
  const missing = ids.find((id) => !found.some((task) => task.id === id));
  if (missing !== undefined) throw invalidField('depends_on', `${missing} names no task without a mission`);
  return found;
}

/** Most tasks that one waits for. */
const MAX_MANAGED_DEPENDENCIES = 50;

export function refuseTooMany(count: number): void {
  if (count < MAX_MANAGED_DEPENDENCIES) return;
  throw new CrewshipError('conflict', `a task waits for at most ${MAX_MANAGED_DEPENDENCIES} others`);
}
