import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A content that is stored in full. */
export interface Blob {
  readonly id: string;
  readonly workspaceId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Of what belongs to no workspace: read and written by the system login. */
export const INSTANCE_BLOBS = 'instance';

/** The row that needs a blob. */
export interface BlobOwner {
  /** What it is: `avatar`, `document`. */
  readonly kind: string;
  readonly id: string;
}

/** Null for one that is missing, foreign, or not stored in full. */
export async function findBlob(
  reads: ReadPool,
  { workspaceId, blobId }: { readonly workspaceId: string; readonly blobId: string },
): Promise<Blob | null> {
  return reads.maybeOne<Blob>(
    [workspaceId],
    sql`SELECT id, workspace_id AS "workspaceId", sha256, size_bytes AS "sizeBytes" FROM blobs
      WHERE id = ${blobId} AND workspace_id = ${workspaceId} AND state = 'stored'`,
  );
}

/** What a row needs; null when it needs nothing. */
export async function findBlobOf(
  reads: ReadPool,
  { workspaceId, owner }: { readonly workspaceId: string; readonly owner: BlobOwner },
): Promise<Blob | null> {
  return reads.maybeOne<Blob>(
    [workspaceId],
    sql`SELECT b.id, b.workspace_id AS "workspaceId", b.sha256, b.size_bytes AS "sizeBytes"
      FROM blob_references r JOIN blobs b ON b.id = r.blob_id
      WHERE r.workspace_id = ${workspaceId} AND r.owner_kind = ${owner.kind} AND r.owner_id = ${owner.id}
        AND b.state = 'stored'
      ORDER BY r.created_at DESC LIMIT 1`,
  );
}

export async function readStoredBytes(reads: ReadPool, workspaceId: string): Promise<number> {
  const row = await reads.maybeOne<{ bytes: number }>(
    [workspaceId],
    sql`SELECT stored_bytes AS bytes FROM blob_usage WHERE workspace_id = ${workspaceId}`,
  );
  return row?.bytes ?? 0;
}
