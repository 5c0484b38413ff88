import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { extract, type Header, pack } from 'tar-stream';

/** An entry of an archive. Paths are relative, without `.` and `..`. */
export type ArchiveEntry = {
  readonly path: string;
  /** Permissions without set-id bits. */
  readonly mode: number;
  /** Owner; default root. */
  readonly uid?: number;
} & (
  | { readonly kind: 'file'; readonly content: Buffer }
  | { readonly kind: 'directory' }
  /** The target is relative and stays within the archive. */
  | { readonly kind: 'link'; readonly target: string }
);

export interface ArchiveLimits {
  readonly entries: number;
  /** Of the whole archive, unpacked. */
  readonly bytes: number;
}

/** The archive is none, or holds what may not be unpacked. The message says what and names no path. */
export class ArchiveError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ArchiveError';
  }
}

const DEFAULT_LIMITS: ArchiveLimits = { entries: 2_000, bytes: 64 * 1_024 * 1_024 };
const MAX_PATH_LENGTH = 1_000;

/**
 * Reads a tar archive of strangers, plain or gzipped, into memory. Rejects with {@link ArchiveError} for absolute paths
 * and paths to above, links that lead out or are passed through, hard links, devices, pipes, and more than the limits.
 * Owners are root.
 */
export async function readArchive(archive: Buffer, limits: ArchiveLimits = DEFAULT_LIMITS): Promise<ArchiveEntry[]> {
  const plain = isGzip(archive) ? await unzip(archive, limits.bytes) : archive;
  if (plain.length > limits.bytes) throw new ArchiveError('is too large');
  const reader = extract();
  const entries = new Map<string, ArchiveEntry>();
  reader.end(plain);
  try {
    for await (const entry of reader) {
      const read = await readEntry(entry.header, entry as AsyncIterable<Buffer>);
      if (read === undefined) continue;
      // A second entry of a name would replace the first, and decide what lies below it.
      if (entries.has(read.path) && read.kind !== 'directory') throw new ArchiveError('has two entries of one name');
      entries.set(read.path, read);
      if (entries.size > limits.entries) throw new ArchiveError('has too many entries');
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError('is no tar archive', { cause: error });
  }
  for (const path of entries.keys()) {
    for (const parent of parentsOf(path)) {
      const kind = entries.get(parent)?.kind;
      if (kind !== undefined && kind !== 'directory') throw new ArchiveError('has an entry below a link or a file');
    }
  }
  return [...entries.values()];
}

/** The same entries as an archive. */
export async function packArchive(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const writer = pack();
  for (const entry of entries) {
    const owner = entry.uid ?? 0;
    const header = { name: entry.path, mode: entry.mode, uid: owner, gid: owner, mtime: new Date(0) };
    if (entry.kind === 'file') writer.entry(header, entry.content);
    else if (entry.kind === 'directory') writer.entry({ ...header, type: 'directory' });
    else writer.entry({ ...header, type: 'symlink', linkname: entry.target });
  }
  writer.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of writer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readEntry(header: Header, content: AsyncIterable<Buffer>): Promise<ArchiveEntry | undefined> {
  const path = checkedPath(header.name);
  const mode = (header.mode ?? 0o644) & 0o777;
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  // The root itself, as `tar -C dir .` writes it.
  if (path === '') return undefined;
  switch (header.type) {
    case 'file':
    case 'contiguous-file':
      return { kind: 'file', path, mode, content: Buffer.concat(chunks) };
    case 'directory':
      return { kind: 'directory', path, mode };
    case 'symlink':
      return { kind: 'link', path, mode, target: checkedTarget(path, header.linkname ?? '') };
    default:
      throw new ArchiveError('holds something other than files, directories and links');
  }
}

function checkedPath(name: string): string {
  if (name.startsWith('/') || name.includes('\0') || name.length > MAX_PATH_LENGTH) {
    throw new ArchiveError('has a path that is absolute or too long');
  }
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ArchiveError('has a path to above');
  return parts.join('/');
}

function checkedTarget(path: string, target: string): string {
  if (target === '' || target.startsWith('/') || target.includes('\0') || target.length > MAX_PATH_LENGTH) {
    throw new ArchiveError('has a link that leads out of it');
  }
  let depth = path.split('/').length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) throw new ArchiveError('has a link that leads out of it');
  }
  return target;
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function isGzip(archive: Buffer): boolean {
  return archive[0] === 0x1f && archive[1] === 0x8b;
}

async function unzip(archive: Buffer, limitBytes: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(archive, { maxOutputLength: limitBytes });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new ArchiveError(tooLarge ? 'is too large' : 'is no gzip archive', { cause: error });
  }
}
