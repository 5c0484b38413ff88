import { mkdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createFileWhole } from '../../../platform/host-files/create-file-whole.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

export type LockHolder = { identity: ProcessIdentity; purpose: string; since: string };
export type FileLock = { release: () => Promise<void> };

/** The lock is held by a live process; `holder` says which. */
export class LockHeldError extends Error {
  readonly holder: LockHolder;

  constructor(file: string, holder: LockHolder) {
    super(`${file} is held by process ${holder.identity.pid} (${holder.purpose}, since ${holder.since})`);
    this.holder = holder;
  }
}

const RETRY_INTERVAL_MS = 100;
const STALE_TAKEOVER_MS = 10_000;

/**
 * Takes a lock file that names its holder by process id and start time. The lock of a dead holder is taken over, so a
 * kill -9 never blocks the next start. With `waitMs` a live holder is waited for that long; then {@link LockHeldError}.
 */
export async function acquireFileLock(
  file: string,
  options: { purpose: string; waitMs?: number; onWait?: (holder: LockHolder) => void },
): Promise<FileLock> {
  await mkdir(path.dirname(file), { recursive: true });
  const own: LockHolder = { identity: ownIdentity(), purpose: options.purpose, since: new Date().toISOString() };
  const content = JSON.stringify(own);
  const deadline = Date.now() + (options.waitMs ?? 0);
  let told = false;
  for (;;) {
    if (await createFileWhole(file, content)) {
      return {
        async release() {
          if ((await readText(file)) === content) await rm(file, { force: true });
        },
      };
    }
    const held = await readText(file);
    if (held === undefined) continue;
    const holder = JSON.parse(held) as LockHolder;
    if (!isAlive(holder.identity)) {
      await removeStale(file, held);
      continue;
    }
    if (Date.now() >= deadline) throw new LockHeldError(file, holder);
    if (!told) options.onWait?.(holder);
    told = true;
    await delay(RETRY_INTERVAL_MS);
  }
}

/**
 * Two processes may find the same stale lock: a directory decides who removes it, so a fresh lock never goes with it.
 */
async function removeStale(file: string, stale: string): Promise<void> {
  const guard = `${file}.takeover`;
  try {
    await mkdir(guard);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const guarded = await stat(guard).catch(() => undefined);
    if (guarded && Date.now() - guarded.mtimeMs > STALE_TAKEOVER_MS) await rmdir(guard).catch(() => undefined);
    await delay(RETRY_INTERVAL_MS);
    return;
  }
  try {
    if ((await readText(file)) === stale) await rm(file, { force: true });
  } finally {
    await rmdir(guard);
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
