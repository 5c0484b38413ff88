import { expect, test } from 'vitest';
import { JOB_KINDS } from '../domain/work/jobs/job-kinds.ts';
import { jobPrograms } from './job-programs.ts';

test('every kind that its own workflow drives has a program, of its steps', () => {
  const driven = JOB_KINDS.filter(({ driver }) => driver === 'job');
  expect(Object.keys(jobPrograms).sort()).toEqual(driven.map(({ name }) => name).sort());
  for (const { name, steps } of driven) expect(Object.keys(jobPrograms[name]!.steps)).toEqual(steps);
});
