import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../db/kernel/database.ts';
import { findIdentities } from '../db/people/identity/find-identity.ts';
import { readWaitedHostCalls } from '../db/kernel/host-calls/host-calls-store.ts';
import { readWaitedChats } from '../db/conversations/chats/sessions-store.ts';
import { readWaitedJobs } from '../db/work/jobs/read-jobs.ts';
import type { WakeBus } from '../platform/bus/wake-bus.ts';
import type { KeyRing } from '../platform/crypto/key-ring.ts';
import { createPasswords } from '../platform/crypto/passwords.ts';
import { createGuardedClient } from '../platform/guarded-http/guarded-client.ts';
import type { OutboundPlace } from '../platform/guarded-http/guarded-dispatcher.ts';
import { createOidcClient } from '../platform/oidc/oidc-client.ts';
import type { Presence } from '../platform/presence/presence.ts';
import type { Logger } from '../platform/logging/logger.ts';
import { createAuthorize } from './http/auth/authorize.ts';
import { createSigningKeys } from '../commands/instance/keys/signing-keys.ts';
import { type Authentication, createAuthentication } from './http/auth/authentication.ts';
import { createSocketChats } from './conversations/chats/socket-chats.ts';
import { createExposedGateway, type PortsHost } from './crews/ports/exposed-gateway.ts';
import { registerExposed } from './crews/ports/register-exposed.ts';
import { type ApiFeature, features } from './features.ts';
import { allowOrigins } from './http/headers/cors.ts';
import { addSecurityHeaders } from './http/headers/security-headers.ts';
import { createHttpServer } from './http/kernel/create-http-server.ts';
import { type PublicDeps, publicRoutes } from './http/kernel/feature.ts';
import { logSlowRequests } from './http/kernel/log-slow-requests.ts';
import { openApiOptions } from './http/kernel/openapi.ts';
import { registerUploads } from './http/kernel/register-uploads.ts';
import { registerRoutes } from './http/kernel/register-routes.ts';
import type { Route } from './http/kernel/route.ts';
import type { AttemptLimiter } from './http/limits/attempt-limiter.ts';
import type { RequestLimiter } from './http/limits/request-limiter.ts';
import { shedLoad } from './http/limits/shed-load.ts';
import { journalEvents } from './journal-events.ts';
import type { OriginRules } from './http/headers/origin-allowed.ts';
import { createRealtime, type RealtimeTimings } from './http/streams/realtime.ts';
import { isSocketRequest, openSocketGateway } from './http/streams/socket-gateway.ts';
import { createWaiters } from './http/waits/waiters.ts';
import { missionNames } from './work/missions/mission-names.ts';
import { createSocketTokens } from './http/streams/socket-token.ts';

/** What the routes need and the application makes itself. */
type MadeHere =
  | 'journalKeys'
  | 'agentCardKeys'
  | 'realtime'
  | 'socketTokens'
  | 'jobWaiters'
  | 'hostCallWaiters'
  | 'chatWaiters'
  | 'forgetUser'
  | 'authentication'
  | 'passwords'
  | 'oidc'
  | 'outbound';

/** What the features' public routes need, and what serves them. */
export interface AppDeps extends Omit<PublicDeps<ApiFeature>, MadeHere> {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly log: Logger;
  /** Limits attempts to take the instance, and wrong credentials. */
  readonly attempts: AttemptLimiter;
  readonly requests: RequestLimiter;
  readonly presence: Presence;
  readonly maxRequestsUnderWay: number;
  readonly slowRequestMs: number;
  /** See {@link createHttpServer}. */
  readonly trustedProxies?: readonly string[];
  readonly bus: Pick<WakeBus, 'subscribe'>;
  /** Signs socket tokens; the same in every process of the instance. */
  readonly socketTokenKey: Buffer;
  readonly origins: OriginRules;
  readonly portsHost: PortsHost;
  /** Event streams and sockets that may be open at once. */
  readonly maxLiveClients: number;
  readonly realtimeTimings?: Partial<RealtimeTimings>;
  /** Origin shown in the OpenAPI document. */
  readonly publicUrl?: string;
  /** For tokens of the tier ADMIN: hex. */
  readonly adminTokenKey?: string;
  /** Places that are called although they are not public. */
  readonly outboundAllowed: readonly OutboundPlace[];
}

/** Clients that follow chats: as many as may hold a stream or a socket, several channels each. */
const MAX_CHAT_WAITERS = 5_000;

/** Clients that wait for the end of a job, out of the descriptors that are kept back for requests. */
const MAX_JOB_WAITERS = 500;
const MAX_HOST_CALL_WAITERS = 500;

