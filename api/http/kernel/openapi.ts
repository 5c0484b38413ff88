import type { SwaggerOptions } from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import type { Authority } from '../../../domain/kernel/access/authority.ts';
import type { ErrorCode } from '../../../domain/kernel/errors/crewship-error.ts';
import { ERROR_STATUS } from '../errors/error-status.ts';
import { PROBLEM_CONTENT_TYPE, problemSchema } from '../errors/problem.ts';
import { completeOperations } from './openapi-operations.ts';
import { type Audience, credentialsOf, SECURITY_SCHEMES } from './openapi-security.ts';
import type { Route } from './route.ts';
import { noBodySchema } from './validate.ts';

/** What a caller must be, in words. */
export function describeAuthority(authority: Authority): string {
  switch (authority.access) {
    case 'public':
      return 'anyone, without a credential';
    case 'user':
      if (authority.interactive === true) return 'a person who signed in, not a key or token';
      return authority.notByKey === true ? 'any signed-in user, not by an API key' : 'any signed-in user';
    case 'operator':
      return 'the instance operator';
    case 'internal':
      return 'a crew’s sidecar, on the crew’s own socket';
    case 'member': {
      const roles = {
        read: 'any member of the workspace',
        participate: 'MEMBER and above',
        create: 'OWNER, ADMIN or MANAGER',
        manage: 'OWNER or ADMIN',
      };
      const role = authority.minRole === undefined ? roles[authority.action] : `${authority.minRole} and above`;
      return authority.capability === undefined ? role : `${role}, or who has ${authority.capability}`;
    }
  }
}

/** Every code a route may answer with: what its method and authority imply, and its own. */
function errorCodesOf(route: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>(['invalid_request', 'internal', 'unavailable', ...(route.errors ?? [])]);
  const { authority } = route;
  if (authority.access !== 'public') {
    codes.add('unauthenticated');
    if (authority.access !== 'internal') codes.add('rate_limited');
    if (authority.access !== 'user' || authority.scope !== undefined || authority.notByKey === true) {
      codes.add('forbidden');
    }
    if ('interactive' in authority && authority.interactive === true) codes.add('interactive_required');
    // A cookie counts for a write only from pages of ours.
    if (route.method !== 'GET' && authority.access !== 'internal') codes.add('forbidden');
  }
  if (authority.access === 'member') {
    codes.add('workspace_required');
    codes.add('not_found');
  }
  if (route.params !== undefined) codes.add('not_found');
  if (route.method !== 'GET') {
    codes.add('payload_too_large');
    codes.add('unsupported_media_type');
    if (authority.access !== 'public' && authority.access !== 'internal') {
      codes.add('conflict');
      codes.add('idempotency_key_in_use');
      codes.add('idempotency_mismatch');
    }
  }
  return [...codes];
}

function errorResponses(route: Route): Record<number, unknown> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodesOf(route)) {
    const { status } = ERROR_STATUS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus].map(([status, codes]) => [status, `code: ${codes.join(', ')}`] as const);
  return Object.fromEntries(
    [...answers, TOO_LONG].map(([status, description]) => [
      status,
      { description, content: { [PROBLEM_CONTENT_TYPE]: { schema: problemSchema }, ...ownRefusal(route, status) } },
    ]),
  );
}

/** What the server answers before any route sees the request. */
const TOO_LONG = [431, 'code: invalid_request; the address and headers are more than 16 KiB together'] as const;

/** A route that refuses in its own words or its protocol's does so beside problems: a page says it as a page. */
function ownRefusal({ contentType, refusesAs, responses }: Route, status: number): Record<string, unknown> {
  if (refusesAs !== undefined) return { 'application/json': { schema: protocolRefusal } };
  const schema = responses[status];
  return schema === undefined ? {} : { [contentType ?? 'application/json']: { schema } };
}

const protocolRefusal = z.looseObject({ error: z.unknown() }).describe('as the protocol says what is wrong');

