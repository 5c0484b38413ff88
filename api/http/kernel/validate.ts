import { z } from 'zod';
import { CrewshipError, type FieldError } from '../../../domain/kernel/errors/crewship-error.ts';

/** Most fields named in one answer. */
const MAX_FIELDS = 50;

function fieldsOf(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String).join('.').slice(0, 200);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: (path === '' ? key : `${path}.${key}`).slice(0, 200),
      message: 'unknown field',
    }));
  }
  return [{ path: path === '' ? 'body' : path, message: issue.message.slice(0, 500) }];
}

/** `invalid_request` that names each field and the rule it broke; never a value. */
function validationError(issues: readonly z.core.$ZodIssue[]): CrewshipError {
  const fields = issues.flatMap(fieldsOf).slice(0, MAX_FIELDS);
  const first = fields[0];
  return new CrewshipError(
    'invalid_request',
    first === undefined ? 'invalid request' : `${first.path}: ${first.message}`,
    {
      fields,
    },
  );
}

/** Fastify's validator compiler over zod schemas. */
export function validatorCompiler({ schema }: { schema: unknown }) {
  const parser = schema as z.ZodType;
  return (data: unknown): { value: unknown } | { error: Error } => {
    const result = parser.safeParse(data);
    return result.success ? { value: result.data } : { error: validationError(result.error.issues) };
  };
}

/** A field whose schema depends on the rest of a request: its value, or what it is refused with. */
export function parseField<Value>(schema: z.ZodType<Value>, value: unknown, field: string): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw validationError(result.error.issues.map((issue) => ({ ...issue, path: [field, ...issue.path] })));
}

/** The text fields of a form, named by themselves where they are refused. */
export function parseForm<Value>(schema: z.ZodType<Value>, fields: Readonly<Record<string, string>>): Value {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  throw validationError(result.error.issues);
}

/** Body of a write that takes none: absent, null or `{}`. */
export const noBodySchema = z.union([z.undefined(), z.null(), z.strictObject({})], {
  error: 'this route takes no body',
});
