import { hasVisible } from '../../kernel/text/has-visible.ts';
import { findGraphProblem } from './task-graph.ts';

/** Most tasks of a mission that an agent plans. */
export const MAX_PLANNED_TASKS = 16;
const MAX_PROBLEMS = 20;
const MAX_QUOTE_LENGTH = 64;
const MAX_TITLE_LENGTH = 500;
const MAX_DESCRIPTION_LENGTH = 20_000;
const MAX_ITERATIONS = 50;
const MAX_KEY_LENGTH = 64;

export const PLAN_PROBLEMS = [
  'plan_missing',
  'plan_shape',
  'no_tasks',
  'too_many_tasks',
  'task_shape',
  'bad_title',
  'bad_description',
  'bad_key',
  'repeated_key',
  'unknown_agent',
  'bad_max_iterations',
  'bad_approval_required',
  'bad_dependencies',
  'unknown_dependency',
  'cycle',
] as const;

export interface PlanProblem {
  readonly code: (typeof PLAN_PROBLEMS)[number];
  /** The task's place in the plan, from 0; null for the plan as a whole. */
  readonly task: number | null;
  /** For the lead and for people. Quotes what the lead wrote, 64 characters at most. */
  readonly message: string;
}

/** A task of a sound plan; tasks name each other by their place in the plan. */
export interface ParsedTask {
  readonly title: string;
  readonly description: string | null;
  /** null: the lead. */
  readonly assignedAgentId: string | null;
  readonly order: number;
  readonly dependsOn: readonly number[];
  readonly maxIterations: number | null;
  readonly approvalRequired: boolean;
}

export type ParsedPlan =
  | { readonly ok: true; readonly tasks: readonly ParsedTask[] }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Whom a plan may assign tasks to: the crew's live agents. */
export interface PlanAgent {
  readonly id: string;
  readonly slug: string;
}

interface Problems {
  add(code: PlanProblem['code'], task: number | null, message: string): void;
}

/**
 * A lead's plan, as any adapter found it: `{tasks: [{title, description?, assigned_agent? (slug or id), key?,
 * depends_on?: [place in the list from 0, or key], max_iterations?, approval_required?}]}`. Unknown members are
 * ignored. Names every problem it finds, up to 20.
 */
export function parsePlan(value: unknown, agents: readonly PlanAgent[]): ParsedPlan {
  const problems: PlanProblem[] = [];
  const report: Problems = {
    add(code, task, message) {
      if (problems.length < MAX_PROBLEMS) problems.push({ code, task, message });
    },
  };
  const tasks = parseTasks(value, agents, report);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, tasks };
}

function parseTasks(value: unknown, agents: readonly PlanAgent[], report: Problems): ParsedTask[] {
  if (value === undefined || value === null) {
    report.add('plan_missing', null, 'the result has no plan');
    return [];
  }
  const list = isObject(value) ? value.tasks : undefined;
  if (!Array.isArray(list)) {
    report.add('plan_shape', null, 'the plan must be an object with a list "tasks"');
    return [];
  }
  if (list.length === 0) report.add('no_tasks', null, 'the plan has no tasks');
  if (list.length > MAX_PLANNED_TASKS) {
    report.add('too_many_tasks', null, `the plan has ${list.length} tasks; at most ${MAX_PLANNED_TASKS} are taken`);
    return [];
  }
  const places = keyPlaces(list, report);
  const tasks = list.flatMap((task, order) => {
    if (isObject(task)) return [parseTask(task, order, { agents, places, count: list.length }, report)];
    report.add('task_shape', order, `task ${order} is not an object`);
    return [];
  });
  const graph = tasks.map((task) => ({ id: `${task.order}`, dependsOn: task.dependsOn.map(String) }));
  const problem = tasks.length === list.length ? findGraphProblem(graph) : null;
  if (problem?.kind === 'cycle') {
    report.add('cycle', null, `tasks depend on each other in a cycle: ${problem.taskIds.join(' → ')}`);
  }
  return tasks;
}

