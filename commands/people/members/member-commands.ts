import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import {
  capabilitiesOf,
  type Capability,
  type CapabilityChange,
  changedCapabilities,
} from '../../../domain/kernel/access/capability.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { refuseGrant, refuseTarget } from '../../../domain/people/members/member-rules.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import {
  countOtherOwners,
  getCallerIn,
  getMemberIn,
  type HeldMember,
  holdWorkspace,
} from '../../../db/people/members/hold-members.ts';
import { insertMembership } from './insert-membership.ts';

/** Which member of which workspace, and who changes it. */
export interface MemberChange {
  readonly workspaceId: string;
  readonly callerId: string;
  /** A user's id or a membership's. */
  readonly member: string;
}

/** Locks the workspace and reads who asks as they are now: a role that was lost a moment ago counts for nothing. */
async function hold(tx: Tx, change: Omit<MemberChange, 'member'>): Promise<HeldMember> {
  await holdWorkspace(tx, change.workspaceId);
  return getCallerIn(tx, change.workspaceId, change.callerId);
}

/** A workspace keeps an OWNER who can come in. */
export async function refuseLastOwner(tx: Tx, workspaceId: string, member: HeldMember): Promise<void> {
  if (member.role !== 'OWNER' || (await countOtherOwners(tx, workspaceId, member.id)) > 0) return;
  throw new CrewshipError('conflict', 'the last OWNER stays: transfer the ownership first', {
    extensions: { reason: 'last_owner' },
  });
}

/** Makes an existing person a member. Throws what {@link insertMembership} does, and `forbidden`. */
export async function addMember(
  tx: Tx,
  change: { readonly workspaceId: string; readonly callerId: string; readonly userId: string; readonly role: Role },
  actor: Actor,
): Promise<string> {
  const caller = await hold(tx, change);
  refuseGrant(caller.role, change.role);
  return insertMembership(tx, { ...change, by: 'member' }, actor);
}

/** Ends a membership, and with it the person's roles in crews and projects. The last OWNER stays: `conflict`. */
export async function removeMember(tx: Tx, change: MemberChange, actor: Actor): Promise<HeldMember> {
  const caller = await hold(tx, change);
  const target = await getMemberIn(tx, change.workspaceId, change.member);
  refuseTarget(caller, target);
  await refuseLastOwner(tx, change.workspaceId, target);
  await tx.effects.memberLeaving(tx, { workspaceId: change.workspaceId, userId: target.userId }, actor);
  await tx.execute(sql`DELETE FROM memberships WHERE id = ${target.id}`);
  tx.journal({
    ...frame(change, target, actor),
    type: 'member.removed',
    summary: `member removed, was ${target.role}`,
    payload: { role: target.role },
  });
  accessChanged(tx, target.userId, change.workspaceId);
  return target;
}

/** Gives a member another role, and takes what capabilities were set for them: those of the new role follow from it. */
export async function changeMemberRole(
  tx: Tx,
  change: MemberChange & { readonly role: Role },
  actor: Actor,
): Promise<HeldMember> {
  const caller = await hold(tx, change);
  const target = await getMemberIn(tx, change.workspaceId, change.member);
  refuseTarget(caller, target);
  if (target.role === change.role) return target;
  refuseGrant(caller.role, change.role);
  await refuseLastOwner(tx, change.workspaceId, target);
  await setRole(tx, change, target, change.role, actor);
  return { ...target, role: change.role };
}

/** Makes another member OWNER; who was it becomes ADMIN. */
export async function transferOwnership(tx: Tx, change: MemberChange, actor: Actor): Promise<HeldMember> {
  const caller = await hold(tx, change);
  if (caller.role !== 'OWNER') throw new CrewshipError('forbidden', 'only an OWNER transfers the ownership');
  const target = await getMemberIn(tx, change.workspaceId, change.member);
  if (target.role === 'OWNER') throw new CrewshipError('conflict', 'this member is an OWNER already');
  if (!target.isActive) throw new CrewshipError('conflict', 'this member is switched off in the workspace');
  await setRole(tx, change, target, 'OWNER', actor);
  await setRole(tx, change, caller, 'ADMIN', actor);
  tx.journal({
    ...frame(change, target, actor),
    type: 'member.ownership_transferred',
    summary: 'ownership transferred',
    payload: { from_user_id: caller.userId, to_user_id: target.userId },
  });
  return target;
}

/** Changes what a member may do besides their role. Nobody changes their own, and nobody an OWNER’s. */
export async function changeCapabilities(
  tx: Tx,
  change: MemberChange & { readonly capabilities: CapabilityChange },
  actor: Actor,
): Promise<{ readonly userId: string; readonly role: Role; readonly capabilities: readonly Capability[] }> {
  const caller = await hold(tx, change);
  const target = await getMemberIn(tx, change.workspaceId, change.member);
  if (target.userId === caller.userId) throw new CrewshipError('forbidden', 'nobody changes their own capabilities');
  if (target.role === 'OWNER') throw new CrewshipError('forbidden', 'an OWNER’s capabilities are not changed');
  refuseTarget(caller, target);
  const capabilities = changedCapabilities(capabilitiesOf(target.role, target.capabilities), change.capabilities);
  await tx.execute(sql`
    UPDATE memberships SET capabilities = ${sql.array(capabilities, 'text')}, updated_at = now()
      WHERE id = ${target.id}`);
  tx.journal({
    ...frame(change, target, actor),
    type: 'member.capabilities_changed',
    summary: 'capabilities changed',
    payload: { capabilities },
  });
  accessChanged(tx, target.userId, change.workspaceId);
  return { userId: target.userId, role: target.role, capabilities };
}

async function setRole(tx: Tx, { workspaceId }: MemberChange, target: HeldMember, role: Role, actor: Actor) {
  await tx.execute(sql`
    UPDATE memberships SET role = ${role}, capabilities = NULL, updated_at = now() WHERE id = ${target.id}`);
  tx.journal({
    ...frame({ workspaceId }, target, actor),
    type: 'member.role_change',
    summary: `role ${target.role} → ${role}`,
    payload: { from: target.role, to: role },
  });
  accessChanged(tx, target.userId, workspaceId);
}

function frame({ workspaceId }: { readonly workspaceId: string }, target: HeldMember, actor: Actor) {
  return { severity: 'notice', actor, workspaceId, targetType: 'member', targetId: target.userId } as const;
}
