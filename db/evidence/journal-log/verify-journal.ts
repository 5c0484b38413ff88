import { webcrypto } from 'node:crypto';
import { parseCheckpoint, originOf } from '../../../domain/evidence/journal-log/checkpoint.ts';
import { createGrowingTree, HASH_BYTES, TILE_WIDTH } from '../../../platform/merkle/merkle-tree.ts';
import {
  findMovedFrom,
  findUnplaced,
  type JournalStream,
  readCheckpoints,
  readComputedLeaves,
  readLeafTiles,
  readLogSize,
  readStreamLength,
  type StoredCheckpoint,
} from './journal-log-store.ts';

/** What is wrong with a journal, and where: at a position, or after one and up to another. */
export interface JournalFault {
  readonly kind:
    | 'edited'
    | 'missing'
    | 'reordered'
    | 'inserted'
    | 'log_changed'
    | 'bad_signature'
    | 'truncated'
    | 'forked';
  readonly position: number | null;
  readonly after: number | null;
  readonly entryId: string | null;
  readonly detail: string;
}

export interface JournalVerification {
  readonly size: number;
  /** Entries with a position that wait to be sealed. */
  readonly unsealed: number;
  readonly checkpoint: string | null;
  readonly faults: readonly JournalFault[];
}

/** The public half of the key with this id; null: there is none that counts for journals. */
export type CheckpointKeys = (kid: string) => Promise<CryptoKey | null>;
type CryptoKey = webcrypto.CryptoKey;

/** Leaves of one page: 20 tiles. */
const PAGE = 20 * TILE_WIDTH;
const MAX_FAULTS = 100;
/** Faults whose entries are looked for elsewhere: once many have moved, the first ones say how. */
const MAX_SEARCHES = 10;
const KEY_ID_BYTES = 4;

async function isSigned(stream: string, stored: StoredCheckpoint, keys: CheckpointKeys): Promise<boolean> {
  const note = parseCheckpoint(stored.note);
  const key = await keys(stored.kid);
  if (note === null || key === null || note.origin !== originOf(stream) || note.size !== stored.size) return false;
  for (const { name, base64 } of note.signatures) {
    const signature = Buffer.from(base64, 'base64').subarray(KEY_ID_BYTES);
    if (name !== note.origin) continue;
    if (await webcrypto.subtle.verify('Ed25519', key, signature, Buffer.from(note.text))) return true;
  }
  return false;
}

/**
 * Reads a stream's whole journal and holds it against its log: every leaf against the sealed one, every kept
 * checkpoint against the tree up to it, and the tree against a checkpoint that the caller kept. Memory does not grow
 * with the journal. `signal` ends it.
 */
