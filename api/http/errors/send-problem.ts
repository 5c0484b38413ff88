import type { FastifyReply, FastifyRequest } from 'fastify';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { traceIdOf } from '../headers/trace-context.ts';
import { rateLimitHeaders } from '../limits/request-limiter.ts';
import { PROBLEM_CONTENT_TYPE, toProblem } from './problem.ts';
import { toCrewshipError } from './to-crewship-error.ts';

const asIs = (payload: unknown): string => payload as string;

/** Answers with the problem document of an error and logs what the caller is not told. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const error = toCrewshipError(thrown);
  if (error.code === 'internal') request.log.error(logged(request, error), 'request failed');
  else if (error.code === 'unavailable') request.log.warn(logged(request, error), 'request refused');
  const problem = toProblem(error, { url: request.url, requestId: request.id });
  if (error.code === 'unauthenticated' && reply.getHeader('www-authenticate') === undefined) {
    const fault = error.extensions.error ?? 'invalid_token';
    reply.header('www-authenticate', `Bearer error="${String(fault)}"`);
  }
  if (error.code === 'rate_limited') {
    const { retry_after_seconds: seconds, limit_per_minute: limit } = error.extensions;
    reply.header('retry-after', String(seconds));
    // What is limited otherwise than by the minute has no such window.
    if (limit !== undefined) reply.headers(rateLimitHeaders(Number(limit), 0, Number(seconds)));
  }
  if (error.code === 'unavailable') reply.header('retry-after', '1');
  return reply
    .code(problem.status)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .serializer(asIs)
    .send(JSON.stringify(problem));
}

/** Answers with a refusal in the words of another protocol than ours. */
export function sendRefusal(
  reply: FastifyReply,
  refusal: { readonly status: number; readonly body: object },
): FastifyReply {
  return reply
    .code(refusal.status)
    .header('content-type', 'application/json')
    .serializer(asIs)
    .send(JSON.stringify(refusal.body));
}

/** What is logged of a request that failed: by its route, as a path may hold names. */
function logged(request: FastifyRequest, error: CrewshipError): object {
  return {
    err: error.cause ?? error,
    request_id: request.id,
    trace_id: traceIdOf(request.headers.traceparent),
    method: request.method,
    route: request.routeOptions.url,
  };
}

/** Nothing matches the path, or nothing with this method: 405 then names the methods that do. */
export function refuseUnknownRoute(allowedMethods: (path: string) => readonly string[]) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const allowed = allowedMethods(request.url.split('?', 1)[0]!);
    if (allowed.length === 0) return sendProblem(request, reply, new CrewshipError('not_found', 'no such route'));
    reply.header('allow', allowed.join(', '));
    return sendProblem(
      request,
      reply,
      new CrewshipError('method_not_allowed', `this path takes ${allowed.join(', ')}`),
    );
  };
}
