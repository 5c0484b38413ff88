import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { checkDocker } from '../../deploy/local/services/docker-address.ts';
import { findOnPath } from '../../deploy/local/services/run-command.ts';
import { createSharedDockerd } from '../../deploy/local/services/shared-dockerd.ts';
import { isAlive } from '../../deploy/local/supervision/process-identity.ts';
import { openProcessRecords } from '../../deploy/local/supervision/process-records.ts';
import { makeScratchDir } from './scratch-dir.ts';

const run = promisify(execFile);

/** A network namespace, so that a second daemon's bridge and rules never meet those of the machine's daemon. */
async function makeNetworkNamespace(): Promise<AsyncDisposable & { file: string }> {
  const name = `crewship-test-${randomBytes(4).toString('hex')}`;
  await run('ip', ['netns', 'add', name]);
  return {
    file: `/run/netns/${name}`,
    async [Symbol.asyncDispose]() {
      await run('ip', ['netns', 'delete', name]);
    },
  };
}

function whyNotHere(): string | undefined {
  if (process.getuid?.() !== 0) return 'starting a Docker daemon needs root';
  const missing = ['dockerd', 'ip', 'nsenter'].find((name) => !findOnPath([name], process.env));
  return missing && `${missing} is not on PATH`;
}

test('two stacks share the daemon the first one started, and the last to leave stops it', async (context) => {
  const obstacle = whyNotHere();
  if (obstacle) return context.skip(obstacle);
  await using scratch = await makeScratchDir();
  await using namespace = await makeNetworkNamespace();
  const at = (name: string) => path.join(scratch.dir, name);
  const lines: string[] = [];
  const dockerHost = `unix://${at('docker.sock')}`;
  const join = (user: string) =>
    createSharedDockerd({
      dockerHost,
      command: [
        findOnPath(['nsenter'], process.env) ?? 'nsenter',
        `--net=${namespace.file}`,
        'dockerd',
        `--data-root=${at('data')}`,
        `--exec-root=${at('exec')}`,
        `--pidfile=${at('pid')}`,
        `--host=${dockerHost}`,
      ],
      stateDir: at('state'),
      user,
      env: { PATH: process.env.PATH },
      log: (line) => lines.push(line),
      keep: false,
    }).join();

  const [one, two] = await Promise.all([join('one'), join('two')]);
  const daemon = openProcessRecords(at('state/process')).findLive('dockerd')?.identity;
  if (!daemon) throw new Error('the daemon has no record');
  expect(lines.filter((line) => line.startsWith('docker: started dockerd'))).toHaveLength(1);
  await checkDocker(dockerHost);

  await one.stop();
  await checkDocker(dockerHost);
  await two.stop();
  expect(isAlive(daemon)).toBe(false);
}, 120_000);
