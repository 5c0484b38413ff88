/**
 * Writes a blob for the test of killed writers, and hangs: with `bytes` when some of them are in the store, with
 * `whole` when all of them are and the row does not say so yet.
 */
import { openDatabase } from '../../../db/kernel/database.ts';
import { writeBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import { createDiskStore } from '../../../platform/blob-store/disk-store.ts';
import { testPools } from '../../support/test-database.ts';

const { APP_URL, SYSTEM_URL, DIRECTORY, WORKSPACE_ID, STOP_AT } = process.env as Record<string, string>;
const db = await openDatabase(testPools({ appUrl: APP_URL!, systemUrl: SYSTEM_URL! }));

async function hang(): Promise<never> {
  process.send?.({ type: 'ready' });
  return new Promise(() => {});
}

async function* source(): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < 64; piece += 1) yield Buffer.alloc(65_536, 'x');
  if (STOP_AT === 'bytes') await hang();
}

// Without it nothing keeps the process.
setInterval(() => {}, 1_000);
await writeBlob(
  { db, store: createDiskStore({ directory: DIRECTORY! }), quotaBytes: 1_000_000_000 },
  { workspaceId: WORKSPACE_ID!, source: source(), limitBytes: 100_000_000 },
);
await hang();
