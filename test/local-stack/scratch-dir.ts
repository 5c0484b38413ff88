import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openProcessRecords } from '../../deploy/local/supervision/process-records.ts';

/** A data folder of a test. Disposing of it kills what a failed test left running in it, by record, and removes it. */
export async function makeScratchDir(): Promise<AsyncDisposable & { dir: string }> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'crewship-local-stack-'));
  // The user that Postgres runs as must be able to enter it.
  await chmod(dir, 0o711);
  return {
    dir,
    async [Symbol.asyncDispose]() {
      openProcessRecords(path.join(dir, 'processes')).killAll();
      await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** The settings of a machine where nothing is configured: what the environment of the test run says is left out. */
export function plainEnvironment(extra: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  const { PATH, HOME, XDG_CACHE_HOME, GOPROXY } = process.env;
  return { PATH, HOME, XDG_CACHE_HOME, GOPROXY, CREWSHIP_POSTGRES_SETTINGS: 'fsync=off', ...extra };
}
