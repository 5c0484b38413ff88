import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ensureCrewContainer } from '../../../activities/crews/containers/crew-container.ts';
import { type HookFailure, runPostStart } from '../../../activities/crews/crews/post-start/run-post-start.ts';
import { hookPrograms, type LifecycleCommand } from '../../../domain/crews/provisioning/lifecycle-command.ts';
import { type ContainerCrew, createDockerFixture, startCrew } from '../../support/container-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

const fixture = perFile(() => createDockerFixture());

async function hooks(
  crew: ContainerCrew,
  command: LifecycleCommand,
  options: { env?: Record<string, string>; limitMs?: number } = {},
): Promise<HookFailure[]> {
  const failures: HookFailure[] = [];
  await runPostStart(
    { ...fixture.attempts, events: fixture.events },
    {
      crewId: crew.spec.crewId,
      containerId: crew.containerId,
      startedAt: crew.startedAt,
      programs: hookPrograms(command),
      env: options.env ?? {},
    },
    async (failure) => void failures.push(failure),
    options.limitMs,
  );
  return failures;
}

const written = async (crew: ContainerCrew) => (await crew.sh('cat /workspace/hooks')).stdout.trim().split('\n');

test('hooks run as agents in a login shell, in any of their shapes, in order', async () => {
  const crew = await startCrew(fixture);
  await crew.sh('echo "export PROFILE=read" >/home/agent/.profile');
  const line =
    'echo "line $(id -u) $GREETING $PROFILE" >>/workspace/hooks; case $- in *e*) echo errexit >>/workspace/hooks;; ' +
    'esac';
  expect(await hooks(crew, line, { env: { GREETING: "it's $(odd)" } })).toEqual([]);
  expect(await written(crew)).toEqual(["line 1001 it's $(odd) read", 'errexit']);
  const words = await startCrew(fixture);
  expect(
    await hooks(words, ['/bin/sh', '-c', 'printf "%s\\n" "$@" >>/workspace/hooks', 'sh', 'a b', "'; $(x)"]),
  ).toEqual([]);
  expect(await written(words)).toEqual(['a b', "'; $(x)"]);
  const named = await startCrew(fixture);
  expect(
    await hooks(named, {
      second: 'echo second >>/workspace/hooks',
      first: ['touch', '/workspace/first'],
      third: 'echo $PATH >>/workspace/hooks',
    }),
  ).toEqual([]);
  const [second, searchPath] = await written(named);
  expect(second).toBe('second');
  expect(searchPath).toMatch(/^\/opt\/crew-tools\/bin:\/opt\/crewship\/bin:/);
}, 60_000);

test('a hook that fails is told, ends at its first failing command, and the next one runs', async () => {
  const crew = await startCrew(fixture);
  const failures = await hooks(crew, {
    a: 'echo before >>/workspace/hooks; false; echo after >>/workspace/hooks',
    b: 'echo next >>/workspace/hooks; echo told; exit 7',
    c: ['/no/such/program'],
    d: 'echo last >>/workspace/hooks',
  });
  expect(await written(crew)).toEqual(['before', 'next', 'last']);
  expect(failures.map(({ name, reason, exitCode }) => [name, reason, exitCode])).toEqual([
    ['a', 'failed', 1],
    ['b', 'failed', 7],
    ['c', 'failed', 127],
  ]);
  expect(await readFile(path.join(crew.recordsDir, failures[1]!.hookId, 'output'), 'utf8')).toBe('told\n');
}, 60_000);

test('a hook that takes too long is ended with all it started', async () => {
  const crew = await startCrew(fixture);
  const failures = await hooks(
    crew,
    { slow: 'sleep 300 & sleep 300', next: 'echo next >>/workspace/hooks' },
    { limitMs: 1_500 },
  );
  expect(failures.map(({ name, reason }) => [name, reason])).toEqual([['slow', 'timeout']]);
  expect(await written(crew)).toEqual(['next']);
  expect((await crew.sh('grep -lszx 300 /proc/[0-9]*/cmdline')).stdout).toBe('');
}, 60_000);

test('however often it is asked for, also at once, a hook runs once a start of its container', async () => {
  const crew = await startCrew(fixture);
  const slow = 'echo ran >>/workspace/hooks; sleep 0.5; exit 3';
  const told = await Promise.all([hooks(crew, slow), hooks(crew, slow)]);
  expect(await written(crew)).toEqual(['ran']);
  expect(told.flat().length).toBeGreaterThan(0);
  await hooks(crew, slow);
  expect(await written(crew)).toEqual(['ran']);
  await fixture.docker.stopContainer(crew.containerId, 0);
  const again = await ensureCrewContainer(fixture.prepare, crew.spec);
  expect(again.containerId).toBe(crew.containerId);
  await hooks({ ...crew, ...again }, slow);
  expect(await written(crew)).toEqual(['ran', 'ran']);
  expect((await readdir(crew.runsDir)).length).toBe(2);
}, 60_000);

test('a container that stops under its hooks is said to be, so that it is started again', async () => {
  const crew = await startCrew(fixture);
  async function stopOnceBegun(): Promise<void> {
    while (!(await readdir(crew.runsDir)).some((name) => name.startsWith('hook-'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await fixture.docker.stopContainer(crew.containerId, 0);
  }
  const [hooked] = await Promise.allSettled([hooks(crew, 'echo ran >>/workspace/hooks; sleep 60'), stopOnceBegun()]);
  expect(hooked).toMatchObject({ status: 'rejected', reason: { code: 'not_ready' } });
}, 60_000);
