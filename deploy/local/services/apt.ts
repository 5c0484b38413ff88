import { existsSync } from 'node:fs';
import type { Environment, Log } from './part.ts';
import { findOnPath, isRoot, runCommand } from './run-command.ts';

/** Why packages cannot be installed with apt here, or undefined when they can. */
export function whyNoApt(env: Environment): string | undefined {
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version')) return 'this is not Debian or Ubuntu';
  if (!findOnPath(['apt-get'], env)) return 'apt-get is not on PATH';
  if (!isRoot()) return 'installing with apt needs root';
  return undefined;
}

const LIMIT_MS = 10 * 60_000;
let queue: Promise<unknown> = Promise.resolve();

/**
 * Installs packages with apt, refreshing the package lists when they are too old or absent. Parts that start in
 * parallel wait for each other here, and for up to five minutes for any other user of apt.
 */
export function aptInstall(packages: readonly string[], options: { env: Environment; log: Log }): Promise<void> {
  const turn = queue.then(() => install(packages, options));
  queue = turn.catch(() => undefined);
  return turn;
}

async function install(packages: readonly string[], { env, log }: { env: Environment; log: Log }): Promise<void> {
  const aptEnv = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) =>
    runCommand('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], { env: aptEnv, timeoutMs: LIMIT_MS });
  log(`apt: installing ${packages.join(', ')}`);
  try {
    await apt('install', '-y', ...packages);
  } catch {
    log('apt: refreshing the package lists');
    await apt('update');
    await apt('install', '-y', ...packages);
  }
}
