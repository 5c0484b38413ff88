import { type FileHandle, lstat, opendir } from 'node:fs/promises';
import { nameIn, openDirectoryIn, problemOf } from './safe-open.ts';

export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  /** Of a file; 0 for a directory. */
  readonly sizeBytes: number;
}

const MAX_DEPTH = 32;

interface Names {
  /** Those that are UTF-8; no one could ask for the others. */
  readonly names: readonly string[];
  /** Of all names, also of those that are left out. */
  readonly seen: number;
  readonly isTruncated: boolean;
}

/** Looks at no more than `most` names, however many there are. */
async function readNames(directory: FileHandle, most: number, only: 'any' | 'directories'): Promise<Names> {
  const names: string[] = [];
  let seen = 0;
  for await (const entry of await opendir(nameIn(directory, '.'))) {
    if (seen === most) return { names, seen, isTruncated: true };
    seen += 1;
    const isWanted = only === 'any' ? entry.isFile() || entry.isDirectory() : entry.isDirectory();
    if (isWanted && !entry.name.includes('\uFFFD')) names.push(entry.name);
  }
  return { names, seen, isTruncated: false };
}

/**
 * Regular files and directories of an open directory, by name. At most `maxEntries` names are looked at, whatever they
 * are: `isTruncated` says that there are more. Symlinks, sockets, FIFOs, devices and names that are not UTF-8 are left
 * out. Rejects with HostFileError.
 */
export async function listDirectory(
  directory: FileHandle,
  maxEntries: number,
): Promise<{ readonly entries: readonly DirectoryEntry[]; readonly isTruncated: boolean }> {
  try {
    const { names, isTruncated } = await readNames(directory, maxEntries, 'any');
    const entries: DirectoryEntry[] = [];
    for (const name of names.toSorted()) {
      const entry = await describe(directory, name);
      if (entry !== null) entries.push(entry);
    }
    return { entries, isTruncated };
  } catch (error) {
    throw problemOf(error);
  }
}

async function describe(directory: FileHandle, name: string): Promise<DirectoryEntry | null> {
  try {
    const stat = await lstat(nameIn(directory, name));
    if (stat.isDirectory()) return { name, isDirectory: true, sizeBytes: 0 };
    return stat.isFile() ? { name, isDirectory: false, sizeBytes: stat.size } : null;
  } catch {
    // Removed since it was listed.
    return null;
  }
}

/** How many names an open directory and those below it hold, counted no further than `most`. Follows no symlink. */
export async function countNames(directory: FileHandle, most: number, depth = MAX_DEPTH): Promise<number> {
  try {
    const { names, seen, isTruncated } = await readNames(directory, most, 'directories');
    let count = seen;
    if (isTruncated || depth === 0) return most;
    for (const name of names) {
      if (count >= most) return most;
      const below = await openDirectoryIn(directory, name).catch(() => null);
      if (below === null) continue;
      try {
        count += await countNames(below, most - count, depth - 1);
      } finally {
        await below.close();
      }
    }
    return Math.min(count, most);
  } catch (error) {
    throw problemOf(error);
  }
}
