import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { originAllowed, type OriginRules } from './origin-allowed.ts';

/** For how long a browser may take the answer to a preflight as known. */
const PREFLIGHT_SECONDS = 600;

/** Headers of answers that a page of another origin may read. */
const EXPOSED = [
  ...['etag', 'link', 'location', 'x-total-count', 'x-request-id', 'idempotent-replayed', 'www-authenticate'],
  ...[
    'retry-after',
    'ratelimit',
    'ratelimit-policy',
    'x-ratelimit-limit',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
  ],
  ...['deprecation', 'sunset'],
];

const ALLOWED = [
  ...['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'last-event-id', 'traceparent'],
  ...['x-crewos-api-key', 'x-request-id', 'x-workspace-id'],
];

/**
 * Lets pages of the allowed origins call the API, with cookies; to all others the browser shows nothing. A request
 * itself is judged by its credential, and one that a cookie carries by its origin.
 */
export async function allowOrigins(server: FastifyInstance, rules: OriginRules): Promise<void> {
  await server.register(cors, {
    delegator: (request, done) => {
      const { origin, host } = request.headers;
      done(null, {
        origin: origin !== undefined && originAllowed(origin, host, rules) ? origin : false,
        credentials: true,
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        allowedHeaders: ALLOWED,
        exposedHeaders: EXPOSED,
        maxAge: PREFLIGHT_SECONDS,
      });
    },
  });
}
