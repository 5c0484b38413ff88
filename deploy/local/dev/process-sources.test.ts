import path from 'node:path';
import { expect, test } from 'vitest';
import { stackProcesses } from '../processes.ts';
import { isMadeOf, readProcessSources } from './process-sources.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** The names of the processes that a change of the file restarts. */
async function restartedBy(file: string): Promise<string[]> {
  const names = await Promise.all(
    stackProcesses.map(async ({ name, entry, builds = [] }) => {
      const sources = await readProcessSources(ROOT, [entry, ...builds]);
      return isMadeOf(sources, file) ? [name] : [];
    }),
  );
  return names.flat();
}

test('a change restarts the processes that are made of it, and no other', async () => {
  expect(await restartedBy('api/app.ts')).toEqual(['api']);
  expect(await restartedBy('workflows/work/missions/mission-workflow.ts')).toEqual(['control']);
  expect(await restartedBy('sidecar/main.ts')).toEqual(['docker-host']);
  expect(await restartedBy('activities/work/runs/exec/wrapper.sh')).toEqual(['docker-host']);
  expect(await restartedBy('domain/kernel/errors/crewship-error.ts')).toEqual(stackProcesses.map(({ name }) => name));
  expect(await restartedBy('db/migrations/0001_kernel.sql')).toEqual(stackProcesses.map(({ name }) => name));
  expect(await restartedBy('activities/work/runs/exec/.wrapper.sh.swp')).toEqual([]);
  expect(await restartedBy('sidecar/api/forwarding.test.ts')).toEqual([]);
  expect(await restartedBy('docs/README.md')).toEqual([]);
});

test('a module that cannot be parsed is named', async () => {
  await expect(readProcessSources(ROOT, ['deploy/local/dev/missing.ts'])).rejects.toThrow('missing.ts');
});
