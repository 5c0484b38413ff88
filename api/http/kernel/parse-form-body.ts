import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import { refuseUnstorableText } from './parse-json-body.ts';

/**
 * The fields of a form as an object of texts; one that is repeated is a list, which no schema of a single field takes.
 */
function parseFields(text: string): Record<string, unknown> {
  const fields = new URLSearchParams(text);
  const entries = [...new Set(fields.keys())].map((name) => {
    const values = fields.getAll(name);
    return [name, values.length === 1 ? values[0] : values] as const;
  });
  // Without a prototype, so that no name of a field can reach for one.
  const parsed = Object.assign(Object.create(null) as Record<string, unknown>, Object.fromEntries(entries));
  refuseUnstorableText(parsed);
  return parsed;
}

/** Lets the routes of this scope take application/x-www-form-urlencoded. */
export function addFormParser(scope: FastifyInstance): void {
  void scope.register(formbody, { parser: parseFields });
}
