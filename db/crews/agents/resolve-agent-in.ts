import { pickReference } from '../../kernel/references.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

export interface FoundAgent {
  readonly id: string;
  readonly slug: string;
  readonly crew_id: string | null;
}

/**
 * The agent that `ref` names, as the transaction sees it: exact id, then slug, then name in any case. Throws
 * `not_found`, `ambiguous_reference`.
 */
export async function resolveAgentIn(tx: Tx, workspaceId: string, ref: string): Promise<FoundAgent> {
  const rows = await tx.any<FoundAgent>(sql`
    SELECT id, slug, crew_id FROM agents WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL
      AND (id = ${ref} OR slug = ${ref} OR lower(name) = lower(${ref}))
    ORDER BY (id = ${ref}) DESC, (slug = ${ref}) DESC, id LIMIT 3`);
  return pickReference('agent', ref, rows);
}
