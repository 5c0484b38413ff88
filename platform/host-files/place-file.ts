import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { componentsOf, HostFileError, nameIn, openDirectoryBeneath, openDirectoryIn, problemOf } from './safe-open.ts';

const ABANDONED_MS = 3_600_000;

/** Content that is on the host in whole, in a directory that agents can't see. */
export interface StagedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Stores content as a file of the host's own directory, which is made when it is not there. Rejects with HostFileError
 * `too_large` past `limitBytes`, `full`, or with the content's own error; then nothing is left. What processes that
 * were killed left here is removed.
 */
export async function stageFile(
  directory: string,
  content: AsyncIterable<Buffer>,
  limitBytes: number,
): Promise<StagedFile> {
  await mkdir(directory, { recursive: false, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw problemOf(error);
  });
  if (!(await lstat(directory)).isDirectory()) throw new HostFileError('not_regular');
  await removeAbandoned(directory);
  const file = path.join(directory, randomBytes(12).toString('hex'));
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const handle = await open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) throw new HostFileError('too_large');
      hash.update(chunk);
      await handle.writeFile(chunk).catch((error: unknown) => {
        throw problemOf(error);
      });
    }
    await handle.close();
  } catch (error) {
    await handle.close();
    await rm(file, { force: true });
    throw error;
  }
  return { path: file, sizeBytes, sha256: hash.digest('hex') };
}

async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const file = path.join(directory, name);
    const found = await stat(file).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

/** Who owns what is placed: given away where this process may do that, else open to all who reach it. */
export interface PlacedOwner {
  readonly uid: number;
  readonly gid: number;
}

const isRoot = (): boolean => process.geteuid?.() === 0;

/**
 * Opens a directory below `root` (`''`: the root itself), making those on the way that are missing, for `owner`.
 * Follows no symlink. The caller closes the handle.
 */
export async function makeDirectoriesBeneath(
  root: string,
  relativePath: string,
  owner: PlacedOwner,
): Promise<FileHandle> {
  let directory = await openDirectoryBeneath(root, '');
  try {
    for (const name of relativePath === '' ? [] : componentsOf(relativePath)) {
      const parent: FileHandle = directory;
      directory = await makeDirectoryIn(parent, name, owner);
      await parent.close();
    }
    return directory;
  } catch (error) {
    await directory.close();
    throw problemOf(error);
  }
}

async function makeDirectoryIn(parent: FileHandle, name: string, owner: PlacedOwner): Promise<FileHandle> {
  const isNew = await mkdir(nameIn(parent, name), { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
  const directory = await openDirectoryIn(parent, name);
  if (!isNew) return directory;
  try {
    // Ours still, and not one that was put in its place meanwhile.
    if ((await directory.stat()).uid === process.geteuid?.()) {
      if (isRoot()) await directory.chown(owner.uid, owner.gid);
      await directory.chmod(isRoot() ? 0o755 : 0o2777);
    }
    return directory;
  } catch (error) {
    await directory.close();
    throw error;
  }
}

/**
 * Moves a staged file to a name in an open directory that agents can write: whole at once, in place of a regular file
 * that is there. Rejects with HostFileError, `not_regular` when anything else has the name; the staged file is gone
 * either way.
 */
export async function placeFile(
  staged: StagedFile,
  directory: FileHandle,
  name: string,
  owner: PlacedOwner,
): Promise<void> {
  try {
    if (componentsOf(name).length !== 1) throw new HostFileError('unreadable');
    const target = nameIn(directory, name);
    const before = await lstat(target).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (before !== null && !before.isFile()) throw new HostFileError('not_regular');
    const handle = await open(staged.path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (isRoot()) await handle.chown(owner.uid, owner.gid);
      await handle.chmod(isRoot() ? 0o644 : 0o666);
    } finally {
      await handle.close();
    }
    // Replaces the name itself, whatever it has become: nothing is followed and nothing is opened.
    await rename(staged.path, target);
  } catch (error) {
    throw problemOf(error);
  } finally {
    await rm(staged.path, { force: true });
  }
}
