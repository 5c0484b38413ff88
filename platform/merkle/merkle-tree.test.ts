import { hash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  consistencyProof,
  createGrowingTree,
  EMPTY_ROOT,
  inclusionProof,
  nodeHash,
  rootOfInclusion,
  TILE_WIDTH,
  tileRoot,
  type TileReader,
  treeRoot,
} from './merkle-tree.ts';

const leaves = Array.from({ length: 1_000 }, (_, index) => hash('sha256', `\0leaf ${index}`, 'buffer'));

/** RFC 6962, 2.1, word for word. */
function rootOf(of: readonly Buffer[]): Buffer {
  if (of.length === 0) return EMPTY_ROOT;
  if (of.length === 1) return of[0]!;
  let split = 1;
  while (split * 2 < of.length) split *= 2;
  return nodeHash(rootOf(of.slice(0, split)), rootOf(of.slice(split)));
}

/** The tiles of the first leaves, as a log of that size has them. */
function tilesOf(size: number): TileReader {
  const levels: Buffer[][] = [leaves.slice(0, size)];
  for (let level: Buffer[] = levels[0]!; level.length >= TILE_WIDTH; ) {
    const full = Math.floor(level.length / TILE_WIDTH);
    level = Array.from({ length: full }, (_, tile) =>
      tileRoot(Buffer.concat(level.slice(tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH))),
    );
    levels.push(level);
  }
  return async (level, tile) => Buffer.concat((levels[level] ?? []).slice(tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH));
}

/** RFC 9162, 2.1.4.2. */
function verifyConsistency(from: number, size: number, roots: [Buffer, Buffer], proof: readonly Buffer[]): boolean {
  if (from === size) return proof.length === 0 && roots[0].equals(roots[1]);
  const isPower = Number.isInteger(Math.log2(from));
  const path = isPower ? [roots[0], ...proof] : [...proof];
  let [a, b] = [from - 1, size - 1];
  while (a % 2 === 1) [a, b] = [Math.floor(a / 2), Math.floor(b / 2)];
  let [before, after] = [path[0]!, path[0]!];
  for (const node of path.slice(1)) {
    if (b === 0) return false;
    if (a % 2 === 1 || a === b) {
      [before, after] = [nodeHash(node, before), nodeHash(node, after)];
      while (a % 2 === 0 && a !== 0) [a, b] = [Math.floor(a / 2), Math.floor(b / 2)];
    } else after = nodeHash(after, node);
    [a, b] = [Math.floor(a / 2), Math.floor(b / 2)];
  }
  return b === 0 && before.equals(roots[0]) && after.equals(roots[1]);
}

const size = fc.integer({ min: 1, max: leaves.length });

test('a tree that grows, one of tiles and the RFC’s come to the same root', async () => {
  await fc.assert(
    fc.asyncProperty(size, async (count) => {
      const tree = createGrowingTree();
      for (const leaf of leaves.slice(0, count)) tree.append(leaf);
      const expected = rootOf(leaves.slice(0, count));
      expect(tree.root()).toEqual(expected);
      expect(await treeRoot(tilesOf(count), count)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
  expect(await treeRoot(tilesOf(0), 0)).toEqual(createGrowingTree().root());
});

test('an inclusion proof leads to the root, and to no other with another leaf or place', async () => {
  await fc.assert(
    fc.asyncProperty(size, fc.nat(), async (count, at) => {
      const index = at % count;
      const proof = await inclusionProof(tilesOf(leaves.length), index, count);
      const root = rootOf(leaves.slice(0, count));
      expect(rootOfInclusion(leaves[index]!, index, count, proof)).toEqual(root);
      expect(rootOfInclusion(randomBytes(32), index, count, proof)).not.toEqual(root);
      expect(rootOfInclusion(leaves[index]!, index, count, [...proof, root])).toBeNull();
    }),
    { numRuns: 60 },
  );
});

test('a consistency proof joins any two sizes of one log, and none of another', async () => {
  await fc.assert(
    fc.asyncProperty(size, size, async (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const proof = await consistencyProof(tilesOf(leaves.length), from, to);
      const roots: [Buffer, Buffer] = [rootOf(leaves.slice(0, from)), rootOf(leaves.slice(0, to))];
      expect(verifyConsistency(from, to, roots, proof)).toBe(true);
      expect(verifyConsistency(from, to, [randomBytes(32), roots[1]], proof)).toBe(false);
    }),
    { numRuns: 60 },
  );
});
