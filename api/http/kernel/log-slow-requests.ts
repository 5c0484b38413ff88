import type { FastifyInstance } from 'fastify';
import { traceIdOf } from '../headers/trace-context.ts';

/** Logs a request that took longer than this to answer, by its route: a path may hold names, a route does not. */
export function logSlowRequests(server: FastifyInstance, options: { readonly slowMs: number }): void {
  server.addHook('onResponse', (request, reply, done) => {
    const { elapsedTime: tookMs } = reply;
    const { url: route, config } = request.routeOptions;
    if (tookMs > options.slowMs && config.isLongLived !== true) {
      request.log.warn(
        {
          request_id: request.id,
          trace_id: traceIdOf(request.headers.traceparent),
          method: request.method,
          route,
          status: reply.statusCode,
          duration_ms: Math.round(tookMs),
        },
        'slow request',
      );
    }
    done();
  });
}
