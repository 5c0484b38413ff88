import { hash } from 'node:crypto';

export const HASH_BYTES = 32;
/** Hashes in a full tile: 2^8. */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;

const sha256 = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');
const NODE = Buffer.from([1]);

/** RFC 6962: the hash of an inner node. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([NODE, left, right]));
}

export const EMPTY_ROOT = sha256(Buffer.alloc(0));

/** A tree that only grows, kept as the roots of its complete parts, the largest first. */
export interface GrowingTree {
  readonly size: number;
  append(leaf: Buffer): void;
  root(): Buffer;
}

export function createGrowingTree(): GrowingTree {
  const peaks: { height: number; hash: Buffer }[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    append(leaf) {
      size += 1;
      let top = { height: 0, hash: leaf };
      while (peaks.at(-1)?.height === top.height) {
        top = { height: top.height + 1, hash: nodeHash(peaks.pop()!.hash, top.hash) };
      }
      peaks.push(top);
    },
    root() {
      const last = peaks.at(-1);
      if (last === undefined) return EMPTY_ROOT;
      return peaks.slice(0, -1).reduceRight((root, peak) => nodeHash(peak.hash, root), last.hash);
    },
  };
}

/** The root of up to 256 hashes that stand for parts of the same size. */
export function tileRoot(hashes: Buffer): Buffer {
  const tree = createGrowingTree();
  for (let at = 0; at < hashes.length; at += HASH_BYTES) tree.append(hashes.subarray(at, at + HASH_BYTES));
  return tree.root();
}

/** Where hashes of a log are: the tile of a level with this number, as long as the log makes it. */
export type TileReader = (level: number, tile: number) => Promise<Buffer>;

/** The largest power of two below `count`, which is at least 2. */
const splitOf = (count: number): number => 2 ** Math.ceil(Math.log2(count) - 1);

/** The root of the leaves from `start` up to `end`: parts of it that are complete come from tiles. */
async function rangeRoot(tiles: TileReader, start: number, end: number): Promise<Buffer> {
  const count = end - start;
  const height = Math.log2(count);
  if (Number.isInteger(height) && start % count === 0) {
    const level = Math.floor(height / TILE_HEIGHT);
    const inTile = 2 ** (height - level * TILE_HEIGHT);
    const first = start / TILE_WIDTH ** level;
    const tile = Math.floor(first / TILE_WIDTH);
    const at = (first % TILE_WIDTH) * HASH_BYTES;
    const hashes = (await tiles(level, tile)).subarray(at, at + inTile * HASH_BYTES);
    if (hashes.length !== inTile * HASH_BYTES) throw new Error(`the tile ${level}/${tile} is too short`);
    return tileRoot(hashes);
  }
  const middle = start + splitOf(count);
  return nodeHash(await rangeRoot(tiles, start, middle), await rangeRoot(tiles, middle, end));
}

/** The root of the first `size` leaves. */
export async function treeRoot(tiles: TileReader, size: number): Promise<Buffer> {
  return size === 0 ? EMPTY_ROOT : rangeRoot(tiles, 0, size);
}

/** RFC 6962, 2.1.1: that the leaf `index` is in the tree of the first `size`. */
export async function inclusionProof(tiles: TileReader, index: number, size: number): Promise<Buffer[]> {
  async function path(start: number, end: number): Promise<Buffer[]> {
    if (end - start === 1) return [];
    const middle = start + splitOf(end - start);
    return index < middle
      ? [...(await path(start, middle)), await rangeRoot(tiles, middle, end)]
      : [...(await path(middle, end)), await rangeRoot(tiles, start, middle)];
  }
  return path(0, size);
}

/** RFC 6962, 2.1.2: that the tree of the first `size` begins with the one of the first `from`. */
export async function consistencyProof(tiles: TileReader, from: number, size: number): Promise<Buffer[]> {
  async function sub(start: number, end: number, isWhole: boolean): Promise<Buffer[]> {
    if (from === end) return isWhole ? [] : [await rangeRoot(tiles, start, end)];
    const middle = start + splitOf(end - start);
    return from <= middle
      ? [...(await sub(start, middle, isWhole)), await rangeRoot(tiles, middle, end)]
      : [...(await sub(middle, end, false)), await rangeRoot(tiles, start, middle)];
  }
  return from === 0 || from === size ? [] : sub(0, size, true);
}

/** The root that an inclusion proof leads to; null for one of another length. */
export function rootOfInclusion(leaf: Buffer, index: number, size: number, proof: readonly Buffer[]): Buffer | null {
  let at = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of proof) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      root = nodeHash(hash, root);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else root = nodeHash(root, hash);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}
