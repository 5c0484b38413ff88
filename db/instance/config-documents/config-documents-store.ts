import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/**
 * Where a document or a setting is the instance's: what counts where a workspace has none. Rows of the system login.
 */
export const INSTANCE = 'instance';

export interface DocumentRef {
  readonly workspaceId: string;
  readonly kind: string;
  /** Which of its kind; '' where there is one. */
  readonly key: string;
}

export interface ConfigDocument {
  readonly version: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly updatedAt: string;
}

/** The version that counts; null where there is none. Of the instance's by the reads of the system login. */
export function readDocument(reads: ReadPool, { workspaceId, kind, key }: DocumentRef): Promise<ConfigDocument | null> {
  return reads.maybeOne<ConfigDocument>(
    [workspaceId],
    sql`SELECT version, body, updated_at AS "updatedAt" FROM config_documents
      WHERE workspace_id = ${workspaceId} AND kind = ${kind} AND key = ${key}`,
  );
}

/** A version that once counted, or does; null for one that never was. */
export function readDocumentVersion(
  reads: ReadPool,
  { workspaceId, kind, key }: DocumentRef,
  version: number,
): Promise<ConfigDocument | null> {
  return reads.maybeOne<ConfigDocument>(
    [workspaceId],
    sql`SELECT version, body, created_at AS "updatedAt" FROM config_document_versions
      WHERE workspace_id = ${workspaceId} AND kind = ${kind} AND key = ${key} AND version = ${version}`,
  );
}

/** Who wrote which version when, the newest first, without their bodies. */
export function listDocumentVersions(
  reads: ReadPool,
  { workspaceId, kind, key }: DocumentRef,
  limit: number,
): Promise<readonly { readonly version: number; readonly createdAt: string; readonly createdBy: string | null }[]> {
  return reads.any(
    [workspaceId],
    sql`SELECT version, created_at AS "createdAt", created_by AS "createdBy" FROM config_document_versions
      WHERE workspace_id = ${workspaceId} AND kind = ${kind} AND key = ${key}
      ORDER BY version DESC ${sql.limit(limit)}`,
  );
}

/** Both that may count in a workspace: its own goes before the instance's. */
export async function readEffectiveDocument(
  db: { readonly reads: ReadPool; readonly systemReads: ReadPool },
  ref: DocumentRef,
): Promise<(ConfigDocument & { readonly source: 'workspace' | 'instance' }) | null> {
  const own = await readDocument(db.reads, ref);
  if (own !== null) return { ...own, source: 'workspace' };
  const shared = await readDocument(db.systemReads, { ...ref, workspaceId: INSTANCE });
  return shared === null ? null : { ...shared, source: 'instance' };
}
