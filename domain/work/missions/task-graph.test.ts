import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findGraphProblem, type GraphTask } from './task-graph.ts';

test('a diamond has no problem', () => {
  const diamond: GraphTask[] = [
    { id: 'a', dependsOn: [] },
    { id: 'b', dependsOn: ['a'] },
    { id: 'c', dependsOn: ['a'] },
    { id: 'd', dependsOn: ['b', 'c'] },
  ];
  expect(findGraphProblem(diamond)).toBeNull();
});

test('an unknown dependency is named', () => {
  expect(findGraphProblem([{ id: 'a', dependsOn: ['ghost'] }])).toEqual({
    kind: 'unknown_dependency',
    taskId: 'a',
    dependsOn: 'ghost',
  });
});

test('whatever the graph, a reported cycle is a real one and a clean graph can be ordered', () => {
  const graphs = fc.integer({ min: 1, max: 8 }).chain((count) =>
    fc.array(fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { maxLength: 3 }), {
      minLength: count,
      maxLength: count,
    }),
  );
  fc.assert(
    fc.property(graphs, (edges) => {
      const tasks = edges.map((dependsOn, index) => ({ id: `t${index}`, dependsOn: dependsOn.map((n) => `t${n}`) }));
      const problem = findGraphProblem(tasks);
      if (problem === null) {
        const done = new Set<string>();
        for (let round = 0; round < tasks.length; round += 1) {
          for (const task of tasks) if (task.dependsOn.every((id) => done.has(id))) done.add(task.id);
        }
        expect(done.size).toBe(tasks.length);
        return;
      }
      expect(problem.kind).toBe('cycle');
      if (problem.kind !== 'cycle') return;
      for (const [index, id] of problem.taskIds.entries()) {
        const previous = problem.taskIds.at(index - 1)!;
        expect(tasks.find((task) => task.id === id)!.dependsOn).toContain(previous);
      }
    }),
  );
});
