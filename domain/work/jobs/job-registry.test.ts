import { expect, test } from 'vitest';
import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import { JOB_KINDS } from './job-kinds.ts';
import { createJobRegistry } from './job-registry.ts';
import type { Zod } from '../../kernel/schemas/zod.ts';

/** Makes nothing: what kinds are refused for has nothing to do with their schemas. */
const z = new Proxy(() => z, { get: () => z, apply: () => z }) as unknown as Zod;
const kind: JobKind = {
  name: 'test.kind',
  description: '',
  startedBy: null,
  seenBy: { action: 'read', scope: 'jobs:read' },
  cancelledBy: { action: 'manage', scope: 'jobs:write' },
  input: () => ({}) as never,
  result: () => ({}) as never,
  deadlineMs: 1_000,
  driver: 'job',
  steps: ['one', 'two'],
};

test('the product’s kinds are told apart by their names', () => {
  const { all, find } = createJobRegistry(z, JOB_KINDS);
  expect(all.map(({ name }) => name)).toEqual([...new Set(JOB_KINDS.map(({ name }) => name))]);
  expect(find('provision')?.steps).toHaveLength(6);
  expect(find('constructor')).toBeUndefined();
});

test('a kind that could not be carried out is refused when it is registered', () => {
  const refusal =
    (...kinds: JobKind[]) =>
    () =>
      createJobRegistry(z, kinds);
  expect(refusal(kind)).not.toThrow();
  expect(refusal(kind, kind)).toThrow('declared twice');
  expect(refusal({ ...kind, name: 'Test Kind' })).toThrow('no name');
  expect(refusal({ ...kind, steps: [] })).toThrow('steps');
  expect(refusal({ ...kind, steps: ['one', 'one'] })).toThrow('steps');
  expect(refusal({ ...kind, deadlineMs: null })).toThrow('no deadline');
  expect(refusal({ ...kind, deadlineMs: null, driver: 'own' })).not.toThrow();
});
