import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Whether somebody has begun: they said so, or a workspace of theirs has an agent. */
const hasBegun = (userId: string): Fragment => sql.fragment`(
  EXISTS (SELECT 1 FROM users u WHERE u.id = ${userId} AND u.onboarded_at IS NOT NULL)
  OR EXISTS (
    SELECT 1 FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
    JOIN agents a ON a.workspace_id = w.id AND a.deleted_at IS NULL WHERE m.user_id = ${userId}))`;

export async function hasOnboarded(systemReads: ReadPool, userId: string): Promise<boolean> {
  const row = await systemReads.maybeOne<{ completed: boolean }>([], sql`SELECT ${hasBegun(userId)} AS completed`);
  return row?.completed === true;
}

/** The same of a person whose row is held. */
export async function hasOnboardedIn(tx: Tx, userId: string): Promise<boolean> {
  return (await tx.one<{ completed: boolean }>(sql`SELECT ${hasBegun(userId)} AS completed`)).completed;
}

/** Somebody who begins, and the workspace they would begin in: their home or the oldest that they own. */
export interface Beginner {
  readonly full_name: string;
  readonly workspace_id: string | null;
}

/** Holds the person's row, so that of several who begin as them one does. */
export async function holdBeginner(tx: Tx, userId: string): Promise<Beginner> {
  await tx.one(sql`SELECT 1 FROM users WHERE id = ${userId} FOR NO KEY UPDATE`);
  return tx.one<Beginner>(sql`
    SELECT u.full_name, (
      SELECT m.workspace_id FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
      WHERE m.user_id = u.id AND m.role = 'OWNER' AND m.disabled_at IS NULL
      ORDER BY (w.id = u.home_workspace_id) DESC NULLS LAST, m.created_at, m.id LIMIT 1) AS workspace_id
    FROM users u WHERE u.id = ${userId}`);
}
