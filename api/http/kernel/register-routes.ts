import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { Authority } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { Authorize, Caller } from '../auth/authorize.ts';
import { sendProblem, sendRefusal } from '../errors/send-problem.ts';
import { toCrewshipError } from '../errors/to-crewship-error.ts';
import { deprecationHeaders } from '../headers/deprecation.ts';
import { checkIfMatch, refuseIfMatch, tagAnswer } from './etag.ts';
import { networkOf } from '../limits/attempt-limiter.ts';
import { callerAddress } from '../limits/caller-address.ts';
import type { RequestLimiter } from '../limits/request-limiter.ts';
import type { IdempotentRequest } from '../../../db/instance/idempotency/idempotency-store.ts';
import { idempotencyKeyOf, idempotentRequest, replayOf, runIdempotently } from '../idempotency/idempotent-write.ts';
import { pageHeadersOf } from './pagination.ts';
import { addFormParser } from './parse-form-body.ts';
import { routeSchema } from './openapi.ts';
import type { AnyResult, Route } from './route.ts';
import { type NamedMember, namedMembers, replaceNames, type SpokenNames } from './spoken-names.ts';
import { noBodySchema } from './validate.ts';

declare module 'fastify' {
  /** What hooks of all routes ask of the one that a request is for. */
  interface FastifyContextConfig {
    isProbe?: boolean;
    isLongLived?: boolean;
  }
}

const DEFAULT_BODY_LIMIT_BYTES = 1_048_576;

export interface RegisterDeps {
  readonly database: Pick<Database, 'transaction' | 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'digest'>;
  readonly authorize: Authorize;
  readonly requests?: RequestLimiter;
  readonly names?: SpokenNames;
}

/** On the request itself: a WeakMap from it costs the garbage collector more than the request's own objects do. */
const CALLER = Symbol('caller');
type Called = FastifyRequest & { [CALLER]?: Caller };

/** Refuses two routes that claim one operation id or one method and path. */
function refuseDuplicates(routes: readonly Route[]): void {
  const seen = new Set<string>();
  for (const route of routes) {
    for (const name of [route.operationId, `${route.method} ${route.url}`]) {
      if (seen.has(name)) throw new Error(`declared twice: ${name}`);
      seen.add(name);
    }
  }
}

/**
 * Serves declared routes. The order of a request: request id, authority (401, workspace, role, scope), body parsing,
 * validation, handler, serialisation by the declared schema.
 */
export function registerRoutes(app: FastifyInstance, routes: readonly Route[], deps: RegisterDeps): void {
  refuseDuplicates(routes);
  for (const route of routes.filter(({ takesForm }) => takesForm !== true)) app.route(toFastify(route, deps));
  // Forms are parsed for these alone: a page of another site can send one to any path.
  void app.register((forms, _options, done) => {
    addFormParser(forms);
    for (const route of routes.filter(({ takesForm }) => takesForm === true)) forms.route(toFastify(route, deps));
    done();
  });
}

