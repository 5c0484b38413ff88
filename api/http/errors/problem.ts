import { z } from 'zod';
import type { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { ERROR_STATUS } from './error-status.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** RFC 7807 problem details, the body of every error. */
export const problemSchema = z
  .looseObject({
    type: z.string().describe('URI of the kind of problem: `urn:crewship:problem:<code>`'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('path of the request'),
    code: z.string().describe('stable machine-readable code'),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('the fields that broke a rule'),
  })
  .meta({ id: 'Problem', description: 'RFC 7807 problem details; members beyond these depend on the code' });

export type Problem = z.infer<typeof problemSchema>;

/** The problem document of an error. `instance` is the path without its query, which may hold anything. */
export function toProblem(error: CrewshipError, request: { url: string; requestId: string }): Problem {
  const { status, title } = ERROR_STATUS[error.code];
  return {
    ...error.extensions,
    type: `urn:crewship:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    instance: request.url.split('?', 1)[0]!.slice(0, 1_024),
    code: error.code,
    request_id: request.requestId,
    ...(error.fields.length === 0 ? {} : { errors: [...error.fields] }),
  };
}
