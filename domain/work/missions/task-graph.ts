export interface GraphTask {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

export type GraphProblem =
  | { readonly kind: 'unknown_dependency'; readonly taskId: string; readonly dependsOn: string }
  /** The tasks of one cycle in dependency order; the last depends on the first. */
  | { readonly kind: 'cycle'; readonly taskIds: readonly string[] };

/**
 * Checks that every dependency exists and that there is no cycle (Kahn's algorithm). Returns the first problem, with
 * the tasks that make it, or null.
 */
export function findGraphProblem(tasks: readonly GraphTask[]): GraphProblem | null {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const waitingFor = new Map<string, number>();
  const dependants = new Map<string, string[]>();
  for (const task of tasks) {
    waitingFor.set(task.id, task.dependsOn.length);
    for (const dependency of task.dependsOn) {
      if (!byId.has(dependency)) return { kind: 'unknown_dependency', taskId: task.id, dependsOn: dependency };
      const list = dependants.get(dependency);
      if (list === undefined) dependants.set(dependency, [task.id]);
      else list.push(task.id);
    }
  }
  const ready = tasks.filter((task) => task.dependsOn.length === 0).map((task) => task.id);
  let sorted = 0;
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    sorted += 1;
    for (const dependant of dependants.get(id) ?? []) {
      const left = waitingFor.get(dependant)! - 1;
      waitingFor.set(dependant, left);
      if (left === 0) ready.push(dependant);
    }
  }
  if (sorted === tasks.length) return null;
  return { kind: 'cycle', taskIds: traceCycle(byId, waitingFor) };
}

/** Follows unsorted dependencies until a task repeats; what lies between is a cycle. */
function traceCycle(byId: ReadonlyMap<string, GraphTask>, waitingFor: ReadonlyMap<string, number>): string[] {
  const unsorted = (id: string) => (waitingFor.get(id) ?? 0) > 0;
  let at = [...byId.keys()].find(unsorted)!;
  const path: string[] = [];
  const seenAt = new Map<string, number>();
  while (!seenAt.has(at)) {
    seenAt.set(at, path.length);
    path.push(at);
    at = byId.get(at)!.dependsOn.find(unsorted)!;
  }
  return path.slice(seenAt.get(at)!).reverse();
}

/** Most tasks of a cycle that a message names. */
const NAMED = 20;

/** A cycle for people: its tasks in dependency order, those in the middle left out when there are many. */
export function describeCycle(taskIds: readonly string[]): string {
  const named = taskIds.length <= NAMED ? taskIds : [...taskIds.slice(0, NAMED - 1), '…', taskIds.at(-1)!];
  return named.join(' → ');
}
