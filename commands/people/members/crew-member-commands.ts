import { type Actor, isAbove, type Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { holdWorkspace } from '../../../db/people/members/hold-members.ts';

/** Where, and with which role in the crew the caller acts. */
export interface CrewMemberChange {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly callerRole: Role;
}

function refuseAbove(caller: Role, role: Role | null): void {
  if (role !== null && isAbove(role, caller)) {
    throw new CrewshipError('forbidden', `the role ${caller} gives no role above it`);
  }
}

/** Puts a member of the workspace into a crew. Throws `invalid_request` for others, `conflict` for one who is in it. */
export async function addCrewMember(
  tx: Tx,
  change: CrewMemberChange & { readonly userId: string; readonly role: Role | null },
  actor: Actor,
): Promise<string> {
  refuseAbove(change.callerRole, change.role);
  await holdWorkspace(tx, change.workspaceId);
  const crew = await tx.maybeOne(sql`SELECT 1 FROM crews WHERE id = ${change.crewId} AND deleted_at IS NULL FOR SHARE`);
  if (crew === null) throw notFound('crew');
  const member = await tx.maybeOne(sql`
    SELECT 1 FROM memberships WHERE workspace_id = ${change.workspaceId} AND user_id = ${change.userId}`);
  if (member === null) throw invalidField('user_id', 'names no member of this workspace');
  const id = newId();
  try {
    await tx.execute(sql`
      INSERT INTO crew_members (id, workspace_id, crew_id, user_id, role, added_by)
      VALUES (${id}, ${change.workspaceId}, ${change.crewId}, ${change.userId}, ${change.role},
        ${actor.type === 'user' ? actor.id : null})`);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new CrewshipError('conflict', 'this person is in the crew already', { cause: error });
  }
  tx.journal({
    ...frame(change, change.userId, actor),
    type: 'crew_member.added',
    summary: 'member added to the crew',
    payload: { role: change.role },
  });
  accessChanged(tx, change.userId, change.workspaceId);
  return id;
}

/** Changes a member's role in a crew; null leaves the one they have in the workspace. */
export async function changeCrewMember(
  tx: Tx,
  change: CrewMemberChange & { readonly memberId: string; readonly role: Role | null },
  actor: Actor,
): Promise<void> {
  refuseAbove(change.callerRole, change.role);
  const current = await holdCrewMember(tx, change);
  refuseAbove(change.callerRole, current.role);
  await tx.execute(sql`UPDATE crew_members SET role = ${change.role}, updated_at = now() WHERE id = ${current.id}`);
  tx.journal({
    ...frame(change, current.user_id, actor),
    type: 'crew_member.role_change',
    summary: `role in the crew ${current.role ?? 'none'} → ${change.role ?? 'none'}`,
    payload: { from: current.role, to: change.role },
  });
  accessChanged(tx, current.user_id, change.workspaceId);
}

/** Takes a member out of a crew. */
export async function removeCrewMember(
  tx: Tx,
  change: CrewMemberChange & { readonly memberId: string },
  actor: Actor,
): Promise<void> {
  const current = await holdCrewMember(tx, change);
  refuseAbove(change.callerRole, current.role);
  await tx.execute(sql`DELETE FROM crew_members WHERE id = ${current.id}`);
  tx.journal({
    ...frame(change, current.user_id, actor),
    type: 'crew_member.removed',
    summary: 'member taken out of the crew',
    payload: { role: current.role },
  });
  accessChanged(tx, current.user_id, change.workspaceId);
}

async function holdCrewMember(tx: Tx, change: CrewMemberChange & { readonly memberId: string }) {
  await holdWorkspace(tx, change.workspaceId);
  const row = await tx.maybeOne<{ id: string; user_id: string; role: Role | null }>(sql`
    SELECT id, user_id, role FROM crew_members
    WHERE crew_id = ${change.crewId} AND (id = ${change.memberId} OR user_id = ${change.memberId})`);
  if (row === null) throw notFound('member');
  return row;
}

function frame(change: CrewMemberChange, userId: string, actor: Actor) {
  const { workspaceId, crewId } = change;
  return { severity: 'notice', actor, workspaceId, crewId, targetType: 'member', targetId: userId } as const;
}
