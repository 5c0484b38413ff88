import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../db/kernel/database.ts';
import type { Logger } from '../platform/logging/logger.ts';
import { createAuthorize } from './auth/authorize.ts';
import { createCliTokenAuthenticator } from './auth/cli-token-authenticator.ts';
import type { ReadinessProbe } from './health/check-readiness.ts';
import { createHttpServer } from './kernel/create-http-server.ts';
import { openApiOptions } from './kernel/openapi.ts';
import { registerRoutes } from './kernel/register-routes.ts';
import type { Route } from './kernel/route.ts';
import { createPublicRoutes } from './public-routes.ts';

export interface AppDeps {
  readonly database: Database;
  readonly log: Logger;
  readonly probes: readonly ReadinessProbe[];
  readonly allowSignup: boolean;
  /** Origin shown in the OpenAPI document. */
  readonly publicUrl?: string;
}

/** The public API, ready to `inject` or `listen`, and the routes it serves. */
export async function createApp(deps: AppDeps): Promise<{ server: FastifyInstance; routes: readonly Route[] }> {
  const cliTokens = createCliTokenAuthenticator({
    database: deps.database,
    onTouchError: (error) => deps.log.warn({ err: error }, 'a token’s last use was not recorded'),
  });
  const authorize = createAuthorize([cliTokens]);
  const routes = createPublicRoutes({ ...deps, forgetUser: (userId) => cliTokens.forgetUser(userId) });
  const server = createHttpServer({ log: deps.log, routes: [...routes, { method: 'GET', url: '/openapi.json' }] });
  await server.register(swagger, openApiOptions(deps.publicUrl));
  await server.register(swaggerUi, { routePrefix: '/docs' });
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
  registerRoutes(server, routes, { database: deps.database, authorize });
  await server.ready();
  return { server, routes };
}
