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

/** A member by user id or by the membership's own id. Throws `not_found`. */
export async function getMemberIn(tx: Tx, workspaceId: string, ref: string): Promise<HeldMember> {
  const row = await tx.maybeOne<HeldMember>(sql`
    SELECT id, user_id AS "userId", role, capabilities FROM memberships
    WHERE workspace_id = ${workspaceId} AND (user_id = ${ref} OR id = ${ref})`);
  if (row === null) throw notFound('member');
  return row;
}

/** How many OWNERs a workspace has besides this member. */
export async function countOtherOwners(tx: Tx, workspaceId: string, memberId: string): Promise<number> {
  const row = await tx.one<{ owners: number }>(sql`
    SELECT count(*) AS owners FROM memberships
    WHERE workspace_id = ${workspaceId} AND role = 'OWNER' AND id <> ${memberId}`);
  return row.owners;
}
