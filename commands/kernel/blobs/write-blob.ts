import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { BlobStore } from '../../../platform/blob-store/blob-store.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { INSTANCE_BLOBS, readStoredBytes } from '../../../db/instance/blobs/blobs-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';

/** What writing and reading blobs takes. */
export interface BlobDeps {
  readonly db: Pick<Database, 'transaction' | 'systemTransaction' | 'reads' | 'systemReads'>;
  readonly store: BlobStore;
  /** What one workspace's blobs may take of the store. */
  readonly quotaBytes: number;
}

/** Bytes that are in the store and that nothing needs yet: {@link keepBlob} is next. */
export interface WrittenBlob {
  readonly id: string;
  readonly workspaceId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly quotaBytes: number;
}

/** A writer that takes longer is given up; what is older and still being written is nobody's any more. */
export const LONGEST_WRITE_MS = 60 * 60_000;

export function storageFull(usedBytes: number, limitBytes: number): CrewshipError {
  return new CrewshipError('storage_full', 'the workspace has no room for this content', {
    extensions: { used_bytes: usedBytes, limit_bytes: limitBytes },
  });
}

/**
 * Streams a content into the store. Its row is committed before the first byte leaves, so that there are no bytes
 * without a row, whatever is killed when; a row that nothing keeps is collected with its bytes. Throws
 * `payload_too_large`, `storage_full`, `unavailable`, and the source's own errors.
 */
export async function writeBlob(
  deps: BlobDeps,
  upload: {
    readonly workspaceId: string;
    readonly source: AsyncIterable<Uint8Array>;
    readonly limitBytes: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<WrittenBlob> {
  const { db, store, quotaBytes } = deps;
  const { workspaceId, limitBytes } = upload;
  const isInstance = workspaceId === INSTANCE_BLOBS;
  const usedBytes = await readStoredBytes(isInstance ? db.systemReads : db.reads, workspaceId);
  const roomBytes = quotaBytes - usedBytes;
  if (roomBytes <= 0) throw storageFull(usedBytes, quotaBytes);
  const id = newId();
  const insert = sql`INSERT INTO blobs (id, workspace_id) VALUES (${id}, ${workspaceId})`;
  if (isInstance) await db.systemTransaction({}, (tx) => tx.execute(insert));
  else await db.transaction({ workspaceIds: [workspaceId] }, (tx) => tx.execute(insert));
  const limit = AbortSignal.timeout(LONGEST_WRITE_MS);
  try {
    const written = await store.write({ workspaceId, blobId: id }, upload.source, {
      limitBytes: Math.min(limitBytes, roomBytes),
      signal: upload.signal === undefined ? limit : AbortSignal.any([upload.signal, limit]),
    });
    return { id, workspaceId, quotaBytes, ...written };
  } catch (error) {
    const isTooLarge = error instanceof CrewshipError && error.code === 'payload_too_large';
    throw isTooLarge && roomBytes < limitBytes ? storageFull(usedBytes, quotaBytes) : error;
  }
}
