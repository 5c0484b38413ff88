import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { workflowBundle } from '../../workers/process/workflow-bundle.ts';

const listHistories = (folder: string) =>
  readdirSync(path.join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(folder, name));
const files = listHistories('histories');
/** Of jobs whose program only tests have. */
const rehearsals = listHistories('rehearsals');
const textOf = (file: string) => readFileSync(path.join(import.meta.dirname, file), 'utf8');
const historyOf = (file: string) => historyFromJSON(JSON.parse(textOf(file)));

test('histories of every workflow are kept', () => {
  const kinds = new Set(files.map((file) => path.basename(file).split('-')[0]));
  const kept = ['approval', 'build', 'crew', 'escalation', 'eval', 'job', 'keeper', 'mission', 'run'];
  expect([...kinds].sort()).toEqual(kept);
});

test.each(files)('the workflows of today replay %s', async (file) => {
  const bundle = await workflowBundle(path.join(os.tmpdir(), 'crewship-test-bundles'));
  await Worker.runReplayHistory({ workflowBundle: bundle }, historyOf(file));
});

test('what jobs’ programs are written with replays jobs of every end', async () => {
  const workflowsPath = path.join(import.meta.dirname, '../work/jobs/rehearsal-workflows.ts');
  const bundle = await bundleWorkflowCode({ workflowsPath });
  expect(rehearsals.length).toBeGreaterThan(5);
  for (const file of rehearsals) await Worker.runReplayHistory({ workflowBundle: bundle }, historyOf(file));
});

test('a workflow that decides otherwise is caught', async () => {
  const bundle = await bundleWorkflowCode({ workflowsPath: path.join(import.meta.dirname, 'changed-workflows.ts') });
  const file = files.find((name) => name.endsWith('mission-diamond.json'))!;
  await expect(Worker.runReplayHistory({ workflowBundle: bundle }, historyOf(file))).rejects.toThrow(
    DeterminismViolationError,
  );
});

test('no history holds text of people or agents, or anything secret', () => {
  for (const file of [...files, ...rehearsals]) {
    const text = textOf(file);
    const decoded = [...text.matchAll(/"data":\s*"([^"]+)"/g)].map((match) =>
      Buffer.from(match[1]!, 'base64').toString(),
    );
    const all = `${text}\n${decoded.join('\n')}`;
    for (const forbidden of [
      'Test mission',
      'why?',
      'fail-until',
      'crwv1.',
      'runv1.',
      'result_summary',
      'worker.mjs',
      'secret theatre',
      'Push the release tag',
      'sk-of-the-keeper',
      'crewship-jobs-',
    ]) {
      expect(all.includes(forbidden), `${file} holds ${forbidden}`).toBe(false);
    }
  }
});
