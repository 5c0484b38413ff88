import type { FastifyInstance } from 'fastify';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { createSharedPlaces } from '../../../platform/limits/shared-places.ts';
import { networkOf } from './attempt-limiter.ts';
import { callerAddress } from './caller-address.ts';

/**
 * Refuses what comes while too many requests are under way (503 with `Retry-After`), before anything is done for it: a
 * process that takes on more than it can answer in time answers nobody in time. Probes are answered always, and what
 * waits or streams has a limit of its own, so it isn't counted. An address that has all there are, with slow bodies for
 * example, leaves some to others.
 */
export function shedLoad(server: FastifyInstance, options: { readonly maxUnderWay: number }): void {
  const places = createSharedPlaces(options.maxUnderWay);
  server.addHook('onRequest', (request, reply, done) => {
    const { isProbe, isLongLived } = request.routeOptions.config;
    if (isProbe === true || isLongLived === true) {
      done();
      return;
    }
    const leave = places.take(networkOf(callerAddress(request)));
    if (leave === null) {
      done(new CrewshipError('unavailable', 'too many requests are under way; try again'));
      return;
    }
    // Of the response, not the request: also when the client is gone, and when something else has taken the socket
    // over.
    reply.raw.once('close', leave);
    done();
  });
}
