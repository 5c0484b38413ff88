import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_PLANNED_TASKS, type ParsedTask, parsePlan } from './parse-plan.ts';
import { findGraphProblem } from './task-graph.ts';

const AGENTS = [
  { id: 'agent1', slug: 'lead' },
  { id: 'agent2', slug: 'builder' },
];
const codes = (plan: unknown) => {
  const parsed = parsePlan(plan, AGENTS);
  return parsed.ok ? [] : parsed.problems.map(({ code, task }) => (task === null ? code : `${code}:${task}`));
};
const one = (rest: object) => codes({ tasks: [{ title: 'a', ...rest }] });

test('a sound plan becomes tasks that name each other by place, whichever way the lead named them', () => {
  const parsed = parsePlan(
    {
      summary: 'ignored',
      tasks: [
        { title: '  Last ', depends_on: ['first', 1, 1] },
        { title: 'First', key: 'first', assigned_agent: 'builder', description: 'so\0so', max_iterations: 2 },
        { title: 'Other', assigned_agent: 'agent1', approval_required: true, depends_on: [], unknown: 1 },
      ],
    },
    AGENTS,
  );
  const task = (rest: Partial<ParsedTask>) => ({
    description: null,
    assignedAgentId: null,
    dependsOn: [],
    maxIterations: null,
    approvalRequired: false,
    ...rest,
  });
  expect(parsed).toEqual({
    ok: true,
    tasks: [
      task({ title: 'Last', order: 0, dependsOn: [1] }),
      task({ title: 'First', order: 1, assignedAgentId: 'agent2', description: 'soso', maxIterations: 2 }),
      task({ title: 'Other', order: 2, assignedAgentId: 'agent1', approvalRequired: true }),
    ],
  });
});

test('what is not a plan, or has no tasks or too many, is said so', () => {
  for (const missing of [undefined, null]) expect(codes(missing)).toEqual(['plan_missing']);
  for (const shape of [[], 'plan', 1, {}, { tasks: {} }, { tasks: 'a' }]) expect(codes(shape)).toEqual(['plan_shape']);
  expect(codes({ tasks: [] })).toEqual(['no_tasks']);
  const tasks = Array.from({ length: MAX_PLANNED_TASKS + 1 }, (_, index) => ({ title: `${index}` }));
  expect(codes({ tasks: tasks.slice(1) })).toEqual([]);
  expect(codes({ tasks })).toEqual(['too_many_tasks']);
});

test('every field is checked, and each problem names its task', () => {
  expect(codes({ tasks: ['a', { title: 'b' }, null] })).toEqual(['task_shape:0', 'task_shape:2']);
  for (const title of ['', ' ', 7, null, 'x'.repeat(501)]) expect(one({ title })).toEqual(['bad_title:0']);
  for (const description of [7, 'x'.repeat(20_001)]) expect(one({ description })).toEqual(['bad_description:0']);
  for (const key of ['', 7, 'x'.repeat(65)]) expect(one({ key })).toEqual(['bad_key:0']);
  for (const assigned of ['nobody', 7, '', ['lead']])
    expect(one({ assigned_agent: assigned })).toEqual(['unknown_agent:0']);
  for (const max of [-1, 51, 1.5, '3']) expect(one({ max_iterations: max })).toEqual(['bad_max_iterations:0']);
  expect(one({ approval_required: 'yes' })).toEqual(['bad_approval_required:0']);
  expect(one({ depends_on: 'a' })).toEqual(['bad_dependencies:0']);
  for (const on of [1, -1, 0.5, 'a', null, {}]) expect(one({ depends_on: [on] })).toEqual(['unknown_dependency:0']);
  expect(
    codes({
      tasks: [
        { title: 'a', key: 'k' },
        { title: 'b', key: 'k' },
      ],
    }),
  ).toEqual(['repeated_key:1']);
  expect(one({ depends_on: [0] })).toEqual(['cycle']);
  expect(
    codes({
      tasks: [
        { title: 'a', depends_on: [1] },
        { title: 'b', depends_on: [0] },
      ],
    }),
  ).toEqual(['cycle']);
});

test('problems are bounded in number and in what they quote', () => {
  const tasks = Array.from({ length: MAX_PLANNED_TASKS }, () => ({
    title: '',
    assigned_agent: 'n'.repeat(5_000),
    key: '',
  }));
  const parsed = parsePlan({ tasks }, AGENTS);
  expect(parsed.ok ? [] : parsed.problems).toHaveLength(20);
  for (const { message } of parsed.ok ? [] : parsed.problems) expect(message.length).toBeLessThan(200);
});

test('whatever JSON it is given, a plan is refused with reasons or is sound', () => {
  const name = fc.oneof(fc.nat(4), fc.constantFrom('a', 'b', 'lead', 'nobody'), fc.jsonValue());
  const maybe = (value: fc.Arbitrary<unknown>) =>
    fc.option(fc.oneof({ weight: 4, arbitrary: value }, fc.jsonValue()), { nil: undefined });
  const task = fc.record({
    title: fc.oneof({ weight: 6, arbitrary: fc.constant('title') }, fc.jsonValue()),
    key: maybe(fc.constantFrom('a', 'b')),
    assigned_agent: maybe(fc.constantFrom('lead', 'agent2')),
    depends_on: maybe(fc.array(name, { maxLength: 2 })),
    max_iterations: maybe(fc.nat(50)),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ tasks: fc.array(task, { maxLength: 5 }) })), (value) => {
      const parsed = parsePlan(value, AGENTS);
      if (!parsed.ok) {
        expect(parsed.problems.length).toBeGreaterThan(0);
        return;
      }
      expect(parsed.tasks.length).toBeGreaterThan(0);
      const graph = parsed.tasks.map(({ order, dependsOn }) => ({ id: `${order}`, dependsOn: dependsOn.map(String) }));
      expect(findGraphProblem(graph)).toBeNull();
    }),
    { numRuns: 500 },
  );
});
