import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connectDocker } from '../../deploy/local/services/docker-address.ts';
import { makeScratchDir, plainEnvironment } from '../local-stack/scratch-dir.ts';
import { DOCKER_MISSING, TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../support/test-services.ts';

const DEMO = path.resolve(import.meta.dirname, '../../deploy/local/demo.ts');

/** Runs the demo to its end as people do, on a data folder of its own. */
async function runDemo(dataDir: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [DEMO], {
    env: plainEnvironment({
      CREWSHIP_DATA_DIR: dataDir,
      CREWSHIP_RUNTIME_IMAGE: TEST_RUNTIME_IMAGE,
      DOCKER_HOST: TEST_DOCKER_HOST,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

/** Processes that name the data folder in their arguments or environment, as all of a stack do. */
async function processesOf(dataDir: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(
    ids.map((id) =>
      Promise.all(['cmdline', 'environ'].map((file) => readFile(`/proc/${id}/${file}`, 'latin1').catch(() => ''))),
    ),
  );
  return ids.filter((_, index) => texts[index]!.some((text) => text.includes(dataDir)));
}

const docker = connectDocker(TEST_DOCKER_HOST);

async function stackIdOf(dataDir: string): Promise<string> {
  return (JSON.parse(await readFile(path.join(dataDir, 'secrets.json'), 'utf8')) as { stackId: string }).stackId;
}

async function containersOf(stackId: string) {
  return docker.listContainers({ all: true, filters: { label: [`crewship.stack=${stackId}`] } });
}

async function removeVolumesOf(stackId: string): Promise<void> {
  const { Volumes: volumes } = await docker.listVolumes({
    filters: JSON.stringify({ name: [`crewship-${stackId}-`] }),
  });
  await Promise.all(volumes.map(({ Name }) => docker.getVolume(Name).remove()));
}

test('the demo runs its mission to the end, twice on the same data, and leaves nothing running', async (context) => {
  if (DOCKER_MISSING) return context.skip(DOCKER_MISSING);
  await using scratch = await makeScratchDir();
  const dataDir = path.join(scratch.dir, 'data');

  const first = await runDemo(dataDir);
  expect(first.output).toContain('bootstrapped: admin@example.com');
  expect(first.output).toMatch(/^task +agent +attempts +duration +result +cost$/m);
  for (const agent of ['Lead', 'Traffic', 'Errors']) {
    expect(first.output).toMatch(new RegExp(`^\\S.* ${agent} +1 +\\d+\\.\\d\\d s  .+\\$0\\.\\d{6}$`, 'm'));
  }
  // What the person answered is in the result of the task that asked.
  expect(first.output).toMatch(/^Decide and report +Lead .*Yes: roll back to 2\.3 now/m);
  expect(first.output).toMatch(/^API docs +http:\/\/127\.0\.0\.1:\d+\/docs$/m);
  expect(first.output).toMatch(/^Temporal UI +http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\?query=/m);
  expect(first.code).toBe(0);

  const second = await runDemo(dataDir);
  expect(second.output).toContain('this instance has its admin already: signed in as admin@example.com');
  expect(second.output).toMatch(/^Decide and report +Lead .*Yes: roll back to 2\.3 now/m);
  expect(second.code).toBe(0);

  const stackId = await stackIdOf(dataDir);
  expect(await containersOf(stackId)).toEqual([]);
  expect(await processesOf(dataDir)).toEqual([]);
  await removeVolumesOf(stackId);
}, 180_000);
