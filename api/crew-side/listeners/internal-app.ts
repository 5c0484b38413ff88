import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { InternalTokens } from '../../../platform/internal-tokens/internal-tokens.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { createHttpServer } from '../../http/kernel/create-http-server.ts';
import { registerUploads } from '../../http/kernel/register-uploads.ts';
import { registerRoutes } from '../../http/kernel/register-routes.ts';
import type { SpokenNames } from '../../http/kernel/spoken-names.ts';
import { noBodySchema } from '../../http/kernel/validate.ts';
import { applyScope } from '../caller/apply-scope.ts';
import type { CrewConnections, CrewScope } from '../caller/crew-scope.ts';
import { createToolGate, type ToolGateDeps } from '../caller/tool-gate.ts';
import { createInternalAuthorize } from '../caller/internal-authorize.ts';
import type { FindLiveCrew } from '../caller/live-crews.ts';
import type { IsLiveRun } from '../caller/live-runs.ts';
import type { NetworkCallers } from '../caller/network-callers.ts';
import type { Route } from '../../http/kernel/route.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { Database } from '../../../db/kernel/database.ts';

interface InternalAppDeps extends Omit<ToolGateDeps, 'callerOf'> {
  readonly routes: readonly Route[];
  readonly database: Pick<Database, 'reads' | 'transaction' | 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'digest'>;
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
  readonly network: Pick<NetworkCallers, 'originOf'>;
  readonly names: SpokenNames;
  readonly findLiveCrew: FindLiveCrew;
  readonly isLiveRun: IsLiveRun;
  readonly log: Logger;
}

export interface InternalApp {
  /** Serves one request that a crew's socket or the network listener accepted. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** A path of ours never needs escaping; one that is escaped is no path of ours and is answered like any other. */
function hideEscapedPath(request: IncomingMessage): void {
  if (request.url?.split('?', 1)[0]?.includes('%')) request.url = '/';
}

/**
 * The internal role: only `/api/v1/internal/*`, for sidecars and for whom an operator lets in over the network. Unknown
 * paths and wrong methods give the same 404 (no 405, no `Allow`), before any token is looked at. Bodies may hold
 * members that this version does not know.
 */
export async function createInternalApp(deps: InternalAppDeps): Promise<InternalApp> {
  const { routes } = deps;
  // Told of no route, the server has no method to suggest.
  const server: FastifyInstance = createHttpServer({ log: deps.log, routes: [] });
  const { authorize, scopeOf, callerOf } = createInternalAuthorize(deps);
  server.addHook('onRequest', (request, _reply, done) => {
    // Fastify adds HEAD to each GET; nobody has a use for it here.
    done(request.method === 'HEAD' ? new CrewshipError('not_found', 'no such route') : undefined);
  });
  function applyTo(request: FastifyRequest, scope: CrewScope): void {
    applyScope(request.query, scope);
    const schema = request.routeOptions.schema?.body;
    const declared = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    applyScope(request.body, scope, { isOpen: schema !== noBodySchema, declared });
  }
  server.addHook('preValidation', (request, _reply, done) => {
    try {
      if (request.is404) return done();
      const scope = scopeOf(request);
      if (scope instanceof Promise) {
        void scope.then((found) => applyTo(request, found)).then(() => done(), done);
        return;
      }
      applyTo(request, scope);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  server.addHook('preHandler', createToolGate({ ...deps, callerOf }));
  await registerUploads(server, routes, (scope, some) => registerRoutes(scope, some, { ...deps, authorize }));
  await server.ready();

  return {
    handle(request, response) {
      hideEscapedPath(request);
      server.routing(request, response);
    },
    close: () => server.close(),
  };
}
