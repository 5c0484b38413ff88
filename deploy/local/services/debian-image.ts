import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { acquireFileLock } from '../supervision/file-lock.ts';
import { aptInstall, whyNoApt } from './apt.ts';
import { connectDocker } from './docker-address.ts';
import type { Environment, Log } from './part.ts';
import { hasImage } from './pull-image.ts';
import { findOnPath, isRoot, runCommand } from './run-command.ts';
import { programCache } from './temporal-build.ts';

export const BUILT_IMAGE = 'crewship/runtime-base:bookworm';
const RELEASE = 'bookworm';
const BUILD_TIMEOUT_MS = 15 * 60_000;

/** Why the image cannot be built here, or undefined when it can. */
export function whyNoDebootstrap(env: Environment): string | undefined {
  if (process.platform !== 'linux') return 'debootstrap needs Linux';
  if (!isRoot()) return 'debootstrap needs root';
  return findOnPath(['debootstrap'], env) ? undefined : whyNoApt(env);
}

/**
 * Builds a minimal Debian from its packages and imports it, for machines that reach a Debian mirror (setting
 * CREWSHIP_DEBIAN_MIRROR) but no image registry. Returns the image's name.
 */
export async function buildDebianImage(options: { env: Environment; log: Log; dockerHost: string }): Promise<string> {
  const { env, log, dockerHost } = options;
  const docker = connectDocker(dockerHost);
  await mkdir(programCache(env), { recursive: true });
  const lock = await acquireFileLock(path.join(programCache(env), 'runtime-base.lock'), {
    purpose: `building ${BUILT_IMAGE}`,
    waitMs: BUILD_TIMEOUT_MS,
    onWait: ({ identity }) => log(`image: waiting for process ${identity.pid}, which builds it too`),
  });
  // Not under the data folder: a mount that forbids device nodes or programs would break it, the system's folder does
  // not.
  const root = await mkdtemp(path.join(os.tmpdir(), 'crewship-rootfs-'));
  try {
    if (await hasImage(docker, BUILT_IMAGE)) return BUILT_IMAGE;
    if (!findOnPath(['debootstrap'], env)) await aptInstall(['debootstrap'], { env, log });
    const mirror = env.CREWSHIP_DEBIAN_MIRROR;
    log(
      `image: building ${BUILT_IMAGE} from ${mirror ?? 'the default mirror of debootstrap'} (CREWSHIP_DEBIAN_MIRROR)`,
    );
    const source = mirror === undefined ? [] : [mirror];
    await runCommand('debootstrap', ['--variant=minbase', RELEASE, root, ...source], {
      env,
      timeoutMs: BUILD_TIMEOUT_MS,
    });
    await Promise.all(
      ['var/cache/apt/archives', 'var/lib/apt/lists', 'var/log'].map(async (emptied) => {
        await rm(path.join(root, emptied), { recursive: true, force: true });
        await mkdir(path.join(root, emptied), { recursive: true });
      }),
    );
    await importImage(root, BUILT_IMAGE, docker, env);
    return BUILT_IMAGE;
  } finally {
    await rm(root, { recursive: true, force: true });
    await lock.release();
  }
}

/** Makes an image of a directory's files. */
export async function importImage(
  root: string,
  name: string,
  docker: ReturnType<typeof connectDocker>,
  env: Environment,
): Promise<void> {
  const [repo, tag] = name.split(':');
  const tar = spawn('tar', ['--numeric-owner', '--one-file-system', '-C', root, '-c', '.'], {
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const packed = new Promise<void>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with exit code ${code}`))));
  });
  const [progress] = await Promise.all([docker.importImage(tar.stdout, { repo, tag }), packed]);
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress as NodeJS.ReadableStream, (error) => (error ? reject(error) : resolve()));
  });
}
