import path from 'node:path';
import { expect, test } from 'vitest';
import { stackProcesses } from '../processes.ts';
import { isMadeOf, readProcessSources } from './process-sources.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

test('a change restarts the processes that are made of it, and no other', async () => {
  const made = await Promise.all(
    stackProcesses.map(async ({ name, entry, builds = [] }) => ({
      name,
      sources: await readProcessSources(ROOT, [entry, ...builds]),
    })),
  );
  /** The names of the processes that a change of the file restarts. */
  const restartedBy = (file: string): string[] =>
    made.filter(({ sources }) => isMadeOf(sources, file)).map(({ name }) => name);
  expect(restartedBy('api/app.ts')).toEqual(['api']);
  expect(restartedBy('workflows/work/missions/mission-workflow.ts')).toEqual(['control']);
  expect(restartedBy('sidecar/main.ts')).toEqual(['docker-host']);
  expect(restartedBy('activities/work/runs/exec/wrapper.sh')).toEqual(['docker-host']);
  expect(restartedBy('domain/kernel/errors/crewship-error.ts')).toEqual(stackProcesses.map(({ name }) => name));
  expect(restartedBy('db/migrations/0001_kernel.sql')).toEqual(stackProcesses.map(({ name }) => name));
  expect(restartedBy('activities/work/runs/exec/.wrapper.sh.swp')).toEqual([]);
  expect(restartedBy('sidecar/api/forwarding.test.ts')).toEqual([]);
  expect(restartedBy('docs/README.md')).toEqual([]);
});

test('a module that cannot be parsed is named', async () => {
  await expect(readProcessSources(ROOT, ['deploy/local/dev/missing.ts'])).rejects.toThrow('missing.ts');
});
