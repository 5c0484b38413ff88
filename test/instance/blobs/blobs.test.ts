import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectBlobs } from '../../../commands/kernel/blobs/collect-blobs.ts';
import { keepBlob, referToBlob, releaseBlobs } from '../../../commands/kernel/blobs/keep-blob.ts';
import { type BlobDeps, writeBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import {
  type Blob,
  findBlob,
  findBlobOf,
  INSTANCE_BLOBS,
  readStoredBytes,
} from '../../../db/instance/blobs/blobs-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { type ByteRange, readByteRange } from '../../../domain/kernel/http/byte-range.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createDiskStore } from '../../../platform/blob-store/disk-store.ts';
import { startChild } from '../../support/child-process.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db, owner, testDatabase } = useDatabase();
let directory: string;
let deps: BlobDeps;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-blobs-'));
  deps = { db, store: createDiskStore({ directory }), quotaBytes: 10_000_000 };
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function* pieces(content: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

const scope = (workspaceId: string) => ({ workspaceIds: [workspaceId] });
const note = (id: string) => ({ kind: 'note', id });

async function put(workspaceId: string, content: Uint8Array, ownerId = newId(), using = deps): Promise<Blob> {
  const written = await writeBlob(using, { workspaceId, source: pieces(content), limitBytes: 5_000_000 });
  return db.transaction(scope(workspaceId), (tx) => keepBlob(tx, written, note(ownerId)));
}

const release = (workspaceId: string, ownerId: string) =>
  db.transaction(scope(workspaceId), (tx) => releaseBlobs(tx, workspaceId, note(ownerId)));

/** What the store holds of a workspace. */
async function files(workspaceId: string): Promise<string[]> {
  return readdir(path.join(directory, workspaceId)).catch(() => []);
}

/** As if so much time had passed. */
const age = (workspaceId: string, hours: number) =>
  owner.query(
    `UPDATE blobs SET created_at = created_at - make_interval(hours => $2),
       unreferenced_at = unreferenced_at - make_interval(hours => $2) WHERE workspace_id = $1`,
    [workspaceId, hours],
  );

const states = async (workspaceId: string) =>
  (
    await owner.query<{ state: string }>('SELECT state FROM blobs WHERE workspace_id = $1 ORDER BY id', [workspaceId])
  ).rows.map(({ state }) => state);

test('a content is stored as it came, with its digest, and read whole and in ranges', async () => {
  const workspaceId = newId();
  const content = randomBytes(1_234_567);
  const blob = await put(workspaceId, content, 'first');
  expect(blob).toMatchObject({ sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
  expect(await findBlob(db.reads, { workspaceId, blobId: blob.id })).toEqual(blob);
  expect(await findBlobOf(db.reads, { workspaceId, owner: note('first') })).toEqual(blob);
  const key = { workspaceId, blobId: blob.id };
  expect((await buffer(await deps.store.read(key))).equals(content)).toBe(true);
  for (const [header, from, to] of [
    ['bytes=1000000-1000009', 1_000_000, 1_000_010],
    ['bytes=-5', content.length - 5, content.length],
    ['bytes=1234566-', content.length - 1, content.length],
  ] as const) {
    const range = readByteRange(header, blob.sizeBytes) as ByteRange;
    expect((await buffer(await deps.store.read(key, range))).equals(content.subarray(from, to)), header).toBe(true);
  }
  expect((await stat(path.join(directory, workspaceId, blob.id))).mode & 0o777).toBe(0o600);

  const other = newId();
  expect(await findBlob(db.reads, { workspaceId: other, blobId: blob.id })).toBeNull();
  await expect(
    db.transaction(scope(other), (tx) => referToBlob(tx, { workspaceId: other, blobId: blob.id }, note('x'))),
  ).rejects.toMatchObject({ code: 'not_found' });
  await expect(deps.store.read({ workspaceId, blobId: newId() })).rejects.toMatchObject({ code: 'unavailable' });
  await expect(deps.store.read({ workspaceId: '..', blobId: 'x' })).rejects.toThrow(TypeError);
});

test('the same content is stored once in a workspace, also by those who write it at once', async () => {
  const workspaceId = newId();
  const content = randomBytes(50_000);
  const blobs = await Promise.all(Array.from({ length: 6 }, (_, index) => put(workspaceId, content, `o${index}`)));
  expect(new Set(blobs.map(({ id }) => id)).size).toBe(1);
  expect(await readStoredBytes(db.reads, workspaceId)).toBe(content.length);
  expect((await states(workspaceId)).sort()).toEqual([...Array.from({ length: 5 }, () => 'removing'), 'stored']);
  expect((await put(newId(), content)).id).not.toBe(blobs[0]!.id);
  await collectBlobs(db, deps.store);
  expect(await files(workspaceId)).toEqual([blobs[0]!.id]);
  expect(await states(workspaceId)).toEqual(['stored']);
});

test('a content goes when the last row that needs it has been gone for an hour', async () => {
  const workspaceId = newId();
  const content = randomBytes(20_000);
  const blob = await put(workspaceId, content, 'a');
  await db.transaction(scope(workspaceId), (tx) => referToBlob(tx, { workspaceId, blobId: blob.id }, note('b')));
  await release(workspaceId, 'a');
  await age(workspaceId, 24);
  await collectBlobs(db, deps.store);
  expect(await files(workspaceId)).toEqual([blob.id]);

  await release(workspaceId, 'b');
  await collectBlobs(db, deps.store);
  expect(await files(workspaceId)).toEqual([blob.id]);
  // Taken up again in that hour, it stays.
  await db.transaction(scope(workspaceId), (tx) => referToBlob(tx, { workspaceId, blobId: blob.id }, note('c')));
  await age(workspaceId, 24);
  await collectBlobs(db, deps.store);
  expect(await files(workspaceId)).toEqual([blob.id]);

  await release(workspaceId, 'c');
  await age(workspaceId, 2);
  const runs = await Promise.all([collectBlobs(db, deps.store), collectBlobs(db, deps.store)]);
  expect(runs.every(({ failed }) => failed === 0)).toBe(true);
  expect(await files(workspaceId)).toEqual([]);
  expect(await states(workspaceId)).toEqual([]);
  expect(await readStoredBytes(db.reads, workspaceId)).toBe(0);
  expect(await findBlob(db.reads, { workspaceId, blobId: blob.id })).toBeNull();
});

test('a row lets go of what it had for what it has now', async () => {
  const workspaceId = newId();
  const first = await put(workspaceId, randomBytes(1_000), 'page');
  const second = await writeBlob(deps, { workspaceId, source: pieces(randomBytes(2_000)), limitBytes: 5_000 });
  await db.transaction(scope(workspaceId), async (tx) => {
    const kept = await keepBlob(tx, second, note('page'));
    await releaseBlobs(tx, workspaceId, note('page'), { except: kept.id });
  });
  expect(await findBlobOf(db.reads, { workspaceId, owner: note('page') })).toMatchObject({ id: second.id });
  await age(workspaceId, 2);
  await collectBlobs(db, deps.store);
  expect(await files(workspaceId)).toEqual([second.id]);
  expect(await findBlob(db.reads, { workspaceId, blobId: first.id })).toBeNull();
});

test('the size of a content and what a workspace may store are limits, and nothing of what is refused stays', async () => {
  const workspaceId = newId();
  const small = { ...deps, quotaBytes: 100_000 };
  const write = (bytes: number, limitBytes = 5_000_000) =>
    writeBlob(small, { workspaceId, source: pieces(randomBytes(bytes)), limitBytes });
  await expect(write(20_001, 20_000)).rejects.toMatchObject({
    code: 'payload_too_large',
    extensions: { limit_bytes: 20_000 },
  });
  await put(workspaceId, randomBytes(60_000), 'a', small);
  await expect(write(50_000)).rejects.toMatchObject({
    code: 'storage_full',
    extensions: { used_bytes: 60_000, limit_bytes: 100_000 },
  });
  // Both fit when they begin; only one does when they are kept.
  const two = await Promise.all([write(30_000), write(30_000)]);
  const kept = await Promise.allSettled(
    two.map((written, index) => db.transaction(scope(workspaceId), (tx) => keepBlob(tx, written, note(`k${index}`)))),
  );
  expect(kept.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await readStoredBytes(db.reads, workspaceId)).toBe(90_000);
  await age(workspaceId, 3);
  await collectBlobs(db, deps.store);
  expect(await files(workspaceId)).toHaveLength(2);
  await expect(put(workspaceId, randomBytes(10_000), 'b', small)).resolves.toBeDefined();
  await expect(write(1)).rejects.toMatchObject({ code: 'storage_full' });
});

test('a source that fails or a caller that goes leaves nothing that lasts', async () => {
  const workspaceId = newId();
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield randomBytes(1_000);
    throw new Error('the sender broke off');
  }
  await expect(writeBlob(deps, { workspaceId, source: failing(), limitBytes: 5_000 })).rejects.toThrow('broke off');
  const leaving = new AbortController();
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield randomBytes(1_000);
    leaving.abort(new Error('the caller is gone'));
    await new Promise(() => {});
  }
  const abandoned = { workspaceId, source: silent(), limitBytes: 5_000, signal: leaving.signal };
  await expect(writeBlob(deps, abandoned)).rejects.toThrow('is gone');
  expect(await files(workspaceId)).toEqual([]);
  expect(await states(workspaceId)).toEqual(['writing', 'writing']);
  await age(workspaceId, 3);
  await collectBlobs(db, deps.store);
  expect(await states(workspaceId)).toEqual([]);
});

test('one that is kept after it was given up is refused', async () => {
  const workspaceId = newId();
  const written = await writeBlob(deps, { workspaceId, source: pieces(randomBytes(1_000)), limitBytes: 5_000 });
  await age(workspaceId, 3);
  await collectBlobs(db, deps.store);
  const kept = db.transaction(scope(workspaceId), (tx) => keepBlob(tx, written, note('late')));
  await expect(kept).rejects.toMatchObject({ code: 'unavailable' });
});

test('a writer that is killed with -9 leaves what the next collection finds', async () => {
  for (const stopAt of ['bytes', 'whole']) {
    const workspaceId = newId();
    const child = await startChild(
      path.join(import.meta.dirname, 'writer-process.ts'),
      {
        APP_URL: testDatabase.appUrl,
        SYSTEM_URL: testDatabase.systemUrl,
        DIRECTORY: directory,
        WORKSPACE_ID: workspaceId,
        STOP_AT: stopAt,
      },
      path.join(directory, 'writer.log'),
    );
    await child.kill();
    const left = await files(workspaceId);
    expect(left, stopAt).toEqual([expect.stringMatching(stopAt === 'bytes' ? /^\w+\.part$/ : /^\w+$/)]);
    expect(await states(workspaceId)).toEqual(['writing']);
    const { rows } = await owner.query<{ id: string }>('SELECT id FROM blobs WHERE workspace_id = $1', [workspaceId]);
    expect(await findBlob(db.reads, { workspaceId, blobId: rows[0]!.id })).toBeNull();
    // Somebody may still be writing it.
    await collectBlobs(db, deps.store);
    expect(await files(workspaceId)).toEqual(left);
    await age(workspaceId, 3);
    await collectBlobs(db, deps.store);
    expect([await files(workspaceId), await states(workspaceId)]).toEqual([[], []]);
  }
});

test('a collector that dies between bytes and row is followed by another, and one that cannot remove says so', async () => {
  const workspaceId = newId();
  const content = randomBytes(5_000);
  await put(workspaceId, content, 'a');
  await release(workspaceId, 'a');
  await age(workspaceId, 2);
  const stuck = { remove: () => Promise.reject(new Error('the store is away')) };
  expect((await collectBlobs(db, stuck)).failed).toBeGreaterThan(0);
  expect(await states(workspaceId)).toEqual(['removing']);
  // The same content comes again meanwhile: it is another blob, and stays.
  const again = await put(workspaceId, content, 'b');
  await collectBlobs(db, deps.store);
  expect(await files(workspaceId)).toEqual([again.id]);
  expect(await readStoredBytes(db.reads, workspaceId)).toBe(content.length);
});

test('what belongs to no workspace is the system login’s alone', async () => {
  const written = await writeBlob(deps, {
    workspaceId: INSTANCE_BLOBS,
    source: pieces(randomBytes(99)),
    limitBytes: 99,
  });
  const blob = await db.systemTransaction({}, (tx) => keepBlob(tx, written, note('person')));
  const key = { workspaceId: INSTANCE_BLOBS, blobId: blob.id };
  expect(await findBlob(db.systemReads, key)).toEqual(blob);
  expect(await db.reads.maybeOne([newId()], sql`SELECT 1 FROM blobs WHERE id = ${blob.id}`)).toBeNull();
});

test('a file that stands in the way of a writer is not written over', async () => {
  const workspaceId = newId();
  const blob = await put(workspaceId, randomBytes(10));
  const key = { workspaceId, blobId: newId() };
  await writeFile(path.join(directory, workspaceId, `${key.blobId}.part`), 'another writer’s');
  const limits = { limitBytes: 10, signal: new AbortController().signal };
  await expect(deps.store.write(key, pieces(randomBytes(5)), limits)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await files(workspaceId)).toContain(blob.id);
});
