import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const policyOf = (workspaceId: string): Query =>
  sql`SELECT enabled FROM credential_reveal_policies WHERE workspace_id = ${workspaceId}`;

/** Whether people of the workspace may be shown values; not unless somebody said so. */
export async function mayReveal(tx: Tx, workspaceId: string): Promise<boolean> {
  return (await tx.maybeOne<{ enabled: boolean }>(policyOf(workspaceId)))?.enabled ?? false;
}

/** The same, outside a transaction. */
export async function readRevealPolicy(reads: ReadPool, workspaceId: string): Promise<boolean> {
  return (await reads.maybeOne<{ enabled: boolean }>([workspaceId], policyOf(workspaceId)))?.enabled ?? false;
}
