import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { getCallerIn, getMemberIn, type HeldMember } from '../../../db/people/members/hold-members.ts';
import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { refuseTarget } from '../../../domain/people/members/member-rules.ts';
import { forgetAttempts } from '../identity/login-attempts.ts';
import { revokeSessionsIn, revokeSessionsOf } from '../identity/session-commands.ts';
import { revokeTokensOf } from '../identity/token-commands.ts';
import { changeMemberRole, refuseLastOwner } from '../members/member-commands.ts';

/** Which person of which workspace, and who changes them. */
export interface UserRef {
  readonly workspaceId: string;
  readonly callerId: string;
  readonly userId: string;
}

/** What is undefined stays. */
export interface UserChange {
  /** Of the membership. */
  readonly role?: Role | undefined;
  readonly isActive?: boolean | undefined;
  /** Of the account, where the workspace is its home. */
  readonly isDisabled?: boolean | undefined;
  readonly fullName?: string | undefined;
  /** Lower case. */
  readonly username?: string | undefined;
}

interface Account {
  readonly username: string;
  readonly full_name: string;
  readonly is_disabled: boolean;
  readonly is_operator: boolean;
  readonly is_at_home: boolean;
}

/** A member and who asks, as they are now, with the workspace locked; and the member's account. */
interface Held {
  readonly caller: HeldMember;
  readonly target: HeldMember;
  readonly account: Account;
}

/**
 * Changes a member's place in the workspace, and their account where the workspace is its home. Throws `not_found`;
 * `forbidden` for somebody who is not below the caller, with the reason `identity_not_managed_here` where the account
 * is another workspace's; `conflict` with the reason `last_owner` or `username_taken`. A system transaction.
 */
export async function changeUser(tx: Tx, ref: UserRef, change: UserChange, actor: Actor): Promise<void> {
  const held = await hold(tx, ref, change.isDisabled === true);
  const { target, account } = held;
  const changed: string[] = [];
  if (change.role !== undefined && change.role !== target.role) {
    await changeMemberRole(tx, { ...ref, member: ref.userId, role: change.role }, actor);
    changed.push('role');
  }
  if (change.isActive !== undefined && change.isActive !== target.isActive) {
    const now = { ...target, role: change.role ?? target.role };
    await (change.isActive ? activate(tx, target) : deactivate(tx, ref, now, actor));
    changed.push('is_active');
  }
  const { fullName, username, isDisabled } = change;
  if (fullName !== undefined || username !== undefined || isDisabled !== undefined) refuseAway(account);
  if (fullName !== undefined && fullName !== account.full_name) {
    await tx.execute(sql`UPDATE users SET full_name = ${fullName}, updated_at = now() WHERE id = ${ref.userId}`);
    changed.push('full_name');
  }
  if (username !== undefined && username !== account.username) {
    await rename(tx, ref.userId, username);
    changed.push('username');
  }
  if (isDisabled !== undefined && isDisabled !== account.is_disabled) {
    await (isDisabled ? disable(tx, ref, account, actor) : enable(tx, ref.userId));
    changed.push('is_disabled');
  }
  if (changed.length === 0) return;
  tx.journal({
    ...frame(ref, actor),
    type: 'user.updated',
    summary: `user changed: ${changed.join(', ')}`,
    payload: { changed_fields: changed },
  });
  accessChanged(tx, ref.userId, ref.workspaceId);
}

/**
 * Lets somebody try to sign in again whose name is closed after failed attempts: from everywhere, also if it was not
 * closed. Throws as {@link changeUser} does. A system transaction.
 */
export async function unlockUser(
  tx: Tx,
  ref: UserRef,
  unlock: { readonly nameDigest: Buffer; readonly reason: string | null },
  actor: Actor,
): Promise<void> {
  const { account } = await hold(tx, ref, false);
  refuseAway(account);
  await forgetAttempts(tx, unlock.nameDigest);
  tx.journal({
    ...frame(ref, actor),
    type: 'user.unlocked',
    summary: 'failed attempts to sign in forgotten',
    payload: { reason: unlock.reason },
  });
}

async function hold(tx: Tx, ref: UserRef, andTheirOwn: boolean): Promise<Held> {
  const { workspaceId, userId } = ref;
  // Of an account that is switched off, every workspace that would be left without an OWNER, in the order of ids.
  const theirs = andTheirOwn
    ? await tx.any<{ id: string }>(sql`
        SELECT workspace_id AS id FROM memberships WHERE user_id = ${userId} AND role = 'OWNER'`)
    : [];
  const ids = [...new Set([workspaceId, ...theirs.map(({ id }) => id)])];
  const locked = await tx.any<{ id: string }>(sql`
    SELECT id FROM workspaces WHERE id = ANY (${sql.array(ids, 'text')}) AND deleted_at IS NULL
    ORDER BY id FOR NO KEY UPDATE`);
  if (!locked.some(({ id }) => id === workspaceId)) throw notFound('workspace');
  const caller = await getCallerIn(tx, workspaceId, ref.callerId);
  const target = await getMemberIn(tx, workspaceId, userId).catch((error: unknown) => {
    throw error instanceof CrewshipError && error.code === 'not_found' ? notFound('user') : error;
  });
  // A membership's id is none of a person.
  if (target.userId !== userId) throw notFound('user');
  refuseTarget(caller, target);
  const account = await tx.one<Account>(sql`
    SELECT username, full_name, disabled_at IS NOT NULL AS is_disabled, is_instance_operator AS is_operator,
      home_workspace_id IS NOT DISTINCT FROM ${workspaceId}::text AS is_at_home
    FROM users WHERE id = ${userId} FOR NO KEY UPDATE`);
  return { caller, target, account };
}