export async function verifyJournal(
  stream: JournalStream,
  options: {
    readonly keys: CheckpointKeys;
    readonly kept?: string | undefined;
    readonly signal?: AbortSignal;
    /** Only entries after a position and up to another are read; the log is held against its checkpoints as a whole. */
    readonly range?: { readonly after: number; readonly upTo: number } | undefined;
  },
): Promise<JournalVerification> {
  const range = options.range ?? { after: 0, upTo: Number.MAX_SAFE_INTEGER };
  const faults: JournalFault[] = [];
  const report = (fault: Partial<JournalFault> & Pick<JournalFault, 'kind' | 'detail'>) => {
    if (faults.length < MAX_FAULTS) faults.push({ position: null, after: null, entryId: null, ...fault });
  };
  // In this order, so that what is sealed meanwhile is at most missing from what is looked at.
  const size = await readLogSize(stream);
  const length = await readStreamLength(stream);
  const kept = options.kept === undefined ? null : parseCheckpoint(options.kept);
  const tree = createGrowingTree();
  let checkpoints = await readCheckpoints(stream, 0);
  let newest: string | null = null;
  let soundUpTo = 0;
  let searches = 0;
  let keptIsSound = kept === null || kept.size === 0;

  async function atSize(): Promise<void> {
    if (kept !== null && tree.size === kept.size) keptIsSound = tree.root().toString('base64') === kept.root;
    const next = checkpoints[0];
    if (next === undefined || next.size > tree.size) return;
    checkpoints = checkpoints.slice(1);
    if (checkpoints.length === 0) checkpoints = await readCheckpoints(stream, next.size);
    newest = next.note;
    if (!(await isSigned(stream.stream, next, options.keys))) {
      report({
        kind: 'bad_signature',
        position: next.size,
        detail: `the checkpoint of size ${next.size} is not signed`,
      });
    } else if (parseCheckpoint(next.note)?.root === tree.root().toString('base64')) {
      soundUpTo = next.size;
    } else {
      const detail = `the log is not the one that the checkpoint of size ${next.size} was signed for`;
      report({ kind: 'log_changed', after: soundUpTo, position: next.size, detail });
    }
  }

  /** Why the entry of a position is not the sealed one. `next`: the hash after that; null: no more is looked for. */
  async function explain(position: number, sealed: Buffer, next: Buffer | undefined | null) {
    const from = next === null ? null : await findMovedFrom(stream, position, sealed);
    if (from === null || from === position) {
      return { kind: 'edited', position, detail: 'the entry is not the one that was sealed' } as const;
    }
    const isShifted =
      from === position + 1 &&
      next?.length === HASH_BYTES &&
      (await findMovedFrom(stream, position + 1, next)) === position + 2;
    if (isShifted) return { kind: 'inserted', position, detail: 'the entries from here on have moved by one' } as const;
    return { kind: 'reordered', position, detail: `its entry is at position ${from} now` } as const;
  }

  for (let after = 0; after < size; after += PAGE) {
    options.signal?.throwIfAborted();
    const upTo = Math.min(size, after + PAGE);
    const [rows, tiles] = await Promise.all([
      // Empty for a page outside the range.
      readComputedLeaves(stream, Math.max(after, range.after), Math.min(upTo, range.upTo)),
      readLeafTiles(stream, after / TILE_WIDTH, PAGE / TILE_WIDTH),
    ]);
    const computed = new Map(rows.map((row) => [row.position, row.hash]));
    const sealedTiles = new Map(tiles.map(({ tile, hashes }) => [tile, hashes]));
    const sealedAt = (position: number): Buffer | undefined => {
      const at = ((position - 1) % TILE_WIDTH) * HASH_BYTES;
      return sealedTiles.get(Math.floor((position - 1) / TILE_WIDTH))?.subarray(at, at + HASH_BYTES);
    };
    for (let position = after + 1; position <= upTo; position += 1) {
      const sealed = sealedAt(position);
      const hash = computed.get(position) ?? null;
      if (sealed?.length !== HASH_BYTES) {
        report({ kind: 'log_changed', position, detail: 'the sealed hash of this leaf is gone' });
      } else if (position <= range.after || position > range.upTo) {
        // Nobody asked for this one.
      } else if (hash === null) {
        const detail = computed.has(position)
          ? 'the entry of this position, or what its leaf is made with, is gone'
          : 'there is no entry at this position';
        report({ kind: 'missing', position, detail });
      } else if (!hash.equals(sealed)) {
        searches += 1;
        report(await explain(position, sealed, searches <= MAX_SEARCHES ? sealedAt(position + 1) : null));
      }
      // The tree is that of the log: what became of an entry is told by its leaf.
      tree.append(sealed?.length === HASH_BYTES ? sealed : Buffer.alloc(HASH_BYTES));
      await atSize();
    }
  }
  if (faults.length === 0 && soundUpTo < size) {
    report({
      kind: 'log_changed',
      after: soundUpTo,
      position: size,
      detail: 'no checkpoint says that this was sealed',
    });
  }
  if (length < size) {
    const detail = `${size} entries are sealed, and the stream has ${length}`;
    report({ kind: 'truncated', after: length, detail });
  }
  const unplaced = await findUnplaced(stream);
  if (unplaced !== null) {
    report({ kind: 'inserted', entryId: unplaced, detail: 'the entry has no position, and waits for none' });
  }
  if (kept !== null && (options.kept === undefined || kept.origin !== originOf(stream.stream))) {
    report({ kind: 'forked', detail: 'the checkpoint is of another log' });
  } else if (kept !== null && kept.size > size) {
    const detail = `a checkpoint of size ${kept.size} was kept, and the log has ${size}`;
    report({ kind: 'truncated', after: size, position: kept.size, detail });
  } else if (!keptIsSound) {
    const detail = `the log does not begin with the one of the kept checkpoint of size ${kept!.size}`;
    report({ kind: 'forked', position: kept!.size, detail });
  }
  return { size, unsealed: Math.max(0, length - size), checkpoint: newest, faults };
}
