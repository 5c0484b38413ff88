import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Blob, BlobOwner } from '../../../db/instance/blobs/blobs-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { storageFull, type WrittenBlob } from './write-blob.ts';

/**
 * Makes what was written a blob that a row needs, in the transaction that writes that row. Where the workspace has the
 * same content already, that is the blob, and the second one's bytes are collected. Locks the workspace's usage, then
 * blobs: after the owner's rows. Throws `storage_full`, and `unavailable` for a write that was given up meanwhile.
 */
export async function keepBlob(tx: Tx, written: WrittenBlob, owner: BlobOwner): Promise<Blob> {
  const { workspaceId, sha256, sizeBytes, quotaBytes } = written;
  // Of two that keep the same content, the second one waits here and finds the first one's.
  const usedBytes = await holdUsage(tx, workspaceId);
  const same = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM blobs WHERE workspace_id = ${workspaceId} AND sha256 = ${sha256} AND state = 'stored' FOR UPDATE`);
  if (same !== null) {
    await tx.execute(sql`UPDATE blobs SET state = 'removing' WHERE id = ${written.id} AND state = 'writing'`);
    await refer(tx, workspaceId, same.id, owner);
    return { id: same.id, workspaceId, sha256, sizeBytes };
  }
  if (usedBytes + sizeBytes > quotaBytes) throw storageFull(usedBytes, quotaBytes);
  const stored = await tx.execute(sql`
    UPDATE blobs SET state = 'stored', sha256 = ${sha256}, size_bytes = ${sizeBytes}
    WHERE id = ${written.id} AND workspace_id = ${workspaceId} AND state = 'writing'`);
  if (stored === 0) throw new CrewshipError('unavailable', 'the content was written too slowly; send it again');
  await tx.execute(sql`
    UPDATE blob_usage SET stored_bytes = stored_bytes + ${sizeBytes} WHERE workspace_id = ${workspaceId}`);
  await refer(tx, workspaceId, written.id, owner);
  return { id: written.id, workspaceId, sha256, sizeBytes };
}

/** One more row needs a blob that is stored. Throws `not_found`, also for one that is being removed. */
export async function referToBlob(
  tx: Tx,
  { workspaceId, blobId }: { readonly workspaceId: string; readonly blobId: string },
  owner: BlobOwner,
): Promise<void> {
  await holdUsage(tx, workspaceId);
  const blob = await tx.maybeOne(sql`
    SELECT id FROM blobs WHERE id = ${blobId} AND workspace_id = ${workspaceId} AND state = 'stored' FOR UPDATE`);
  if (blob === null) throw notFound('content');
  await refer(tx, workspaceId, blobId, owner);
}

/** One change of a workspace's blobs at a time: several of them would lock blobs in one another's way. */
async function holdUsage(tx: Tx, workspaceId: string): Promise<number> {
  const usage = await tx.one<{ bytes: number }>(sql`
    INSERT INTO blob_usage (workspace_id) VALUES (${workspaceId})
    ON CONFLICT (workspace_id) DO UPDATE SET stored_bytes = blob_usage.stored_bytes
    RETURNING stored_bytes AS bytes`);
  return usage.bytes;
}

async function refer(tx: Tx, workspaceId: string, blobId: string, owner: BlobOwner): Promise<void> {
  await tx.execute(sql`
    INSERT INTO blob_references (workspace_id, blob_id, owner_kind, owner_id)
    VALUES (${workspaceId}, ${blobId}, ${owner.kind}, ${owner.id}) ON CONFLICT DO NOTHING`);
  await tx.execute(sql`UPDATE blobs SET unreferenced_at = NULL WHERE id = ${blobId} AND unreferenced_at IS NOT NULL`);
}

/** Several rows that need blobs. */
export interface BlobOwners {
  readonly kind: BlobOwner['kind'];
  readonly ids: readonly string[];
}

/**
 * The row, or each of several, needs its blobs no more, or no other than `except`. What nothing needs is removed after
 * a while. Locks blobs: after the owner's rows.
 */
export async function releaseBlobs(
  tx: Tx,
  workspaceId: string,
  owner: BlobOwner | BlobOwners,
  { except = null }: { readonly except?: string | null } = {},
): Promise<void> {
  const ids = 'ids' in owner ? [...owner.ids] : [owner.id];
  const theirs = sql.fragment`workspace_id = ${workspaceId} AND owner_kind = ${owner.kind}
    AND owner_id = ANY (${sql.array(ids, 'text')}) AND blob_id IS DISTINCT FROM ${except}`;
  await holdUsage(tx, workspaceId);
  const held = await tx.any<{ id: string }>(sql`
    SELECT b.id FROM blobs b WHERE b.id IN (SELECT blob_id FROM blob_references WHERE ${theirs})
    ORDER BY b.id FOR UPDATE`);
  if (held.length === 0) return;
  await tx.execute(sql`DELETE FROM blob_references WHERE ${theirs}`);
  await tx.execute(sql`
    UPDATE blobs b SET unreferenced_at = now()
    WHERE b.id = ANY (${sql.array(
      held.map(({ id }) => id),
      'text',
    )}) AND NOT EXISTS (SELECT 1 FROM blob_references r WHERE r.blob_id = b.id)`);
}
