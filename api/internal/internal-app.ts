import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { WaitedEscalation } from '../../db/escalations/read-escalations.ts';
import type { Database } from '../../db/kernel/database.ts';
import { CrewshipError } from '../../domain/errors/crewship-error.ts';
import type { JournalWriter } from '../../db/journal/journal-writer.ts';
import type { LedgerWriter } from '../../db/ledger/ledger-writer.ts';
import type { RateCard } from '../../domain/ledger/rate-card.ts';
import type { InternalTokens } from '../../platform/internal-tokens/internal-tokens.ts';
import type { Logger } from '../../platform/logging/logger.ts';
import { createHttpServer } from '../kernel/create-http-server.ts';
import { registerRoutes } from '../kernel/register-routes.ts';
import type { Route } from '../kernel/route.ts';
import type { Waiters } from '../waits/waiters.ts';
import { applyScope } from './apply-scope.ts';
import type { CrewConnections } from './crew-scope.ts';
import { createInternalAuthorize } from './internal-authorize.ts';
import { createInternalAnswerRoutes } from './internal-answer-routes.ts';
import { createInternalCostRoutes } from './internal-cost-routes.ts';
import { createInternalEscalationRoutes } from './internal-escalation-routes.ts';
import { createInternalJournalRoutes } from './internal-journal-routes.ts';
import { createInternalMissionRoutes } from './internal-mission-routes.ts';
import { createInternalRunRoutes } from './internal-run-routes.ts';

export interface InternalAppDeps {
  readonly database: Database;
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
  readonly escalationWaiters: Waiters<WaitedEscalation>;
  readonly ledger: Pick<LedgerWriter, 'record' | 'reserve'>;
  readonly journalWriter: Pick<JournalWriter, 'emit'>;
  readonly rateCard: () => RateCard;
  readonly log: Logger;
}

export interface InternalApp {
  readonly routes: readonly Route[];
  /** Serves one request of a connection that the crew sockets accepted. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** A path of ours never needs escaping; one that is escaped is no path of ours and is answered like any other. */
function hideEscapedPath(request: IncomingMessage): void {
  if (request.url?.split('?', 1)[0]?.includes('%')) request.url = '/';
}

/**
 * The internal role: only `/api/v1/internal/*`, only for sidecars. Unknown paths and wrong methods give the same 404
 * (no 405, no `Allow`), before any token is looked at. Bodies may hold members that this version does not know.
 */
export async function createInternalApp(deps: InternalAppDeps): Promise<InternalApp> {
  const routes = [
    ...createInternalEscalationRoutes(deps),
    ...createInternalAnswerRoutes(deps),
    ...createInternalMissionRoutes(deps),
    ...createInternalRunRoutes(),
    ...createInternalCostRoutes(deps),
    ...createInternalJournalRoutes(deps),
  ];
  // Told of no route, the server has no method to suggest.
  const server: FastifyInstance = createHttpServer({ log: deps.log, routes: [] });
  const { authorize, scopeOf } = createInternalAuthorize(deps);
  server.addHook('onRequest', (request, _reply, done) => {
    // Fastify adds HEAD to each GET; nobody has a use for it here.
    done(request.method === 'HEAD' ? new CrewshipError('not_found', 'no such route') : undefined);
  });
  server.addHook('preValidation', (request, _reply, done) => {
    try {
      if (!request.is404) {
        const scope = scopeOf(request);
        applyScope(request.query, scope);
        applyScope(request.body, scope);
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  registerRoutes(server, routes, { database: deps.database, authorize });
  await server.ready();

  return {
    routes,
    handle(request, response) {
      hideEscapedPath(request);
      server.routing(request, response);
    },
    close: () => server.close(),
  };
}
