import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { ProjectRole } from '../../../domain/work/projects/project.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { LeavingMember } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { roleChanged } from './project-member-commands.ts';

interface Orphan {
  readonly id: string;
  readonly workspace_id: string;
  /** Who gets it, and what they are in it so far. */
  readonly heir_id: string;
  readonly heir_role: ProjectRole | null;
}

/**
 * Projects whose last owner leaves the workspace get its OWNER who was there longest: nobody's leaving waits for what
 * they own, and no project is without an owner. Projects of theirs are locked in the order of their ids, and nobody
 * becomes a member of one meanwhile, as the workspace is held.
 */
export async function handOverProjects(tx: Tx, { workspaceId, userId }: LeavingMember, actor: Actor): Promise<void> {
  const theirs = await tx.any<{ id: string }>(sql`
    SELECT id FROM projects WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL AND id IN (
      SELECT project_id FROM project_members WHERE user_id = ${userId} AND workspace_id = ${workspaceId})
    ORDER BY id FOR NO KEY UPDATE`);
  if (theirs.length === 0) return;
  const ids = theirs.map(({ id }) => id);
  const orphans = await tx.any<Orphan>(sql`
    SELECT p.id, p.workspace_id, heir.id AS heir_id, (
      SELECT m.role FROM project_members m WHERE m.project_id = p.id AND m.user_id = heir.id) AS heir_role
    FROM projects p CROSS JOIN (
      SELECT w.user_id AS id FROM memberships w JOIN users u ON u.id = w.user_id AND u.disabled_at IS NULL
      WHERE w.workspace_id = ${workspaceId} AND w.role = 'OWNER' AND w.user_id <> ${userId} AND w.disabled_at IS NULL
      ORDER BY w.created_at, w.user_id LIMIT 1) heir
    WHERE p.id = ANY (${sql.array(ids, 'text')}) AND ARRAY[${userId}] = ARRAY(
      SELECT m.user_id FROM project_members m WHERE m.project_id = p.id AND m.role = 'owner')
    ORDER BY p.id`);
  if (orphans.length === 0) return;
  await tx.execute(sql`
    INSERT INTO project_members AS m (workspace_id, project_id, user_id, role, added_by)
    SELECT ${workspaceId}, orphan, ${orphans[0]!.heir_id}, 'owner', ${actor.id}
    FROM unnest(${sql.array(
      orphans.map(({ id }) => id),
      'text',
    )}) AS orphan
    ON CONFLICT (project_id, user_id) DO UPDATE SET role = 'owner', updated_at = now()`);
  for (const project of orphans) {
    roleChanged(tx, project, { userId: project.heir_id, from: project.heir_role, to: 'owner' }, actor);
  }
}
