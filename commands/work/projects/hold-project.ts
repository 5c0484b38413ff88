import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { type Project, type ProjectRole, refuseBelow } from '../../../domain/work/projects/project.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getProjectIn, lockProject } from '../../../db/work/projects/projects-store.ts';

/** Which project, and who asks. */
export interface ProjectCall {
  readonly projectId: string;
  readonly userId: string;
}

/**
 * Locks a project and reads it as the caller sees it now: a role that was lost a moment ago counts for nothing. A first
 * entry into a private project of somebody who is no member of it is recorded. Throws `not_found`, `forbidden`.
 */
export async function holdProject(
  tx: Tx,
  { projectId, userId }: ProjectCall,
  needed: ProjectRole,
  actor: Actor,
): Promise<Project> {
  await lockProject(tx, projectId);
  const project = await getProjectIn(tx, userId, projectId);
  refuseBelow(project.my_role, needed);
  if (!project.awaits_entry) return project;
  await tx.execute(sql`
    INSERT INTO project_visits (workspace_id, project_id, user_id)
    VALUES (${project.workspace_id}, ${projectId}, ${userId})`);
  tx.journal({
    ...projectFrame(project, actor),
    severity: 'notice',
    type: 'project.entered',
    summary: 'private project entered by a role in the workspace',
  });
  return getProjectIn(tx, userId, projectId);
}

/** Whose entry it is, without its words. */
export function projectFrame(project: Pick<Project, 'id' | 'workspace_id'>, actor: Actor) {
  return { actor, workspaceId: project.workspace_id, targetType: 'project', targetId: project.id };
}
