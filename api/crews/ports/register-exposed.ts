import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { EXPOSED_PATH } from '../../../domain/crews/ports/port-exposure.ts';
import { sendProblem } from '../../http/errors/send-problem.ts';
import { callerAddress } from '../../http/limits/caller-address.ts';
import type { ExposedGateway } from './exposed-gateway.ts';

/**
 * Serves `/exposed/<token>/…`, any method, outside the table of routes: what is beneath it is not the API's. Bodies are
 * not parsed but passed on.
 */
export async function registerExposed(server: FastifyInstance, gateway: ExposedGateway): Promise<void> {
  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { token } = request.params as { token: string };
    const url = request.raw.url ?? '';
    const after = url.slice(`${EXPOSED_PATH}/`.length + encodedLength(url));
    const exposed = { token, rest: after.startsWith('/') ? after : null, actor: visitor(request) };
    try {
      await gateway.serve(request.raw, reply.raw, exposed);
      reply.hijack();
    } catch (error) {
      if (reply.raw.headersSent || reply.raw.destroyed) {
        reply.hijack();
        reply.raw.destroy();
        return;
      }
      // A body that nobody reads would be taken for the next request.
      reply.header('connection', 'close');
      await sendProblem(request, reply, error);
    }
  }

  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const url of [`${EXPOSED_PATH}/:token`, `${EXPOSED_PATH}/:token/*`]) {
      scope.all(url, { schema: { hide: true } as object, exposeHeadRoute: false }, handle);
    }
    done();
  });
}

/** How long the token is in the path as it was sent. */
function encodedLength(url: string): number {
  return /^[^/?]*/.exec(url.slice(`${EXPOSED_PATH}/`.length))![0].length;
}

/** Somebody who has the token; who they are is not known. */
function visitor(request: FastifyRequest): Actor {
  return {
    type: 'user',
    id: null,
    authMethod: null,
    tokenId: null,
    sessionId: null,
    requestId: request.id,
    address: callerAddress(request),
  };
}
