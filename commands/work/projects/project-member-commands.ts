import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  type Project,
  type ProjectMember,
  type ProjectRole,
  refuseArchived,
  refuseBelow,
} from '../../../domain/work/projects/project.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { shareWorkspaces } from '../../../db/people/members/hold-members.ts';
import { countOtherProjectOwners, findProjectMemberIn } from '../../../db/work/projects/project-members-store.ts';
import { holdProject, type ProjectCall, projectFrame } from './hold-project.ts';

/** Which member of a project. */
export interface ProjectMemberCall extends ProjectCall {
  readonly memberUserId: string;
}

/**
 * Gives a member of the workspace a role in the project, as one of its owners may. Throws `not_found`, `forbidden`,
 * `wrong_state` in the archive, `conflict` where the last owner would go.
 */
export async function setProjectMember(
  tx: Tx,
  change: ProjectMemberCall & { readonly role: ProjectRole },
  actor: Actor,
): Promise<{ readonly member: ProjectMember; readonly isAdded: boolean }> {
  await shareWorkspaces(tx);
  const project = await holdProject(tx, change, 'owner', actor);
  refuseArchived(project);
  return writeProjectRole(tx, project, change, actor);
}

/** The same in a project that is held by somebody who may. */
export async function writeProjectRole(
  tx: Tx,
  project: Pick<Project, 'id' | 'workspace_id'>,
  change: { readonly userId: string; readonly memberUserId: string; readonly role: ProjectRole },
  actor: Actor,
): Promise<{ readonly member: ProjectMember; readonly isAdded: boolean }> {
  const { memberUserId, role } = change;
  const before = await findProjectMemberIn(tx, project.id, memberUserId);
  if (before?.role === role) return { member: before, isAdded: false };
  if (before !== null) await refuseLastOwner(tx, project.id, before);
  const written = await tx.maybeOne(sql`
    INSERT INTO project_members AS m (workspace_id, project_id, user_id, role, added_by)
    SELECT w.workspace_id, ${project.id}, w.user_id, ${role}, ${change.userId} FROM memberships w
    WHERE w.workspace_id = ${project.workspace_id} AND w.user_id = ${memberUserId}
    ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role, updated_at = now() RETURNING user_id`);
  if (written === null) throw notFound('member');
  roleChanged(tx, project, { userId: memberUserId, from: before?.role ?? null, to: role }, actor);
  const member = await findProjectMemberIn(tx, project.id, memberUserId);
  return { member: member!, isAdded: before === null };
}

/**
 * Takes somebody out of a project: an owner anybody, others themselves; also in the archive. The last owner stays:
 * `conflict`. Throws `not_found`, `forbidden`.
 */
export async function removeProjectMember(tx: Tx, change: ProjectMemberCall, actor: Actor): Promise<void> {
  const project = await holdProject(tx, change, 'viewer', actor);
  if (change.memberUserId !== change.userId) refuseBelow(project.my_role, 'owner');
  const member = await findProjectMemberIn(tx, project.id, change.memberUserId);
  if (member === null) throw notFound('member');
  await refuseLastOwner(tx, project.id, member);
  await tx.execute(sql`
    DELETE FROM project_members WHERE project_id = ${project.id} AND user_id = ${member.user_id}`);
  roleChanged(tx, project, { userId: member.user_id, from: member.role, to: null }, actor);
}

async function refuseLastOwner(tx: Tx, projectId: string, member: ProjectMember): Promise<void> {
  if (member.role !== 'owner' || (await countOtherProjectOwners(tx, projectId, member.user_id)) > 0) return;
  throw new CrewshipError('conflict', 'the last owner of a project stays: give the role to somebody else first', {
    extensions: { reason: 'last_owner' },
  });
}

/** Says that somebody's role in a project is another, and lets it count. */
export function roleChanged(
  tx: Tx,
  project: Pick<Project, 'id' | 'workspace_id'>,
  change: { readonly userId: string; readonly from: ProjectRole | null; readonly to: ProjectRole | null },
  actor: Actor,
): void {
  const { userId, from, to } = change;
  tx.journal({
    ...projectFrame(project, actor),
    severity: 'notice',
    type: 'project.member_changed',
    summary: `role in the project ${from ?? 'none'} → ${to ?? 'none'}`,
    payload: { user_id: userId, from, to },
  });
  accessChanged(tx, userId, project.workspace_id);
}
