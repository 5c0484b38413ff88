import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export type HostFileProblem = 'missing' | 'not_regular' | 'too_large' | 'unreadable' | 'full';

/** Why a path that an agent can write was not read or written. Carries no path: the names in it are the agent's. */
export class HostFileError extends Error {
  readonly code: HostFileProblem;

  constructor(code: HostFileProblem, options?: { cause?: unknown }) {
    super(`agent file: ${code}`, options);
    this.name = 'HostFileError';
    this.code = code;
  }
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
// O_NONBLOCK: a FIFO without a writer, or a file under a lease its owner will not release, must not hold us.
const FILE_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
const DIRECTORY_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
const MAX_DEPTH = 32;

/** The system's error as one of ours. */
export function problemOf(error: unknown): HostFileError {
  if (error instanceof HostFileError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new HostFileError('full', { cause: error });
  if (code === 'ENOENT') return new HostFileError('missing', { cause: error });
  // ELOOP: a symlink. ENOTDIR: a component is a file, or a symlink opened as a directory. ENXIO: a socket.
  if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENXIO' || code === 'EISDIR') {
    return new HostFileError('not_regular', { cause: error });
  }
  return new HostFileError('unreadable', { cause: error });
}

/**
 * A name in an open directory, as Node can be asked for it: it has no openat(2), the kernel resolves this from the
 * directory.
 */
export function nameIn(directory: FileHandle, name: string): string {
  return `/proc/self/fd/${directory.fd}/${name}`;
}

/** The same for a name that may be no UTF-8. */
export function pathIn(directory: FileHandle, name: string | Buffer): string | Buffer {
  return typeof name === 'string' ? nameIn(directory, name) : Buffer.concat([Buffer.from(nameIn(directory, '')), name]);
}

/** The names of a path below a root. Throws `unreadable` for what could lead elsewhere or is too deep. */
export function componentsOf(relativePath: string): string[] {
  const components = relativePath.split('/');
  const bad = components.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0'));
  if (bad || components.length > MAX_DEPTH) throw new HostFileError('unreadable');
  return components;
}

/**
 * Opens a directory below `root`, component by component, following no symlink. `root` itself is the host's: its path
 * may hold symlinks, nothing below it may. The caller closes the handle.
 */
export async function openDirectoryBeneath(root: string, relativePath: string): Promise<FileHandle> {
  const components = relativePath === '' ? [] : componentsOf(relativePath);
  let directory: FileHandle | undefined;
  try {
    directory = await open(root, O_RDONLY | O_DIRECTORY);
    for (const name of components) {
      const parent: FileHandle = directory;
      // From the open directory itself: a component that is renamed or replaced meanwhile can't lead elsewhere.
      directory = await open(nameIn(parent, name), DIRECTORY_FLAGS);
      await parent.close();
    }
    return directory;
  } catch (error) {
    await directory?.close();
    throw problemOf(error);
  }
}

/**
 * Opens a regular file in an open directory. Rejects with {@link HostFileError}: symlinks, directories, FIFOs, sockets,
 * devices and files with a second name are `not_regular`. Never blocks. The caller closes the handle.
 */
export async function openFileIn(directory: FileHandle, name: string): Promise<FileHandle> {
  if (componentsOf(name).length !== 1) throw new HostFileError('unreadable');
  let file: FileHandle | undefined;
  try {
    file = await open(nameIn(directory, name), FILE_FLAGS);
    const stat = await file.stat();
    // nlink is 0 when the file was replaced after the open; more than one name may be a link to another's file.
    if (!stat.isFile() || stat.nlink > 1) throw new HostFileError('not_regular');
    return file;
  } catch (error) {
    await file?.close();
    throw problemOf(error);
  }
}

/** Opens a regular file below `root` as {@link openFileIn} and {@link openDirectoryBeneath} do. */
export async function openFileBeneath(root: string, relativePath: string): Promise<FileHandle> {
  const components = componentsOf(relativePath);
  const name = components.pop() ?? '';
  const directory = await openDirectoryBeneath(root, components.join('/'));
  try {
    return await openFileIn(directory, name);
  } finally {
    await directory.close();
  }
}

/**
 * Opens a directory in an open one: `name` is one that a caller gave, or the bytes of one that was found there. The
 * caller closes the handle.
 */
export async function openDirectoryIn(directory: FileHandle, name: string | Buffer): Promise<FileHandle> {
  if (typeof name === 'string' && componentsOf(name).length !== 1) throw new HostFileError('unreadable');
  try {
    return await open(pathIn(directory, name), DIRECTORY_FLAGS);
  } catch (error) {
    throw problemOf(error);
  }
}

/**
 * Opens whatever regular file or directory is at a path below `root` (`''`: the root itself), as {@link openFileIn}
 * does. The caller closes the handle.
 */
export async function openAnyBeneath(
  root: string,
  relativePath: string,
): Promise<{ readonly handle: FileHandle; readonly isDirectory: boolean; readonly sizeBytes: number }> {
  if (relativePath === '') return { handle: await openDirectoryBeneath(root, ''), isDirectory: true, sizeBytes: 0 };
  const components = componentsOf(relativePath);
  const name = components.pop() ?? '';
  const directory = await openDirectoryBeneath(root, components.join('/'));
  let handle: FileHandle | undefined;
  try {
    handle = await open(nameIn(directory, name), FILE_FLAGS);
    const stat = await handle.stat();
    if (stat.isDirectory()) return { handle, isDirectory: true, sizeBytes: 0 };
    if (!stat.isFile() || stat.nlink > 1) throw new HostFileError('not_regular');
    return { handle, isDirectory: false, sizeBytes: stat.size };
  } catch (error) {
    await handle?.close();
    throw problemOf(error);
  } finally {
    await directory.close();
  }
}
