import type { FieldError } from '../../kernel/errors/crewship-error.ts';

/** More than anyone repairs at once; a hostile text could break rules without end. */
const MAX_PROBLEMS = 20;
const MAX_PATH_LENGTH = 120;

/** Gathers what is wrong with a configuration. Paths are dotted and relative to it; '' is the whole of it. */
export interface ConfigProblems {
  readonly list: readonly FieldError[];
  add(path: string, message: string): void;
}

export function createConfigProblems(): ConfigProblems {
  const list: FieldError[] = [];
  return {
    list,
    add(path, message) {
      if (list.length < MAX_PROBLEMS) list.push({ path: path.slice(0, MAX_PATH_LENGTH), message });
    },
  };
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