/** The public API, ready to `inject` or `listen`, the routes it serves, and how it knows its callers. */
export async function createApp(
  deps: AppDeps,
): Promise<{ server: FastifyInstance; routes: readonly Route[]; authentication: Authentication }> {
  const { publicUrl } = deps;
  const ownOrigins = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  const origins = { ...deps.origins, allowedOrigins: [...deps.origins.allowedOrigins, ...ownOrigins] };
  const authentication = createAuthentication({
    ...deps,
    publicUrl,
    origins,
    onTouchError: (error) => deps.log.warn({ err: error }, 'a credential’s last use was not recorded'),
  });
  const authorize = createAuthorize(authentication.authenticators, deps.attempts, deps.database.reads);
  const realtime = createRealtime({
    database: deps.database,
    bus: deps.bus,
    events: journalEvents,
    maxClients: deps.maxLiveClients,
    timings: deps.realtimeTimings ?? {},
    log: deps.log,
  });
  const socketTokens = createSocketTokens(deps.socketTokenKey);
  const jobWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedJobs(deps.database.reads, workspaceIds, ids),
    maxWaiters: MAX_JOB_WAITERS,
    log: deps.log,
  });
  const hostCallWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedHostCalls(deps.database.reads, workspaceIds, ids),
    maxWaiters: MAX_HOST_CALL_WAITERS,
    log: deps.log,
  });
  const chatWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedChats(deps.database.reads, workspaceIds, ids),
    maxWaiters: MAX_CHAT_WAITERS,
    log: deps.log,
  });
  const outbound = createGuardedClient({ allowed: deps.outboundAllowed });
  const routes = publicRoutes(features, {
    ...deps,
    journalKeys: createSigningKeys({ ...deps, purpose: 'journal_checkpoint' }),
    agentCardKeys: createSigningKeys({ ...deps, purpose: 'agent_card' }),
    realtime,
    jobWaiters,
    hostCallWaiters,
    chatWaiters,
    socketTokens,
    authentication,
    passwords: createPasswords(),
    oidc: createOidcClient({ client: outbound }),
    outbound,
    forgetUser(userId) {
      authentication.forgetUser(userId);
      // What this process did to somebody's rights ends their connections here at once, elsewhere at the next check.
      void realtime.access.check();
    },
  });
  const server = createHttpServer({
    log: deps.log,
    routes: [...routes, { method: 'GET', url: '/openapi.json' }],
    isUpgrade: isSocketRequest,
    trustedProxies: deps.trustedProxies ?? [],
  });
  shedLoad(server, { maxUnderWay: deps.maxRequestsUnderWay });
  logSlowRequests(server, { slowMs: deps.slowRequestMs });
  addSecurityHeaders(server, { isHttps: publicUrl?.startsWith('https:') ?? false });
  await allowOrigins(server, deps.origins);
  await server.register(swagger, openApiOptions(publicUrl));
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
  const names = missionNames(deps.database.reads);
  await registerUploads(server, routes, (scope, some) => registerRoutes(scope, some, { ...deps, authorize, names }));
  const exposed = createExposedGateway({ database: deps.database, host: deps.portsHost, log: deps.log });
  await registerExposed(server, exposed);
  openSocketGateway(server.server, {
    realtime,
    presence: deps.presence,
    chats: createSocketChats({ database: deps.database, chatWaiters, requests: deps.requests }),
    reads: deps.database.reads,
    socketTokens,
    identify: async (credentialId) => (await findIdentities(deps.database.systemReads, [credentialId]))[0] ?? null,
    origins,
    attempts: deps.attempts,
    trustedProxies: deps.trustedProxies ?? [],
    log: deps.log,
  });
  // Before the listener waits for its connections to end: these would not end by themselves.
  server.addHook('preClose', (done) => {
    realtime.close();
    jobWaiters.close();
    hostCallWaiters.close();
    chatWaiters.close();
    exposed.close();
    void outbound.close();
    done();
  });
  await deps.bus.subscribe({
    onWake({ topic, id }) {
      if (topic === 'port_exposure') exposed.cut(id);
      if (topic === 'access') authentication.forgetUser(id);
      if (topic === 'job') jobWaiters.wake(id);
      if (topic === 'host_answer') hostCallWaiters.wake(id);
      if (topic === 'chat') chatWaiters.wake(id);
    },
    onReconnect() {
      void exposed.recheck();
      authentication.forgetAll();
      jobWaiters.wakeAll();
      hostCallWaiters.wakeAll();
      chatWaiters.wakeAll();
    },
  });
  await server.ready();
  realtime.start();
  return { server, routes, authentication };
}
