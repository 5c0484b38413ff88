import type { Readable } from 'node:stream';
import type { ByteRange } from '../../domain/kernel/http/byte-range.ts';

/** What was written: all of it, and safe from a loss of power. */
export interface WrittenBytes {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Where bytes are kept. Keys are a workspace's id and a blob's id, and never used twice. */
export interface BlobStore {
  /**
   * Stores what the source gives under a key that holds nothing; under it there is all of it or nothing. Throws
   * `payload_too_large` beyond the limit, the signal's reason, and the source's own errors.
   */
  write(
    key: BlobKey,
    source: AsyncIterable<Uint8Array>,
    options: { readonly limitBytes: number; readonly signal: AbortSignal },
  ): Promise<WrittenBytes>;
  /** Throws `unavailable` when they are not there, or not to be had now. */
  read(key: BlobKey, range?: ByteRange): Promise<Readable>;
  /** Removes them, and what a broken write has left; nothing when there is nothing. */
  remove(key: BlobKey): Promise<void>;
  close(): void;
}

export interface BlobKey {
  readonly workspaceId: string;
  readonly blobId: string;
}

const PART = /^[A-Za-z0-9_-]{1,64}$/;

/** The parts of a key; they become names of files, so nothing else is one. */
export function keyParts({ workspaceId, blobId }: BlobKey): readonly [string, string] {
  if (!PART.test(workspaceId) || !PART.test(blobId)) throw new TypeError('a blob is named by ids');
  return [workspaceId, blobId];
}
