import { type FileHandle, lstat, opendir, rename, rmdir, unlink } from 'node:fs/promises';
import {
  componentsOf,
  HostFileError,
  nameIn,
  openDirectoryBeneath,
  openDirectoryIn,
  pathIn,
  problemOf,
} from './safe-open.ts';

/** How many directories are held open at once: what lies deeper is moved up first. */
const HELD_DEPTH = 64;
/** How often a directory is gone through that somebody fills meanwhile. */
const PASSES = 8;
const MOST_LIFTED = 1_000_000;
// The declarations know no such encoding.
const BYTES = { encoding: 'buffer' as BufferEncoding };

/** What a walk does not leave, and where it moves directories that lie too deep: a directory that goes in any case. */
interface Walk {
  readonly device: number;
  readonly top: FileHandle;
  lifted: number;
}

/**
 * Removes what a name in an open directory is, and all below it, on its file system alone. Follows no link: one is
 * removed itself, and what a name comes to be meanwhile is looked at anew. What is gone already is no error. Any depth,
 * any names. Rejects with HostFileError: `unreadable` for what may not be removed, or is filled as fast as it is
 * emptied.
 */
export async function removeIn(directory: FileHandle, name: string): Promise<void> {
  if (componentsOf(name).length !== 1) throw new HostFileError('unreadable');
  try {
    await removeEntry(directory, name, null, 0);
  } catch (error) {
    throw problemOf(error);
  }
}

/** Removes what is at a path below `root` as {@link removeIn} does. Rejects with `missing` where there is nothing. */
export async function removeBeneath(root: string, relativePath: string): Promise<void> {
  const components = componentsOf(relativePath);
  const name = components.pop() ?? '';
  const directory = await openDirectoryBeneath(root, components.join('/'));
  try {
    await lstat(nameIn(directory, name)).catch((error: unknown) => {
      throw problemOf(error);
    });
    await removeIn(directory, name);
  } finally {
    await directory.close();
  }
}

async function removeEntry(
  directory: FileHandle,
  name: string | Buffer,
  walk: Walk | null,
  depth: number,
): Promise<void> {
  const found = pathIn(directory, name);
  if (!(await isThereStill(unlink(found)))) return;
  if (walk !== null && depth === HELD_DEPTH) {
    walk.lifted += 1;
    await isThereStill(rename(found, nameIn(walk.top, `.lifted-${process.pid}-${walk.lifted}`)));
    return;
  }
  const held = await openDirectoryIn(directory, name).catch((error: unknown) => {
    if (error instanceof HostFileError && error.code === 'missing') return null;
    throw error;
  });
  if (held === null) return;
  try {
    const device = walk?.device ?? (await directory.stat()).dev;
    if ((await held.stat()).dev !== device) throw new HostFileError('unreadable');
    await empty(held, walk ?? { device, top: held, lifted: 0 }, depth + 1);
  } finally {
    await held.close();
  }
  await isThereStill(rmdir(found));
}

async function empty(directory: FileHandle, walk: Walk, depth: number): Promise<void> {
  for (let pass = 0; pass < PASSES; pass += 1) {
    const liftedBefore = walk.lifted;
    let seen = 0;
    // The declarations know a name as text, whatever the encoding.
    for await (const { name } of await opendir(nameIn(directory, '.'), BYTES)) {
      seen += 1;
      await removeEntry(directory, name as unknown as Buffer, walk, depth);
    }
    if (seen === 0) return;
    // What was moved up is there to be seen by the next one.
    if (walk.lifted > liftedBefore && walk.lifted < MOST_LIFTED) pass = -1;
  }
  throw new HostFileError('unreadable');
}

/** False when the work is done, or somebody else did it: what has the name still is a directory. */
async function isThereStill(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR') return true;
    if (code === 'ENOENT') return false;
    throw error;
  }
}
