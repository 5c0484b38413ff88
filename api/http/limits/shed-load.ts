import type { FastifyInstance } from 'fastify';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';

/**
 * Refuses what comes while too many requests are under way (503 with `Retry-After`), before anything is done for it: a
 * process that takes on more than it can answer in time answers nobody in time. Probes are answered always, and what
 * waits or streams has a limit of its own, so it isn't counted.
 */
export function shedLoad(server: FastifyInstance, options: { readonly maxUnderWay: number }): void {
  let underWay = 0;
  server.addHook('onRequest', (request, reply, done) => {
    const { isProbe, isLongLived } = request.routeOptions.config;
    if (isProbe === true || isLongLived === true) {
      done();
      return;
    }
    if (underWay >= options.maxUnderWay) {
      done(new CrewshipError('unavailable', 'too many requests are under way; try again'));
      return;
    }
    underWay += 1;
    // Of the response, not the request: also when the client is gone, and when something else has taken the socket
    // over.
    reply.raw.once('close', () => {
      underWay -= 1;
    });
    done();
  });
}
