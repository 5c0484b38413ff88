import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkDocker, connectDocker } from '../../deploy/local/services/docker-address.ts';
import { findOnPath } from '../../deploy/local/services/run-command.ts';
import { TEST_DOCKER_HOST, TEST_FILTER_IMAGE, TEST_RUNTIME_IMAGE } from './test-services.ts';

const run = promisify(execFile);
const START_DEADLINE_MS = 60_000;

/** Why no daemon of a test's own can be started here; undefined when one can. */
export function whyNoOwnDockerd(): string | undefined {
  if (process.getuid?.() !== 0) return 'starting a Docker daemon needs root';
  const missing = ['dockerd', 'ip', 'nsenter'].find((name) => findOnPath([name], process.env) === undefined);
  return missing && `${missing} is not on PATH`;
}

export interface OwnDockerd {
  readonly dockerHost: string;
  /** Of the daemon's network namespace, whose loopback is up. */
  readonly namespaceFile: string;
  start(): Promise<void>;
  /** kill -9 of the daemon alone; containers go on until it is back. */
  kill(): Promise<void>;
  /** kill -9 of all: daemon, containerd and every container, as when the machine loses its power. */
  killMachine(): Promise<void>;
  close(): Promise<void>;
}

/** A Docker daemon of the test's own, in a network namespace of its own, with the agents' base image. */
export async function createOwnDockerd(): Promise<OwnDockerd> {
  const name = `crewship-test-${randomBytes(4).toString('hex')}`;
  const dir = await mkdtemp(path.join(os.tmpdir(), 'crewship-dockerd-'));
  const at = (file: string) => path.join(dir, file);
  const dockerHost = `unix://${at('docker.sock')}`;
  const namespaceFile = `/run/netns/${name}`;
  await run('ip', ['netns', 'add', name]);
  await run('nsenter', [`--net=${namespaceFile}`, 'ip', 'link', 'set', 'lo', 'up']);
  let daemon: ChildProcess | undefined;
  let gone: Promise<unknown> = Promise.resolve();

  /** Processes that were started with a path of this daemon's among their arguments. */
  async function ownProcesses(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
    const own = await Promise.all(
      pids.map(async (pid) => {
        const argv = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
        return argv.includes(`${dir}/`) ? Number(pid) : undefined;
      }),
    );
    return own.filter((pid) => pid !== undefined && pid !== process.pid) as number[];
  }

  const dockerd: OwnDockerd = {
    dockerHost,
    namespaceFile,
    async start() {
      const log = openSync(at('log'), 'a');
      const args = [
        `--net=${namespaceFile}`,
        'dockerd',
        `--data-root=${at('data')}`,
        `--exec-root=${at('exec')}`,
        `--pidfile=${at('pid')}`,
        `--host=${dockerHost}`,
      ];
      daemon = spawn(findOnPath(['nsenter'], process.env) ?? '', args, {
        stdio: ['ignore', log, log],
        env: { PATH: process.env.PATH },
      });
      closeSync(log);
      gone = new Promise((resolve) => daemon!.once('exit', resolve));
      const deadline = Date.now() + START_DEADLINE_MS;
      while (!(await answers(dockerHost))) {
        if (Date.now() > deadline || daemon.exitCode !== null)
          throw new Error(`dockerd did not start; see ${at('log')}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async kill() {
      daemon?.kill('SIGKILL');
      await gone;
      // Its containerd goes with it. Both stay in the process table where nobody reaps orphans, and a pid file that
      // names one of them would be taken for a process that runs.
      await Promise.all(['pid', 'exec/containerd/containerd.pid'].map((file) => rm(at(file), { force: true })));
    },
    async killMachine() {
      const docker = connectDocker(dockerHost);
      const containers = await docker.listContainers();
      const inits = await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).inspect()));
      await dockerd.kill();
      for (const pid of [...(await ownProcesses()), ...inits.map(({ State }) => State.Pid)]) killHard(pid);
      await unmountBeneath(dir);
      await rm(at('exec'), { recursive: true, force: true });
    },
    async close() {
      try {
        if (await answers(dockerHost)) {
          const docker = connectDocker(dockerHost);
          const containers = await docker.listContainers({ all: true });
          await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
        }
        daemon?.kill('SIGTERM');
        await gone;
      } finally {
        for (const pid of await ownProcesses()) killHard(pid);
        await run('ip', ['netns', 'delete', name]);
        await unmountBeneath(dir);
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
  await dockerd.start();
  for (const name of [TEST_RUNTIME_IMAGE, TEST_FILTER_IMAGE]) {
    const image = await connectDocker(TEST_DOCKER_HOST).getImage(name).get();
    const loading = await connectDocker(dockerHost).loadImage(image);
    await new Promise((resolve, reject) => loading.resume().once('end', resolve).once('error', reject));
  }
  return dockerd;
}

async function answers(dockerHost: string): Promise<boolean> {
  return checkDocker(dockerHost).then(
    () => true,
    () => false,
  );
}

/** What a daemon that was killed has left mounted. */
async function unmountBeneath(dir: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const target of mounts.filter((mount) => mount.startsWith(`${dir}/`)).reverse())
    await run('umount', ['-l', target]);
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went with another.
  }
}
