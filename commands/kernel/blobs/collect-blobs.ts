import type { BlobStore } from '../../../platform/blob-store/blob-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { LONGEST_WRITE_MS } from './write-blob.ts';

/** Twice what a write may take: by then its writer has given it up. */
const GIVEN_UP_AFTER_MS = 2 * LONGEST_WRITE_MS;
/** A row may let go of a content that another one takes up a little later, and a reader may be under way. */
const KEPT_UNREFERENCED_MS = 60 * 60_000;
const BATCH = 100;

interface Doomed {
  readonly id: string;
  readonly workspaceId: string;
}

/**
 * Removes what nothing needs: blobs without a reference for an hour, and writes that were given up. The bytes go first,
 * the row after them; what a kill leaves between is met again by the next run. Returns how many went and how many the
 * store did not let go.
 */
export async function collectBlobs(
  db: Pick<Database, 'systemTransaction'>,
  store: Pick<BlobStore, 'remove'>,
): Promise<{ readonly removed: number; readonly failed: number }> {
  let removed = 0;
  let failed = 0;
  let after = '';
  for (;;) {
    const batch = await takeBatch(db, after);
    for (const blob of batch) {
      try {
        await store.remove({ workspaceId: blob.workspaceId, blobId: blob.id });
        await forget(db, blob);
        removed += 1;
      } catch {
        failed += 1;
      }
    }
    if (batch.length < BATCH) return { removed, failed };
    after = batch.at(-1)!.id;
  }
}

/** Blobs that nobody can take up any more from here on. Those that another collector took are met again too. */
function takeBatch(db: Pick<Database, 'systemTransaction'>, after: string): Promise<readonly Doomed[]> {
  return db.systemTransaction({}, async (tx) => {
    const rows = await tx.any<Doomed>(sql`
      SELECT id, workspace_id AS "workspaceId" FROM blobs b
      WHERE id > ${after} AND (state = 'removing'
        OR state = 'writing' AND created_at < now() - ${GIVEN_UP_AFTER_MS} * interval '1 millisecond'
        OR state = 'stored' AND unreferenced_at < now() - ${KEPT_UNREFERENCED_MS} * interval '1 millisecond'
          AND NOT EXISTS (SELECT 1 FROM blob_references r WHERE r.blob_id = b.id))
      ORDER BY id ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED`);
    const ids = sql.array(
      rows.map(({ id }) => id),
      'text',
    );
    await tx.execute(sql`UPDATE blobs SET state = 'removing' WHERE id = ANY (${ids}) AND state <> 'removing'`);
    return rows;
  });
}

/** The room that it took is free again when its bytes are gone. */
async function forget(db: Pick<Database, 'systemTransaction'>, blob: Doomed): Promise<void> {
  await db.systemTransaction({}, async (tx) => {
    await tx.maybeOne(sql`SELECT 1 FROM blob_usage WHERE workspace_id = ${blob.workspaceId} FOR UPDATE`);
    const gone = await tx.maybeOne<{ bytes: number | null }>(sql`
      DELETE FROM blobs WHERE id = ${blob.id} AND state = 'removing' RETURNING size_bytes AS bytes`);
    if (gone?.bytes == null) return;
    await tx.execute(sql`
      UPDATE blob_usage SET stored_bytes = stored_bytes - ${gone.bytes} WHERE workspace_id = ${blob.workspaceId}`);
  });
}
