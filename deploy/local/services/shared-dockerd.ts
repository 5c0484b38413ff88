import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { acquireFileLock } from '../supervision/file-lock.ts';
import { type ManagedUnit, startOrAdoptProcess } from '../supervision/managed-process.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from '../supervision/process-identity.ts';
import { openProcessRecords } from '../supervision/process-records.ts';
import { waitUntilHealthy } from '../supervision/wait-until-healthy.ts';
import { checkDocker, connectDocker } from './docker-address.ts';
import type { Environment, Log } from './part.ts';

/**
 * The Docker daemon that a local stack starts where none runs. It belongs to the machine: every checkout uses it, its
 * record and its users are kept in `stateDir`, and the last user to leave stops it unless containers run on it.
 */
export type SharedDockerd = {
  /** True when a daemon that a local stack started still runs, so it is joined rather than taken for the system's. */
  isRunning: () => boolean;
  /** Starts or joins it and waits until it answers. Stopping the unit only leaves it. */
  join: () => Promise<ManagedUnit>;
};

export type SharedDockerdOptions = {
  dockerHost: string;
  /** The program and its arguments; `-H` and the pid file are added by the caller if they are not the defaults. */
  command: readonly [string, ...string[]];
  stateDir: string;
  /** Tells the users of the daemon apart: the data folder of the stack. */
  user: string;
  env: Environment;
  log: Log;
  /** Leave it running when the last user leaves. */
  keep: boolean;
};

const LOCK_WAIT_MS = 90_000;
const START_DEADLINE_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

export function createSharedDockerd(options: SharedDockerdOptions): SharedDockerd {
  const { dockerHost, stateDir, log } = options;
  const records = openProcessRecords(path.join(stateDir, 'process'));
  const usersDir = path.join(stateDir, 'users');
  const userFile = path.join(usersDir, createHash('sha256').update(options.user).digest('hex').slice(0, 16));
  const logFile = path.join(stateDir, 'dockerd.log');
  const lock = () =>
    acquireFileLock(path.join(stateDir, 'lock'), { purpose: 'starting or stopping dockerd', waitMs: LOCK_WAIT_MS });

  async function join(): Promise<ManagedUnit> {
    await mkdir(usersDir, { recursive: true, mode: 0o700 });
    const held = await lock();
    try {
      const [command, ...args] = options.command;
      const process = await startOrAdoptProcess(records, {
        name: 'dockerd',
        command,
        args,
        env: options.env,
        cwd: '/',
        logFile,
        stopTimeoutMs: STOP_TIMEOUT_MS,
      });
      log(`docker: ${process.adopted ? 'joined' : 'started'} dockerd, process ${process.pid} (log: ${logFile})`);
      await waitUntilHealthy({
        name: 'dockerd',
        check: () => checkDocker(dockerHost).then(() => undefined),
        exited: process.exited,
        deadlineMs: START_DEADLINE_MS,
        logFile,
      });
      await writeFile(userFile, JSON.stringify(ownIdentity()), { mode: 0o600 });
      return { exited: process.exited, stop: () => leave(process) };
    } finally {
      await held.release();
    }
  }

  async function leave(process: ManagedUnit): Promise<void> {
    const held = await lock();
    try {
      await rm(userFile, { force: true });
      if (!records.findLive('dockerd')) return;
      const reason = options.keep ? 'CREWSHIP_KEEP_DOCKERD is set' : await whyStillNeeded();
      if (reason) return log(`docker: dockerd keeps running: ${reason}`);
      await process.stop();
      log('docker: stopped dockerd');
    } finally {
      await held.release();
    }
  }

  async function whyStillNeeded(): Promise<string | undefined> {
    for (const name of await readdir(usersDir)) {
      const identity = JSON.parse(await readFile(path.join(usersDir, name), 'utf8')) as ProcessIdentity;
      if (isAlive(identity)) return `process ${identity.pid} uses it`;
      await rm(path.join(usersDir, name), { force: true });
    }
    const containers = await connectDocker(dockerHost, 5_000).listContainers();
    return containers.length > 0 ? `${containers.length} containers run on it` : undefined;
  }

  return { isRunning: () => records.findLive('dockerd') !== undefined, join };
}
