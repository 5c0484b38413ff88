import type { FastifyRequest } from 'fastify';
import type { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ResponseHeaders } from './route.ts';
import { PROBLEM_CONTENT_TYPE, toProblem } from '../errors/problem.ts';

/** A 401 that also sets headers, such as those that remove cookies. */
export function unauthenticatedAnswer(error: CrewshipError, request: FastifyRequest, headers: ResponseHeaders) {
  return {
    status: 401 as const,
    body: toProblem(error, { url: request.url, requestId: request.id }),
    headers: {
      'content-type': PROBLEM_CONTENT_TYPE,
      'www-authenticate': `Bearer error="${String(error.extensions.error)}"`,
      ...headers,
    },
  };
}