function toFastify(route: Route, deps: RegisterDeps): RouteOptions {
  const tooLarge = route.limits?.tooLarge;
  const refusesAs = route.refusesAs;
  const deprecation = route.deprecated === undefined ? undefined : deprecationHeaders(route.deprecated);
  const hasNoVersions = route.method !== 'GET' && route.errors?.includes('precondition_failed') !== true;
  const takesKey = route.method !== 'GET' && route.authority.access !== 'public';
  let named: readonly NamedMember[] | undefined;
  const handle = route.handler as unknown as (ctx: object) => Promise<AnyResult> | AnyResult;

  return {
    method: route.method,
    url: route.url,
    bodyLimit: route.limits?.bodyBytes ?? DEFAULT_BODY_LIMIT_BYTES,
    schema: {
      ...routeSchema(route),
      // Who sends an upload another kind of body is told which kind it takes.
      ...(route.method !== 'GET' && route.body === undefined && route.isUpload !== true ? { body: noBodySchema } : {}),
    },
    ...(tooLarge === undefined
      ? {}
      : {
          errorHandler: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
            const refusal = toCrewshipError(error);
            const renamed = new CrewshipError(tooLarge, refusal.message, { cause: error });
            void sendProblem(request, reply, refusal.code === 'payload_too_large' ? renamed : error);
          },
        }),
    ...(refusesAs === undefined
      ? {}
      : {
          errorHandler: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
            const refusal = refusesAs(error);
            if (refusal === null) void sendProblem(request, reply, error);
            else void sendRefusal(reply, refusal);
          },
        }),
    config: {
      ...(route.isProbe === undefined ? {} : { isProbe: true }),
      ...(route.isLongLived === undefined ? {} : { isLongLived: true }),
    },
    async onRequest(request, reply) {
      const caller = await deps.authorize(request, route.authority);
      (request as Called)[CALLER] = caller;
      if (route.isProbe !== true && deps.requests !== undefined)
        reply.headers(deps.requests.admit(whose(request, caller)));
      if (deprecation !== undefined) reply.headers(deprecation);
      if (hasNoVersions) refuseIfMatch(request);
      if (takesKey) idempotencyKeyOf(request);
    },
    ...(route.hasETag === undefined ? {} : { onSend: tagAnswer }),
    async handler(request, reply) {
      const caller = callerOf(request, route.authority);
      const workspaceId = workspaceOf(caller);
      named ??= deps.names === undefined ? [] : namedMembers(route, deps.names);
      if (named.length > 0 && workspaceId !== undefined) await replaceNames(request, named, deps.names!, workspaceId);
      const result = await handle({
        params: request.params,
        query: request.query,
        body: request.body,
        ...caller,
        requestId: request.id,
        request,
        ifMatch: (schema: z.ZodType, current: unknown) => checkIfMatch(request, schema, current),
        earlier: () => earlierAnswer(request, caller, deps),
        write: (write: (tx: Tx) => Promise<AnyResult>) => runWrite(route, request, caller, deps, write),
      });
      if (route.method === 'GET' && result.headers?.['x-total-count'] === undefined) {
        reply.headers(pageHeadersOf(request.url, result.body));
      }
      return answer(reply, result);
    },
  };
}

/** Whose requests are one count: a person's, whatever they show, or an address's. */
function whose(request: FastifyRequest, { principal }: Caller): string {
  return principal?.userId ? `user:${principal.userId}` : `address:${networkOf(callerAddress(request))}`;
}

/**
 * The caller that a handler's types promise. A token of more than one crew's completes it between authority and
 * handler; an internal route that gets here without a crew is a fault of ours, never a request to serve.
 */
function callerOf(request: Called, authority: Authority): Caller {
  const caller = request[CALLER];
  const isComplete =
    authority.access === 'internal'
      ? caller?.principal?.workspace != null && caller.principal.crewId !== null
      : caller !== undefined;
  if (caller === undefined || !isComplete) throw new CrewshipError('internal', 'nobody was proven to call this route');
  return caller;
}

/** What Fastify is to send. */
function answer(reply: FastifyReply, result: AnyResult): unknown {
  const status = Number(result.status);
  reply.code(status);
  if (result.headers !== undefined) {
    const { link, ...others } = result.headers;
    reply.headers(others as Record<string, string | string[]>);
    const links = [reply.getHeader('link'), link].filter((one) => one !== undefined);
    if (links.length > 0) reply.header('link', links.join(', '));
  }
  if (status === 204) return undefined;
  // A redirect is its header.
  return status >= 300 && status < 400 ? '' : result.body;
}

function runWrite(
  route: Route,
  request: FastifyRequest,
  caller: Caller,
  deps: RegisterDeps,
  write: (tx: Tx) => Promise<AnyResult>,
): Promise<AnyResult> {
  const workspaceId = workspaceOf(caller);
  const keyed = keyOf(request, caller, deps);
  const run = (tx: Tx): Promise<AnyResult> =>
    keyed === null ? write(tx) : runIdempotently(tx, keyed, route.secretMembers ?? [], () => write(tx));
  return workspaceId === undefined || route.asSystem === true
    ? deps.database.systemTransaction({ requestId: request.id }, run)
    : deps.database.transaction({ workspaceIds: [workspaceId], requestId: request.id }, run);
}

function workspaceOf(caller: Caller): string | undefined {
  return caller.workspace?.id ?? caller.principal?.workspace?.id;
}

/** A public route has no caller whose key it could be. */
function keyOf(request: FastifyRequest, caller: Caller, { keyRing }: RegisterDeps): IdempotentRequest | null {
  const principalId = caller.principal?.userId ?? caller.principal?.crewId ?? null;
  if (principalId === null) return null;
  return idempotentRequest(request, { principalId, workspaceId: workspaceOf(caller) ?? null }, keyRing.digest);
}

async function earlierAnswer(request: FastifyRequest, caller: Caller, deps: RegisterDeps): Promise<AnyResult | null> {
  const keyed = keyOf(request, caller, deps);
  if (keyed === null) return null;
  return deps.database.systemTransaction({ requestId: request.id }, (tx) => replayOf(tx, keyed));
}