/** An account is changed where it is at home, and in no other workspace that its person came to. */
function refuseAway(account: Account): void {
  if (account.is_at_home) return;
  throw new CrewshipError('forbidden', 'this account belongs to another workspace, which alone changes it', {
    extensions: { reason: 'identity_not_managed_here' },
  });
}

function refuseSelf(ref: UserRef): void {
  if (ref.userId === ref.callerId) throw new CrewshipError('forbidden', 'nobody switches themselves off');
}

async function activate(tx: Tx, target: HeldMember): Promise<void> {
  await tx.execute(sql`UPDATE memberships SET disabled_at = NULL, updated_at = now() WHERE id = ${target.id}`);
}

/** Switches a member off in the workspace: what of theirs works there ends, and does not come back with them. */
async function deactivate(tx: Tx, ref: UserRef, target: HeldMember, actor: Actor): Promise<void> {
  const { workspaceId, userId } = ref;
  refuseSelf(ref);
  await refuseLastOwner(tx, workspaceId, target);
  await tx.execute(sql`UPDATE memberships SET disabled_at = now(), updated_at = now() WHERE id = ${target.id}`);
  await revokeTokensOf(tx, { userId, workspaceId }, actor);
  await revokeSessionsIn(tx, { userId, workspaceId, reason: 'deactivated' }, actor);
}

async function rename(tx: Tx, userId: string, username: string): Promise<void> {
  try {
    await tx.execute(sql`UPDATE users SET username = ${username}, updated_at = now() WHERE id = ${userId}`);
  } catch (error) {
    if (!isUniqueViolation(error, 'users_username_key')) throw error;
    throw new CrewshipError('conflict', 'this username is taken', {
      extensions: { reason: 'username_taken' },
      cause: error,
    });
  }
}

/** Switches an account off everywhere: every session, key, token, link and code of the person ends with it. */
async function disable(tx: Tx, ref: UserRef, account: Account, actor: Actor): Promise<void> {
  const { userId } = ref;
  refuseSelf(ref);
  if (account.is_operator) {
    throw new CrewshipError('forbidden', 'the operator of the instance is not switched off by a workspace');
  }
  await refuseOnlyOwner(tx, userId);
  await tx.execute(sql`UPDATE users SET disabled_at = now(), updated_at = now() WHERE id = ${userId}`);
  await tx.execute(sql`DELETE FROM one_time_tokens WHERE user_id = ${userId}`);
  await tx.execute(sql`DELETE FROM pairing_codes WHERE user_id = ${userId} AND consumed_at IS NULL`);
  await revokeTokensOf(tx, { userId, workspaceId: null }, actor);
  await revokeSessionsOf(tx, { userId, exceptId: null, reason: 'disabled' }, actor);
}

/** Whom other members of a workspace have as their only OWNER stays; one's own workspace alone keeps nobody. */
async function refuseOnlyOwner(tx: Tx, userId: string): Promise<void> {
  const stranded = await tx.maybeOne(sql`
    SELECT 1 FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
    WHERE m.user_id = ${userId} AND m.role = 'OWNER' AND m.disabled_at IS NULL
      AND EXISTS (SELECT 1 FROM memberships o WHERE o.workspace_id = w.id AND o.user_id <> m.user_id)
      AND NOT EXISTS (
        SELECT 1 FROM memberships o JOIN users u ON u.id = o.user_id AND u.disabled_at IS NULL
        WHERE o.workspace_id = w.id AND o.user_id <> m.user_id AND o.role = 'OWNER' AND o.disabled_at IS NULL)
    LIMIT 1`);
  if (stranded === null) return;
  throw new CrewshipError('conflict', 'others have this person as their last OWNER', {
    extensions: { reason: 'last_owner' },
  });
}

async function enable(tx: Tx, userId: string): Promise<void> {
  await tx.execute(sql`UPDATE users SET disabled_at = NULL, updated_at = now() WHERE id = ${userId}`);
}

function frame(ref: UserRef, actor: Actor) {
  const { workspaceId, userId } = ref;
  return { severity: 'notice', actor, workspaceId, targetType: 'user', targetId: userId } as const;
}
