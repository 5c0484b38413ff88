import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import { fieldsOf } from '../../kernel/schemas/fields.ts';
import type { ObjectSchema, Zod } from '../../kernel/schemas/zod.ts';

/** A kind with its schemas made. */
export interface RegisteredJobKind extends Omit<JobKind, 'input' | 'result'> {
  readonly input: ObjectSchema;
  readonly result: ObjectSchema;
}

/** The kinds of jobs that a process knows. */
export interface JobRegistry {
  readonly all: readonly RegisteredJobKind[];
  find(name: string): RegisteredJobKind | undefined;
}

const NAME = /^[a-z][a-z0-9_-]{0,31}(\.[a-z][a-z0-9_-]{0,31})?$/;

/** Throws for kinds that could not be told apart, or not be carried out. */
export function createJobRegistry(z: Zod, kinds: readonly JobKind[]): JobRegistry {
  const fields = fieldsOf(z);
  const byName = new Map<string, RegisteredJobKind>();
  for (const kind of kinds) {
    if (!NAME.test(kind.name)) throw new Error(`${kind.name} is no name of a kind of job`);
    if (byName.has(kind.name)) throw new Error(`${kind.name} is declared twice`);
    if (kind.steps.length === 0 || new Set(kind.steps).size !== kind.steps.length) {
      throw new Error(`the steps of ${kind.name} are none, or one of them twice`);
    }
    if (kind.driver === 'job' && kind.deadlineMs === null) throw new Error(`${kind.name} has no deadline`);
    byName.set(kind.name, { ...kind, input: kind.input(fields), result: kind.result(fields) });
  }
  return { all: [...byName.values()], find: (name) => byName.get(name) };
}
