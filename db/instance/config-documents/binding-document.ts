import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** What binds an attempt: what the workspace says now, and what it said when the attempt began. */
export interface Binding<Body> {
  readonly now: Body | null;
  readonly at_start: Body | null;
}

function binding(kind: string, workspaceId: string, runId: string | null): Query {
  return sql`
    SELECT d.body AS now, CASE WHEN ${runId}::text IS NULL THEN d.body ELSE (
        SELECT v.body FROM runs r JOIN config_document_versions v ON v.workspace_id = r.workspace_id
          AND v.kind = d.kind AND v.key = d.key
          AND v.version = (r.config_versions #>> ARRAY[d.kind, 'version'])::integer
        WHERE r.id = ${runId}) END AS at_start
    FROM config_documents d WHERE d.workspace_id = ${workspaceId} AND d.kind = ${kind} AND d.key = ''`;
}

const NOTHING = { now: null, at_start: null };

/**
 * The document of a kind that has one key. Null where nothing was said; for a caller without a run, what is said now is
 * all that counts.
 */
export async function readBinding<Body>(
  reads: ReadPool,
  workspaceId: string,
  of: { readonly kind: string; readonly runId: string | null },
): Promise<Binding<Body>> {
  return (await reads.maybeOne<Binding<Body>>([workspaceId], binding(of.kind, workspaceId, of.runId))) ?? NOTHING;
}

/** The same, in a transaction. */
export async function readBindingIn<Body>(
  tx: Tx,
  workspaceId: string,
  of: { readonly kind: string; readonly runId: string | null },
): Promise<Binding<Body>> {
  return (await tx.maybeOne<Binding<Body>>(binding(of.kind, workspaceId, of.runId))) ?? NOTHING;
}
