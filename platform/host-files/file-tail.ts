import type { FileHandle } from 'node:fs/promises';
import { openFileIn } from './safe-open.ts';

export interface FileTail {
  /**
   * What is there from the offset, at most `maxBytes`; empty at the end of the file or past the limit. Truncation by
   * the writer reads as the end.
   */
  read(offset: number, maxBytes: number): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * Opens a regular file in an open directory for reading while it grows. Offsets at or past `limitBytes` are never
 * read, however long the file is. Rejects with HostFileError as openFileIn does.
 */
export async function openForTail(directory: FileHandle, name: string, limitBytes: number): Promise<FileTail> {
  const file = await openFileIn(directory, name);
  return {
    async read(offset, maxBytes) {
      const wanted = Math.min(maxBytes, limitBytes - offset);
      if (wanted <= 0) return Buffer.alloc(0);
      const buffer = Buffer.alloc(wanted);
      const { bytesRead } = await file.read(buffer, 0, wanted, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}
