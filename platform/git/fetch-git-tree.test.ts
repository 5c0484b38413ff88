import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import { expect, test } from 'vitest';
import type { GuardedClient } from '../guarded-http/guarded-client.ts';
import { fetchGitTree } from './fetch-git-tree.ts';

type Kind = 'commit' | 'tree' | 'blob';
interface Entry {
  readonly mode: string;
  readonly name: string;
  readonly oid: string;
}

const TYPES = { commit: 1, tree: 2, blob: 3 } as const;
const line = (data: Buffer) => Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, '0')), data]);
const lines = (...texts: string[]) => Buffer.concat([...texts.map((text) => line(Buffer.from(text))), END]);
const END = Buffer.from('0000');
const folder = (name: string, oid: string): Entry => ({ mode: '40000', name, oid });
const file = (name: string, oid: string): Entry => ({ mode: '100644', name, oid });

/** A pack of what is added to it. */
function packing() {
  const objects: Buffer[] = [];
  function add(kind: Kind, data: Buffer): string {
    const head = [(TYPES[kind] << 4) | (data.length & 15)];
    for (let left = data.length >> 4; left > 0; left >>= 7) {
      head[head.length - 1]! |= 128;
      head.push(left & 127);
    }
    objects.push(Buffer.concat([Buffer.from(head), zlib.deflateSync(data)]));
    return createHash('sha1').update(`${kind} ${data.length}\0`).update(data).digest('hex');
  }
  return {
    blob: (text: string) => add('blob', Buffer.from(text)),
    tree: (entries: readonly Entry[]) =>
      add(
        'tree',
        Buffer.concat(
          entries.flatMap(({ mode, name, oid }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
        ),
      ),
    /** What a server sends for a commit of the tree. */
    of(tree: string) {
      const revision = add('commit', Buffer.from(`tree ${tree}\n\nA state\n`));
      const head = Buffer.alloc(12);
      head.write('PACK');
      head.writeUInt32BE(2, 4);
      head.writeUInt32BE(objects.length, 8);
      const pack = Buffer.concat([head, ...objects, Buffer.alloc(20)]);
      const pieces: Buffer[] = [];
      for (let at = 0; at < pack.length; at += 60_000) {
        pieces.push(line(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + 60_000)])));
      }
      return { revision, sent: Buffer.concat([line(Buffer.from('packfile\n')), ...pieces, END]) };
    },
  };
}

/** Fetches from a server that says these octets in turn: what it can do, its refs, its pack. */
function fetchFrom(answers: readonly Buffer[], onPack: () => void = () => {}) {
  const left = [...answers];
  const client = {
    async send() {
      const body = left.shift()!;
      if (left.length === 0) onPack();
      return { status: 200, bytes: async () => body };
    },
  } as unknown as Pick<GuardedClient, 'send'>;
  return fetchGitTree(client, { url: 'https://git.example.com/x', ref: undefined, share: 'w' });
}
const ABLE = lines('version 2\n', 'fetch\n');
const served = ({ revision, sent }: { revision: string; sent: Buffer }, onPack?: () => void) =>
  fetchFrom([ABLE, lines(`${revision} HEAD\n`), sent], onPack);
const tooLarge = { code: 'egress_failed', extensions: { host: 'git.example.com', reason: 'too_large' } };

test('files are read, also those with one content', async () => {
  const pack = packing();
  const blob = pack.blob('words');
  const inner = pack.tree([{ ...file('run', blob), mode: '100755' }]);
  const { files } = await served(pack.of(pack.tree([file('a', blob), file('b', pack.blob('')), folder('c', inner)])));
  expect(files.map((one) => [one.path, one.content.toString(), one.isExecutable])).toEqual([
    ['a', 'words', false],
    ['b', '', false],
    ['c/run', 'words', true],
  ]);
});

test('trees that name each other many times are no more walked than large ones', async () => {
  const pack = packing();
  let tree = pack.tree([]);
  // 2^16 folders of 17 objects.
  for (let depth = 0; depth < 16; depth += 1) tree = pack.tree([folder('a', tree), folder('b', tree)]);
  await expect(served(pack.of(tree))).rejects.toMatchObject(tooLarge);
});

test.each([300, 2_000])('names that make paths beyond 1,024 octets are not read: %i', async (length) => {
  const pack = packing();
  let tree = pack.tree([file('x'.repeat(length), pack.blob('words'))]);
  for (let depth = 0; depth < 3; depth += 1) tree = pack.tree([folder('y'.repeat(length), tree)]);
  await expect(served(pack.of(tree))).rejects.toMatchObject(tooLarge);
});

test('an answer of marks alone is not read to its end', async () => {
  const marks = Buffer.alloc(60_000 * 4, '0004');
  await expect(fetchFrom([marks])).rejects.toMatchObject(tooLarge);
  await expect(fetchFrom([ABLE, lines(`${'a'.repeat(40)} HEAD\n`), marks])).rejects.toMatchObject(tooLarge);
});

test('the process does other things while a pack is read, however few objects it has', async () => {
  const pack = packing();
  const made = pack.of(pack.tree([file('a', pack.blob('words'.repeat(100_000)))]));
  let hasTurned = false;
  await served(made, () => setImmediate(() => (hasTurned = true)));
  expect(hasTurned).toBe(true);
});

test('what is no pack, or lacks what it names, is told as such', async () => {
  const unread = { code: 'egress_failed', extensions: { reason: 'answer' } };
  const pack = packing();
  await expect(served(pack.of(pack.tree([folder('a', 'b'.repeat(40))])))).rejects.toMatchObject(unread);
  await expect(served({ revision: 'a'.repeat(40), sent: lines('nothing\n') })).rejects.toMatchObject(unread);
});