const eventStreamSchema = z.unknown().describe('server-sent events').meta({ type: 'string' });

/** Successful answers; those that are not JSON are documented and not serialised. */
function successResponses(route: Route): Record<number, unknown> {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, schema]) => [status, successResponse(route, status, schema)]),
  );
}

function successResponse({ contentType, hasEvents }: Route, status: string, schema: z.ZodType): unknown {
  if (contentType !== undefined) {
    return { description: schema.description ?? contentType, content: { [contentType]: { schema } } };
  }
  if (hasEvents !== true || status === '204') return schema;
  return {
    description: schema.description ?? 'JSON, or server-sent events',
    content: { 'application/json': { schema }, 'text/event-stream': { schema: eventStreamSchema } },
  };
}

/** Fastify's schema of a declared route: what validates, serialises and documents it. */
export function routeSchema(route: Route): FastifySchema {
  const role = describeAuthority(route.authority);
  const scope =
    'scope' in route.authority && route.authority.scope !== undefined ? ` (scope ${route.authority.scope})` : '';
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: `${route.description === undefined ? '' : `${route.description}\n\n`}Allowed: ${role}${scope}.`,
    tags: [...route.tags],
    security: credentialsOf(route.authority),
    'x-crewship-role': role,
    ...(route.deprecated === undefined ? {} : { deprecated: true }),
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    ...(route.takesForm === true ? { consumes: ['application/json', 'application/x-www-form-urlencoded'] } : {}),
    response: { ...successResponses(route), ...errorResponses(route) },
  } as FastifySchema;
}

/** What a document says of itself. */
const AUDIENCES = {
  public: {
    info: {
      title: 'Crewship API',
      version: '1',
      description:
        'Control plane for crews of AI agents. Errors are RFC 7807 problem details. Writes accept `Idempotency-Key`. ' +
        'The workspace of a request is the one in its path, else `workspace_id` or `X-Workspace-ID` (id or slug), ' +
        'else the caller’s own.',
    },
  },
  internal: {
    info: {
      title: 'Crewship internal API',
      version: '1',
      description:
        'What a crew’s sidecar calls on the crew’s own socket, and over the network whom the operator lets in. ' +
        'Workspace, crew and agent are those of the token. Members that this version does not know are ignored.',
    },
  },
} as const;

/** zod's name for a schema inside another that refers to itself, such as any JSON value. */
const INNER_SCHEMA = /^#\/components\/schemas\/schema\d+$/;

/** The definitions of inner schemas do not reach the document: what they stand for is documented as any value. */
function withoutInnerSchemas(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInnerSchemas);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  if (members.some(([key, at]) => key === '$ref' && INNER_SCHEMA.test(String(at)))) return {};
  return Object.fromEntries(members.map(([key, member]) => [key, withoutInnerSchemas(member)]));
}

/** Options of the OpenAPI document of either listener's routes. */
export function openApiOptions(serverUrl: string | undefined, audience: Audience = 'public'): SwaggerOptions {
  const toJsonSchema = createJsonSchemaTransform({});
  const nameSchemas = createJsonSchemaTransformObject({});
  const { info } = AUDIENCES[audience];
  return {
    openapi: {
      openapi: '3.1.0',
      info,
      ...(serverUrl === undefined ? {} : { servers: [{ url: serverUrl }] }),
      components: { securitySchemes: SECURITY_SCHEMES[audience] },
    },
    transform(document) {
      const schema = { ...(document.schema as Record<string, unknown> | undefined) };
      // That a route takes no body is said by documenting none.
      if (schema.body === noBodySchema) delete schema.body;
      const made = toJsonSchema({ ...document, schema } as Parameters<typeof toJsonSchema>[0]);
      return { ...made, schema: withoutInnerSchemas(made.schema) as typeof made.schema };
    },
    transformObject: (document) => completeOperations(nameSchemas(document)),
  };
}
