import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { ProjectRole } from '../../../domain/work/projects/project.ts';
import type { ReviewStatus } from '../../../domain/work/tasks/managed-task.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** What commands on a task need to know of it. */
export interface ManagedTaskRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly mission_id: string | null;
  readonly project_id: string | null;
  readonly crew_id: string | null;
  readonly assigned_agent_id: string | null;
  readonly status: TaskStatus;
  readonly iteration: number;
  readonly max_iterations: number | null;
  readonly run_id: string | null;
  readonly job_id: string | null;
  readonly approval_required: boolean;
  readonly auto_start: boolean;
  readonly waits: boolean;
  readonly hopeless: boolean;
  readonly reviewer_id: string | null;
  readonly review_status: ReviewStatus;
  readonly review_by: string | null;
  readonly submitted_by: string | null;
  readonly created_by: string | null;
  readonly version: number;
}

const columns = sql.fragment`
  id, workspace_id, mission_id, project_id, crew_id, assigned_agent_id, status, iteration, max_iterations, run_id,
  job_id, approval_required, auto_start, waits, hopeless, reviewer_id, review_status, review_by, submitted_by,
  created_by, version`;

/**
 * From here to its end the transaction alone moves tasks of no mission in its workspace, and their dependencies: of two
 * edges that would make a cycle together the later one is refused, and what holds a task up is counted once. Taken
 * after runs and before crews: LOCK-ORDER.md.
 */
export async function holdManagedTasks(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`managed-tasks:${workspaceId}`}, 0))`);
}

/** The task as it is, not locked. Null: there is none, or it is another workspace's. */
export async function findTaskRow(tx: Tx, id: string): Promise<ManagedTaskRow | null> {
  return tx.maybeOne<ManagedTaskRow>(sql`SELECT ${columns} FROM tasks WHERE id = ${id}`);
}

/** Tasks of no mission that match, locked in the order of their ids; all of them are held. */
export function lockTasks(tx: Tx, condition: Fragment): Promise<readonly ManagedTaskRow[]> {
  return tx.any<ManagedTaskRow>(sql`
    SELECT ${columns} FROM tasks WHERE mission_id IS NULL AND ${condition} ORDER BY id FOR UPDATE`);
}

/** Who asks, and by what role in the workspace. */
export interface TaskCaller {
  readonly workspaceId: string;
  readonly userId: string | null;
}

/** What somebody may do with a task. */
export interface TaskAccess {
  readonly isManager: boolean;
  /** OWNER or ADMIN. */
  readonly isAdmin: boolean;
  readonly isParticipant: boolean;
  /** In the task's project; null where it is of none. */
  readonly projectRole: ProjectRole | null;
  readonly isArchived: boolean;
}

/** Throws `not_found` for who may not see the project, `what` being what they asked for. */
export async function readTaskAccess(
  tx: Tx,
  caller: TaskCaller,
  projectId: string | null,
  what = 'task',
): Promise<TaskAccess> {
  const row = await tx.maybeOne<{ role: string; project_role: ProjectRole | null; archived: boolean }>(sql`
    SELECT m.role, crewship_project_role(${projectId}, m.user_id) AS project_role,
      EXISTS (SELECT 1 FROM projects p WHERE p.id = ${projectId} AND p.archived_at IS NOT NULL) AS archived
    FROM memberships m
    WHERE m.workspace_id = ${caller.workspaceId} AND m.user_id = ${caller.userId} AND m.disabled_at IS NULL`);
  if (row === null || (projectId !== null && row.project_role === null)) throw notFound(what);
  const isAdmin = row.role === 'OWNER' || row.role === 'ADMIN';
  return {
    isAdmin,
    isManager: isAdmin || row.role === 'MANAGER',
    isParticipant: row.role !== 'VIEWER',
    projectRole: row.project_role,
    isArchived: row.archived,
  };
}
