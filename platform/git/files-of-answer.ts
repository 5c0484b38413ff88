import { PackTooLargeError } from './pack-too-large-error.ts';
import { type Packet, readPackets, textOf } from './pkt-line.ts';
import { type GitObject, readPack } from './read-pack.ts';

export interface GitFile {
  readonly path: string;
  readonly content: Buffer;
  readonly isExecutable: boolean;
}

const LIMITS = { maxObjects: 20_000, maxObjectBytes: 16 * 1_024 * 1_024, maxBytes: 96 * 1_024 * 1_024 };
const MAX_DEPTH = 16;
const MAX_FILES = 10_000;
/** Looked at, as often as a folder is met: a few trees that name each other many times are more than can be walked. */
const MAX_ENTRIES = 50_000;
const MAX_PATH_BYTES = 1_024;
const MODE_DIGITS = 6;
const OID_BYTES = 20;

/**
 * The files of a commit in the answer to `command=fetch`, in the order of their paths. Takes as long as its limits let
 * it. Throws {@link PackTooLargeError} beyond, and another error for what is no pack with that commit.
 */
export function filesOfAnswer(answer: Buffer, revision: string): GitFile[] {
  return filesOf(readPack(packOf(readPackets(answer)), LIMITS), revision);
}

/** What the side band of data holds, once the part of the pack has begun. */
function packOf(packets: Iterable<Packet>): Buffer {
  const pieces: Buffer[] = [];
  let hasBegun = false;
  for (const packet of packets) {
    if (packet.kind !== 'data') continue;
    const { data } = packet;
    if (!hasBegun) hasBegun = textOf(data) === 'packfile';
    else if (data[0] === 3) throw new TypeError('the other side failed');
    else if (data[0] === 1) pieces.push(data.subarray(1));
  }
  if (!hasBegun) throw new TypeError('no pack');
  return Buffer.concat(pieces);
}

function filesOf(objects: ReadonlyMap<string, GitObject>, revision: string): GitFile[] {
  const object = (oid: string, type: GitObject['type']): Buffer => {
    const found = objects.get(oid);
    if (found?.type !== type) throw new TypeError(`no ${type}`);
    return found.data;
  };
  const tree = /^tree ([0-9a-f]{40})\n/.exec(object(revision, 'commit').toString('latin1', 0, 64))?.[1];
  if (tree === undefined) throw new TypeError('no tree');
  const files: GitFile[] = [];
  let entries = 0;
  const walk = (oid: string, prefix: string, depth: number): void => {
    for (const { mode, name, oid: child } of entriesOf(object(oid, 'tree'))) {
      entries += 1;
      if (entries > MAX_ENTRIES) throw new PackTooLargeError(`more than ${MAX_ENTRIES} entries of folders`);
      const path = `${prefix}${name}`;
      if (path.length > MAX_PATH_BYTES) throw new PackTooLargeError('a path that is too long');
      if (mode === '40000' && depth < MAX_DEPTH) walk(child, `${path}/`, depth + 1);
      if (mode !== '100644' && mode !== '100755') continue;
      files.push({ path, content: object(child, 'blob'), isExecutable: mode === '100755' });
      if (files.length > MAX_FILES) throw new PackTooLargeError(`more than ${MAX_FILES} files`);
    }
  };
  walk(tree, '', 1);
  return files;
}

function* entriesOf(tree: Buffer): Generator<{ mode: string; name: string; oid: string }> {
  let at = 0;
  while (at < tree.length) {
    const blank = tree.subarray(at, at + MODE_DIGITS + 1).indexOf(0x20) + at;
    if (blank < at) throw new TypeError('no tree');
    const named = tree.subarray(blank + 1, blank + 2 + MAX_PATH_BYTES);
    const length = named.indexOf(0);
    if (length === -1 && named.length > MAX_PATH_BYTES) throw new PackTooLargeError('a name that is too long');
    const end = blank + 1 + length;
    if (length === -1 || end + 1 + OID_BYTES > tree.length) throw new TypeError('no tree');
    const name = named.toString('utf8', 0, length);
    if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new TypeError('no name');
    const oid = tree.toString('hex', end + 1, end + 1 + OID_BYTES);
    yield { mode: tree.toString('latin1', at, blank), name, oid };
    at = end + 1 + OID_BYTES;
  }
}