/** Where each key stands in the list. */
function keyPlaces(list: readonly unknown[], report: Problems): Map<string, number> {
  const places = new Map<string, number>();
  for (const [order, task] of list.entries()) {
    if (!isObject(task) || task.key === undefined || task.key === null) continue;
    if (typeof task.key !== 'string' || task.key === '' || task.key.length > MAX_KEY_LENGTH) {
      report.add('bad_key', order, `task ${order}: key must be a text of 1 to ${MAX_KEY_LENGTH} characters`);
    } else if (places.has(task.key)) {
      report.add('repeated_key', order, `task ${order}: key ${quote(task.key)} is taken`);
    } else places.set(task.key, order);
  }
  return places;
}

function parseTask(
  task: Readonly<Record<string, unknown>>,
  order: number,
  plan: { agents: readonly PlanAgent[]; places: ReadonlyMap<string, number>; count: number },
  report: Problems,
): ParsedTask {
  const title = typeof task.title === 'string' ? clean(task.title).trim() : '';
  if (!hasVisible(title) || title.length > MAX_TITLE_LENGTH) {
    report.add('bad_title', order, `task ${order}: title must be a text of 1 to ${MAX_TITLE_LENGTH} characters`);
  }
  return {
    title,
    description: parseDescription(task.description, order, report),
    assignedAgentId: parseAgent(task.assigned_agent, order, plan.agents, report),
    order,
    dependsOn: parseDependencies(task.depends_on, order, plan, report),
    maxIterations: parseIterations(task.max_iterations, order, report),
    approvalRequired: parseApproval(task.approval_required, order, report),
  };
}

function parseDescription(value: unknown, order: number, report: Problems): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value.length <= MAX_DESCRIPTION_LENGTH) return clean(value);
  report.add(
    'bad_description',
    order,
    `task ${order}: description must be a text of at most ${MAX_DESCRIPTION_LENGTH} characters`,
  );
  return null;
}

function parseAgent(value: unknown, order: number, agents: readonly PlanAgent[], report: Problems): string | null {
  if (value === undefined || value === null) return null;
  const agent = agents.find(({ id }) => id === value) ?? agents.find(({ slug }) => slug === value);
  if (agent !== undefined) return agent.id;
  const name = typeof value === 'string' ? quote(value) : 'what it names';
  report.add('unknown_agent', order, `task ${order}: assigned_agent ${name} is no live agent of this crew`);
  return null;
}

function parseIterations(value: unknown, order: number, report: Problems): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_ITERATIONS) return value;
  report.add('bad_max_iterations', order, `task ${order}: max_iterations must be 0 to ${MAX_ITERATIONS}`);
  return null;
}

function parseApproval(value: unknown, order: number, report: Problems): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  report.add('bad_approval_required', order, `task ${order}: approval_required must be true or false`);
  return false;
}

function parseDependencies(
  value: unknown,
  order: number,
  plan: { places: ReadonlyMap<string, number>; count: number },
  report: Problems,
): number[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    report.add('bad_dependencies', order, `task ${order}: depends_on must be a list of places or keys`);
    return [];
  }
  const found = new Set<number>();
  for (const name of value) {
    const place = typeof name === 'string' ? plan.places.get(name) : name;
    if (typeof place !== 'number' || !Number.isInteger(place) || place < 0 || place >= plan.count) {
      const shown = typeof name === 'string' ? quote(name) : typeof name === 'number' ? `${name}` : 'what it names';
      report.add('unknown_dependency', order, `task ${order}: depends_on ${shown} is no task of the plan`);
    } else found.add(place);
  }
  return [...found];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As Postgres can store it. */
function clean(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

function quote(text: string): string {
  const cut = Array.from(clean(text)).slice(0, MAX_QUOTE_LENGTH).join('');
  return JSON.stringify(cut === text ? cut : `${cut}…`);
}
