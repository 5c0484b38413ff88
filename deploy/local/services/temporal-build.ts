import { mkdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { acquireFileLock } from '../supervision/file-lock.ts';
import type { Environment, Log } from './part.ts';
import { bareEnvironment, findOnPath, isExecutable, runCommand } from './run-command.ts';

/** The newest version of the Temporal CLI that `go install` can build; the download is the same version. */
export const TEMPORAL_VERSION = '1.5.1';

const BUILD_TIMEOUT_MS = 20 * 60_000;
const PROGRESS_INTERVAL_MS = 30_000;
/** Go fetches a newer toolchain by itself from this version on. */
const OLDEST_GO_MINOR = 21;

/** Where programs fetched for the local stack are kept, shared by all checkouts of this user. */
export function programCache(env: Environment): string {
  const base = env.XDG_CACHE_HOME || path.join(env.HOME || os.homedir(), '.cache');
  return path.join(base, 'crewship', 'bin');
}

/** The path of the cached Temporal CLI, whether it is there or not. */
export function cachedTemporal(env: Environment): string {
  return path.join(programCache(env), `temporal-${TEMPORAL_VERSION}`);
}

/**
 * Puts a program into the cache, once, however many checkouts ask at the same time: the others wait and then find it.
 * `make` writes the program to the path it is given, in a folder of its own.
 */
export async function cacheProgram(
  file: string,
  options: { log: Log; name: string },
  make: (folder: string) => Promise<string>,
): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  const lock = await acquireFileLock(`${file}.lock`, {
    purpose: `installing ${options.name}`,
    waitMs: BUILD_TIMEOUT_MS,
    onWait: ({ identity }) =>
      options.log(`${options.name}: waiting for process ${identity.pid}, which installs it too`),
  });
  const folder = `${file}.new`;
  try {
    if (isExecutable(file)) return file;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await rename(await make(folder), file);
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await lock.release();
  }
}

/** Why it cannot be built here, or undefined when it can. */
export async function whyNoGo(env: Environment): Promise<string | undefined> {
  const go = findOnPath(['go'], env);
  if (!go) return 'Go is not on PATH';
  const output = await runCommand(go, ['version'], { env: goEnvironment(env), timeoutMs: 20_000 }).catch(() => '');
  const minor = Number(/go1\.(\d+)/.exec(output)?.[1] ?? 0);
  return minor >= OLDEST_GO_MINOR ? undefined : `Go 1.${OLDEST_GO_MINOR} or newer is needed, found: ${output.trim()}`;
}

/** Builds the Temporal CLI with Go into the cache and returns its path. */
export function buildTemporal(options: { env: Environment; log: Log }): Promise<string> {
  const { env, log } = options;
  const module = `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}`;
  return cacheProgram(cachedTemporal(env), { log, name: 'temporal' }, async (folder) => {
    const since = Date.now();
    const progress = setInterval(
      () => log(`temporal: still building (${Math.round((Date.now() - since) / 1_000)} s)`),
      PROGRESS_INTERVAL_MS,
    );
    try {
      await runCommand('go', ['install', module], {
        env: { ...goEnvironment(env), GOBIN: folder, CGO_ENABLED: '0', GOTOOLCHAIN: env.GOTOOLCHAIN ?? 'auto' },
        timeoutMs: BUILD_TIMEOUT_MS,
      });
    } finally {
      clearInterval(progress);
    }
    log(`temporal: built in ${Math.round((Date.now() - since) / 1_000)} s, kept in ${programCache(env)}`);
    return path.join(folder, 'temporal');
  });
}

/** Go needs its own settings (module proxy, caches, certificates) and none of ours. */
function goEnvironment(env: Environment): Environment {
  const settings = Object.entries(env).filter(([name]) => /^(GO|XDG_|SSL_|GIT_|https?_proxy$|no_proxy$)/i.test(name));
  return bareEnvironment(env, Object.fromEntries(settings));
}
