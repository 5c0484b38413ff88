import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TASK_STATUSES } from './task-status.ts';
import { type ResettableTask, tasksToReset } from './tasks-to-reset.ts';

test('what failed and all that comes after it is reset; what came before and beside it stays', () => {
  const tasks: ResettableTask[] = [
    { id: 'before', status: 'COMPLETED', dependsOn: [] },
    { id: 'beside', status: 'COMPLETED', dependsOn: ['before'] },
    { id: 'failed', status: 'FAILED', dependsOn: ['before'] },
    { id: 'after', status: 'COMPLETED', dependsOn: ['failed'] },
    { id: 'last', status: 'SKIPPED', dependsOn: ['after', 'beside'] },
  ];
  expect(tasksToReset(tasks)).toEqual(['failed', 'after', 'last']);
});

test('a mission in which nothing failed has nothing to reset', () => {
  expect(tasksToReset([{ id: 'a', status: 'COMPLETED', dependsOn: [] }])).toEqual([]);
});

test('whatever the graph, the set holds every dependant of its members and nothing without a cause', () => {
  const graphs = fc.array(
    fc.record({ status: fc.constantFrom(...TASK_STATUSES), dependsOn: fc.uniqueArray(fc.nat(9), { maxLength: 3 }) }),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(graphs, (rows) => {
      const tasks = rows.map(({ status, dependsOn }, index) => ({
        id: `t${index}`,
        status,
        dependsOn: dependsOn.filter((n) => n < index).map((n) => `t${n}`),
      }));
      const reset = new Set(tasksToReset(tasks));
      for (const task of tasks) {
        const caused =
          ['FAILED', 'CANCELLED', 'AWAITING_APPROVAL'].includes(task.status) ||
          task.dependsOn.some((id) => reset.has(id));
        expect(reset.has(task.id)).toBe(caused);
      }
    }),
  );
});
