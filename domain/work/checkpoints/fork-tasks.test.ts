import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTerminalTask, TASK_STATUSES } from '../missions/task-status.ts';
import { forkTasks, type TaskToFork } from './fork-tasks.ts';

const THEN = 1_000;

function task(id: string, rest: Partial<TaskToFork> = {}): TaskToFork {
  return { id, status: 'PENDING', dependsOn: [], createdAtMs: 0, completedAtMs: null, ...rest };
}

const statusesOf = (tasks: readonly TaskToFork[], pendingTasks: readonly string[] = []) =>
  Object.fromEntries(
    forkTasks(tasks, { createdAtMs: THEN, pendingTasks }).map((copy) => [copy.id, [copy.status, copy.keepsResult]]),
  );

test('what had ended stays ended with its result, what had not has not begun', () => {
  const tasks = [
    task('done', { status: 'COMPLETED', completedAtMs: 900 }),
    task('failed', { status: 'FAILED', completedAtMs: 900 }),
    task('running', { status: 'IN_PROGRESS', dependsOn: ['done'] }),
    task('judged', { status: 'AWAITING_APPROVAL' }),
    task('next', { status: 'BLOCKED', dependsOn: ['running'] }),
  ];
  expect(statusesOf(tasks, ['running', 'judged', 'next'])).toEqual({
    done: ['COMPLETED', true],
    failed: ['FAILED', true],
    running: ['PENDING', false],
    judged: ['PENDING', false],
    next: ['BLOCKED', false],
  });
});

test('what has happened since is not in the fork', () => {
  const tasks = [
    task('finished since', { status: 'COMPLETED', completedAtMs: 1_100 }),
    task('run again since', { status: 'COMPLETED', completedAtMs: 1_200 }),
    task('ended in a transaction that began before', { status: 'SKIPPED', completedAtMs: 999 }),
    task('reset since', { status: 'PENDING' }),
    task('added since', { status: 'COMPLETED', createdAtMs: 1_001, completedAtMs: 1_100 }),
    task('depends on it since', { dependsOn: ['added since'] }),
  ];
  const pending = ['finished since', 'ended in a transaction that began before'];
  expect(statusesOf(tasks, pending)).toEqual({
    'finished since': ['PENDING', false],
    'run again since': ['PENDING', false],
    'ended in a transaction that began before': ['PENDING', false],
    'reset since': ['PENDING', false],
    'depends on it since': ['PENDING', false],
  });
});

test('a fork holds nothing that only an attempt could move', () => {
  const tasks = fc
    .array(
      fc.record({
        status: fc.constantFrom(...TASK_STATUSES),
        createdAtMs: fc.integer({ min: 0, max: 2_000 }),
        completedAtMs: fc.option(fc.integer({ min: 0, max: 2_000 })),
        dependencies: fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
        pending: fc.boolean(),
      }),
      { maxLength: 10 },
    )
    .map((list) =>
      list.map(({ dependencies, ...rest }, index) => ({
        ...rest,
        id: `t${index}`,
        dependsOn: [...new Set(dependencies.filter((place) => place < index).map((place) => `t${place}`))],
      })),
    );
  fc.assert(
    fc.property(tasks, (list) => {
      const pendingTasks = list.filter(({ pending }) => pending).map(({ id }) => id);
      const forked = forkTasks(list, { createdAtMs: THEN, pendingTasks });
      const ids = new Set(forked.map(({ id }) => id));
      for (const copy of forked) {
        expect(copy.keepsResult).toBe(isTerminalTask(copy.status));
        expect(['PENDING', 'BLOCKED', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED']).toContain(copy.status);
        expect(copy.dependsOn.every((id) => ids.has(id))).toBe(true);
      }
    }),
  );
});
