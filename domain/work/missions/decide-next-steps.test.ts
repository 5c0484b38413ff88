import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideNextSteps, type MissionView, type TaskView } from './decide-next-steps.ts';
import { isTerminalTask, satisfiesDependants, TASK_STATUSES, type TaskStatus } from './task-status.ts';

const running: MissionView = {
  status: 'IN_PROGRESS',
  pausedAtMs: null,
  deadlineAtMs: 1_000_000,
  clockStoppedAtMs: null,
  settleArmed: true,
};

function task(id: string, status: TaskStatus, dependsOn: string[] = [], rest: Partial<TaskView> = {}): TaskView {
  return { id, status, dependsOn, runId: null, retryAtMs: null, ...rest };
}

test('a completed dependency unblocks and dispatches in the same step', () => {
  const steps = decideNextSteps(running, [task('a', 'COMPLETED'), task('b', 'BLOCKED', ['a'])], 0);
  expect(steps).toMatchObject({ unblock: ['b'], dispatch: ['b'], settle: null });
});

test('a skipped dependency counts as satisfied', () => {
  expect(decideNextSteps(running, [task('a', 'SKIPPED'), task('b', 'BLOCKED', ['a'])], 0).dispatch).toEqual(['b']);
});

test('a failed task fails its dependants through any chain, and the mission when nothing is left open', () => {
  const steps = decideNextSteps(
    running,
    [task('c', 'BLOCKED', ['b']), task('b', 'BLOCKED', ['a']), task('a', 'FAILED')],
    0,
  );
  expect([...steps.failCascade].sort()).toEqual(['b', 'c']);
  expect(steps.settle).toEqual({ to: 'FAILED', reason: 'tasks_failed' });
});

test('a task with an attempt is not dispatched again', () => {
  expect(decideNextSteps(running, [task('a', 'PENDING', [], { runId: 'r1' })], 0).dispatch).toEqual([]);
});

test('a retry waits for its time and says when to look again', () => {
  const steps = decideNextSteps(running, [task('a', 'PENDING', [], { retryAtMs: 500 })], 100);
  expect(steps).toMatchObject({ dispatch: [], wakeAtMs: 500 });
  expect(decideNextSteps(running, [task('a', 'PENDING', [], { retryAtMs: 500 })], 500).dispatch).toEqual(['a']);
});

test('a paused mission dispatches nothing but still unblocks', () => {
  const steps = decideNextSteps(
    { ...running, pausedAtMs: 1 },
    [task('a', 'COMPLETED'), task('b', 'BLOCKED', ['a'])],
    0,
  );
  expect(steps).toMatchObject({ unblock: ['b'], dispatch: [] });
});

test('a reopened mission with nothing new to do stays open', () => {
  expect(decideNextSteps({ ...running, settleArmed: false }, [task('a', 'COMPLETED')], 0).settle).toBeNull();
});

test('the deadline ends the mission', () => {
  expect(decideNextSteps(running, [task('a', 'IN_PROGRESS')], 1_000_000).settle).toEqual({
    to: 'FAILED',
    reason: 'timeout',
  });
});

test('a stopped clock lets no deadline pass, and saves no mission whose time was up before it stopped', () => {
  const stopped = { ...running, clockStoppedAtMs: 999_999 };
  const waiting = [task('a', 'AWAITING_APPROVAL')];
  expect(decideNextSteps(stopped, waiting, 2_000_000)).toMatchObject({ settle: null, wakeAtMs: null });
  expect(decideNextSteps({ ...running, clockStoppedAtMs: 1_000_000 }, waiting, 1_000_000).settle).toEqual({
    to: 'FAILED',
    reason: 'timeout',
  });
});

test('a task that waits for approval keeps its mission open and its dependants blocked', () => {
  const steps = decideNextSteps(running, [task('a', 'AWAITING_APPROVAL'), task('b', 'BLOCKED', ['a'])], 0);
  expect(steps).toMatchObject({ unblock: [], dispatch: [], failCascade: [], settle: null });
});

test('whatever the rows, applying the steps leaves nothing more to decide and never dispatches before a dependency', () => {
  const missions = fc.integer({ min: 1, max: 7 }).chain((count) =>
    fc.array(
      fc.record({
        status: fc.constantFrom(...TASK_STATUSES),
        dependsOn: fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { maxLength: 3 }),
        running: fc.boolean(),
      }),
      { minLength: count, maxLength: count },
    ),
  );
  fc.assert(
    fc.property(missions, (rows) => {
      const tasks = rows.map((row, index) =>
        task(
          `t${index}`,
          row.status,
          row.dependsOn.filter((n) => n < index).map((n) => `t${n}`),
          { runId: row.running && !isTerminalTask(row.status) ? 'run' : null },
        ),
      );
      const steps = decideNextSteps(running, tasks, 0);
      const after = tasks.map((view) => {
        if (steps.failCascade.includes(view.id)) return { ...view, status: 'FAILED' as const };
        const unblocked = steps.unblock.includes(view.id) ? { ...view, status: 'PENDING' as const } : view;
        return steps.dispatch.includes(view.id) ? { ...unblocked, runId: 'run' } : unblocked;
      });
      for (const id of steps.dispatch) {
        const view = after.find((candidate) => candidate.id === id)!;
        // PENDING tasks were unblocked before; only those unblocked now must have every dependency satisfied.
        if (!steps.unblock.includes(id)) continue;
        for (const dependency of view.dependsOn) {
          expect(satisfiesDependants(after.find((candidate) => candidate.id === dependency)!.status)).toBe(true);
        }
      }
      const again = decideNextSteps(running, after, 0);
      expect(again).toMatchObject({ unblock: [], failCascade: [], dispatch: [] });
    }),
  );
});

test('a mission that its lead still plans does not end, whatever its tasks say; one whose plan failed does', () => {
  for (const tasks of [[], [task('a', 'COMPLETED')], [task('a', 'FAILED')], [task('a', 'BLOCKED', ['a'])]]) {
    expect(decideNextSteps({ ...running, planning: 'open' }, tasks, 0).settle).toBeNull();
    expect(decideNextSteps({ ...running, planning: 'failed' }, tasks, 0)).toMatchObject({
      dispatch: [],
      settle: { to: 'FAILED', reason: 'planning_failed' },
    });
  }
  expect(decideNextSteps({ ...running, planning: 'open' }, [], 1_000_000).settle).toEqual({
    to: 'FAILED',
    reason: 'timeout',
  });
});
