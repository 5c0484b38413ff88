import type { IncomingMessage } from 'node:http';
import { badRequest } from './problem.ts';
import { readBody } from '../../platform/http/read-body.ts';

/** Reads a body that is a JSON object. Throws a bad request for any other, and as {@link readBody} does. */
export async function readFields(request: IncomingMessage, limitBytes: number): Promise<Record<string, unknown>> {
  const text = (await readBody(request, limitBytes)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}
