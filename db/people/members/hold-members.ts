import type { Role } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** A member as commands judge them. */
export interface HeldMember {
  readonly id: string;
  readonly userId: string;
  readonly role: Role;
  readonly capabilities: readonly string[] | null;
  /** False: switched off in this workspace. */
  readonly isActive: boolean;
}

/**
 * Locks a workspace, so that its members and invitations stay as they are read from here on. Throws `not_found` when it
 * is deleted.
 */
export async function holdWorkspace(tx: Tx, workspaceId: string): Promise<{ readonly slug: string }> {
  const row = await tx.maybeOne<{ slug: string }>(sql`
    SELECT slug FROM workspaces WHERE id = ${workspaceId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (row === null) throw notFound('workspace');
  return row;
}

/**
 * Keeps members from leaving the transaction's workspaces until its end, for who gives them a role in something. Any
 * number may do so at once.
 */
export async function shareWorkspaces(tx: Tx): Promise<void> {
  const ids = sql.array([...tx.workspaceIds], 'text');
  await tx.any(sql`SELECT 1 FROM workspaces WHERE id = ANY (${ids}) ORDER BY id FOR SHARE`);
}

/** A member by user id or by the membership's own id. Throws `not_found`. */
export async function getMemberIn(tx: Tx, workspaceId: string, ref: string): Promise<HeldMember> {
  const row = await tx.maybeOne<HeldMember>(sql`
    SELECT id, user_id AS "userId", role, capabilities, disabled_at IS NULL AS "isActive" FROM memberships
    WHERE workspace_id = ${workspaceId} AND (user_id = ${ref} OR id = ${ref})`);
  if (row === null) throw notFound('member');
  return row;
}

/** Who asks, as they are now. Throws `not_found` for one who is no member any more, or switched off. */
export async function getCallerIn(tx: Tx, workspaceId: string, userId: string): Promise<HeldMember> {
  const caller = await getMemberIn(tx, workspaceId, userId);
  if (!caller.isActive) throw notFound('member');
  return caller;
}

/** How many OWNERs who can come in a workspace has besides this member. */
export async function countOtherOwners(tx: Tx, workspaceId: string, memberId: string): Promise<number> {
  const row = await tx.one<{ owners: number }>(sql`
    SELECT count(*) AS owners FROM memberships m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
    WHERE m.workspace_id = ${workspaceId} AND m.role = 'OWNER' AND m.id <> ${memberId} AND m.disabled_at IS NULL`);
  return row.owners;
}
