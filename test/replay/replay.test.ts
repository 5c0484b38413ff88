import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { workflowBundle } from '../../workers/process/workflow-bundle.ts';

const directory = path.join(import.meta.dirname, 'histories');
const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
const historyOf = (file: string) => historyFromJSON(JSON.parse(readFileSync(path.join(directory, file), 'utf8')));

test('histories of every workflow are kept', () => {
  const kinds = new Set(files.map((file) => path.basename(file).split('-')[0]));
  expect([...kinds].sort()).toEqual(['build', 'crew', 'escalation', 'mission', 'run']);
});

test.each(files)('the workflows of today replay %s', async (file) => {
  const bundle = await workflowBundle(path.join(os.tmpdir(), 'crewship-test-bundles'));
  await Worker.runReplayHistory({ workflowBundle: bundle }, historyOf(file));
});

test('a workflow that decides otherwise is caught', async () => {
  const bundle = await bundleWorkflowCode({ workflowsPath: path.join(import.meta.dirname, 'changed-workflows.ts') });
  const file = files.find((name) => name.endsWith('mission-diamond.json'))!;
  await expect(Worker.runReplayHistory({ workflowBundle: bundle }, historyOf(file))).rejects.toThrow(
    DeterminismViolationError,
  );
});

test('no history holds text of people or agents, or anything secret', () => {
  for (const file of files) {
    const text = readFileSync(path.join(directory, file), 'utf8');
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
    ]) {
      expect(all.includes(forbidden), `${file} holds ${forbidden}`).toBe(false);
    }
  }
});
