import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { HostFileError, nameIn, problemOf } from './safe-open.ts';

/** Not among Node's constants; the same on every architecture that Linux and Node share. */
const O_PATH = 0o10000000;
// O_PATH asks for no right to read a directory, as a process that is not root has none in those of agents.
const FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A directory that is held open: whatever its name leads to later, this is still the same one. */
export interface HeldDirectory {
  /** For `nameIn`; it can't be read or written itself. */
  readonly handle: FileHandle;
  /** What stays the same as long as it is held, and no other directory has meanwhile. */
  readonly identity: string;
  readonly device: number;
  close(): Promise<void>;
}

async function hold(handle: FileHandle): Promise<HeldDirectory> {
  const { dev, ino } = await handle.stat();
  return { handle, identity: `${dev}:${ino}`, device: dev, close: () => handle.close() };
}

/**
 * Holds the directory at an absolute path, opened component by component from the root of the file system, or from
 * `root`: a link at any of them, the last included, is `not_regular`. Rejects with HostFileError.
 */
export async function holdRealDirectory(absolutePath: string, root = '/'): Promise<HeldDirectory> {
  if (!path.isAbsolute(absolutePath) || path.normalize(absolutePath) !== absolutePath) {
    throw new HostFileError('unreadable');
  }
  let directory: FileHandle | undefined;
  try {
    directory = await open(root, O_PATH | constants.O_DIRECTORY);
    for (const name of absolutePath.split('/').filter((component) => component !== '')) {
      const parent: FileHandle = directory;
      directory = await open(nameIn(parent, name), FLAGS);
      await parent.close();
    }
    return await hold(directory);
  } catch (error) {
    await directory?.close();
    throw problemOf(error);
  }
}

/** Holds a directory of this name in one that is held, making it where it is missing. Rejects as the above does. */
export async function makeRealDirectory(parent: HeldDirectory, name: string, mode: number): Promise<HeldDirectory> {
  try {
    await mkdir(nameIn(parent.handle, name), { mode }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return await hold(await open(nameIn(parent.handle, name), FLAGS));
  } catch (error) {
    throw problemOf(error);
  }
}
