import type { FileHandle } from 'node:fs/promises';
import { HostFileError, openFileBeneath, openFileIn } from './safe-open.ts';

async function readAtMost(file: FileHandle, limitBytes: number): Promise<Buffer> {
  // The size decides early for huge and sparse files, but the bound is on what is read: a file may grow under us.
  const { size } = await file.stat();
  if (size > limitBytes) throw new HostFileError('too_large');
  const buffer = Buffer.alloc(limitBytes + 1);
  let length = 0;
  while (length <= limitBytes) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  throw new HostFileError('too_large');
}

async function readAndClose(file: FileHandle, limitBytes: number): Promise<Buffer> {
  try {
    return await readAtMost(file, limitBytes);
  } catch (error) {
    throw error instanceof HostFileError ? error : new HostFileError('unreadable', { cause: error });
  } finally {
    await file.close();
  }
}

/**
 * The whole of a regular file that an agent may have written, at most `limitBytes` of it. Rejects with HostFileError
 * (`missing`, `not_regular`, `too_large`, `unreadable`); follows no symlink below `root`; never blocks.
 */
export async function readBoundedFile(root: string, relativePath: string, limitBytes: number): Promise<Buffer> {
  return readAndClose(await openFileBeneath(root, relativePath), limitBytes);
}

/** {@link readBoundedFile} for a name in a directory that is already open. */
export async function readBoundedFileIn(directory: FileHandle, name: string, limitBytes: number): Promise<Buffer> {
  return readAndClose(await openFileIn(directory, name), limitBytes);
}
