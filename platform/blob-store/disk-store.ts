import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { ByteRange } from '../../domain/kernel/http/byte-range.ts';
import { type BlobKey, type BlobStore, keyParts } from './blob-store.ts';
import { measured } from './measured.ts';

/**
 * Blobs as files, `<directory>/<workspace>/<blob>`, of a directory that all processes of the instance share. A file has
 * its name once all of it is on the disk; until then its name ends in `.part`.
 */
export function createDiskStore(options: { readonly directory: string }): BlobStore {
  function filesOf(key: BlobKey) {
    const [workspace, blob] = keyParts(key);
    const folder = path.join(options.directory, workspace);
    const whole = path.join(folder, blob);
    return { folder, whole, part: `${whole}.part` };
  }

  return {
    async write(key, source, limits) {
      const { folder, whole, part } = filesOf(key);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      try {
        const through = measured(source, limits);
        const file = await open(part, 'wx', 0o600);
        try {
          for await (const piece of through.bytes) await file.writev([piece]);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(part, whole);
        await syncFolder(folder);
        return through.end();
      } catch (error) {
        await rm(part, { force: true });
        throw isFull(error) ? new CrewshipError('unavailable', 'the store has no room', { cause: error }) : error;
      }
    },
    async read(key, range) {
      return openFile(filesOf(key).whole, range);
    },
    async remove(key) {
      const { whole, part } = filesOf(key);
      await rm(part, { force: true });
      await rm(whole, { force: true });
    },
    close() {},
  };
}

/** Opened before it is given out, so that one that is missing is known before an answer has begun. */
async function openFile(file: string, range: ByteRange | undefined): Promise<Readable> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw new CrewshipError('unavailable', 'the content is not in the store', { cause: error });
  }
  return createReadStream(file, {
    fd: handle,
    autoClose: true,
    ...(range === undefined ? {} : { start: range.from, end: range.to }),
  });
}

/** A name is as safe as the folder that has it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
