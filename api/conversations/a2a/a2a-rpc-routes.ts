import { JsonRpcTransportHandler, ServerCallContext, validateVersion } from '@a2a-js/sdk/server';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { eventsAnswer } from '../../http/streams/event-stream.ts';
import { A2A_LEGACY_VERSION, A2A_PATH } from './agent-card.ts';
import {
  type A2AContext,
  type A2ADeps,
  type Needs,
  type OpenCall,
  openCall,
  READING_AGENTS,
  refuseUnless,
} from './a2a-call.ts';
import { protocolError, rpcRefusal } from './a2a-errors.ts';
import { a2aRequests } from './a2a-requests.ts';

const WRITING: Needs = { action: 'participate', scope: 'chat:write' };

/** Operations that take more than reading: their names in this version of the protocol, and in the one before. */
const NEEDS = new Map<unknown, Needs>([
  ['SendMessage', WRITING],
  ['SendStreamingMessage', WRITING],
  ['CancelTask', WRITING],
  ['GetExtendedAgentCard', READING_AGENTS],
  ['message/send', WRITING],
  ['message/stream', WRITING],
  ['tasks/cancel', WRITING],
  ['agent/getAuthenticatedExtendedCard', READING_AGENTS],
]);

const INVALID_PARAMS = -32_602;
const INTERNAL_ERROR = -32_603;

const requestBody = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: z.union([z.string().max(256), z.int(), z.null()]).optional(),
    method: z.string().min(1).max(100).describe('SendMessage, GetTask, …'),
    params: z.looseObject({}).optional(),
  })
  .meta({ example: { jsonrpc: '2.0', id: 1, method: 'GetTask', params: { id: 'cmx2p8wyllg1f8cg981vevou6' } } });

const answerBody = z
  .looseObject({ jsonrpc: z.string(), id: z.union([z.string(), z.int(), z.null()]) })
  .describe('`result` or `error` of JSON-RPC; of streams, server-sent events that hold such answers');

/** The version that a request speaks; without a word of it, the one before headers had it. */
export function versionOf(request: FastifyRequest): string {
  const { 'a2a-version': header } = request.headers;
  const asked = header ?? (request.query as Record<string, unknown>)['A2A-Version'];
  return typeof asked === 'string' && asked !== '' ? asked : A2A_LEGACY_VERSION;
}

type RpcContext = A2AContext & { readonly body: z.output<typeof requestBody> };

/** A2A by JSON-RPC: docs/contracts/a2a.md. */
export function createA2ARpcRoutes(deps: A2ADeps): Route[] {
  async function answer(ctx: RpcContext) {
    const needs = NEEDS.get(ctx.body.method);
    if (needs !== undefined) refuseUnless(ctx, needs);
    const call = openCall(deps, ctx);
    try {
      return await carryOut(ctx, call);
    } finally {
      call.done();
    }
  }

  async function carryOut(ctx: RpcContext, call: OpenCall) {
    const { id = null } = ctx.body;
    const requests = a2aRequests(deps, call);
    const requestedVersion = versionOf(ctx.request);
    const isLegacy = requestedVersion === A2A_LEGACY_VERSION;
    const errorOf = (thrown: unknown) => ({
      ...{ jsonrpc: '2.0', id },
      error: isLegacy
        ? LegacyJsonRpcTransportHandler.mapToLegacyJSONRPCError(thrown)
        : JsonRpcTransportHandler.mapToJSONRPCError(thrown),
    });
    try {
      validateVersion(requestedVersion, call.publicCard(), 'JSONRPC');
    } catch (error) {
      return ok(errorOf(error));
    }
    const transport = isLegacy ? new LegacyJsonRpcTransportHandler(requests) : new JsonRpcTransportHandler(requests);
    const told = await transport.handle(ctx.body, new ServerCallContext({ requestedVersion }));
    call.rethrow();
    if (Symbol.asyncIterator in told) {
      const streamed = await call.stream(told as AsyncGenerator<object, void, undefined>, {
        data: (update) => update,
        error: (thrown) => (protocolError(thrown) === null ? null : errorOf(thrown)),
      });
      if ('body' in streamed) return eventsAnswer(streamed.body);
      call.rethrow();
      return ok(errorOf(streamed.failed));
    }
    // What is not refused by us and fails all the same was not of the form that the operation takes.
    const { error } = told as { error?: { code: number; message: string } };
    if (error?.code === INTERNAL_ERROR) error.code = INVALID_PARAMS;
    return ok(told as z.output<typeof answerBody>);
  }

  return [
    defineRoute({
      method: 'POST',
      url: A2A_PATH,
      operationId: 'callA2A',
      summary: 'Speak A2A by JSON-RPC',
      description:
        'The operations of A2A 1.0, and of 0.3 for who names no version in `A2A-Version`. A context is a session, a ' +
        'task is a turn of one. To send and to cancel takes MEMBER and above and the scope chat:write, the extended ' +
        'card the scope agents:read.',
      tags: ['A2A'],
      authority: { access: 'member', action: 'read', scope: 'chat:read' },
      body: requestBody,
      responses: { 200: answerBody },
      hasEvents: true,
      isLongLived: true,
      errors: ['limit_reached', 'no_live_host'],
      refusesAs: rpcRefusal,
      handler: (ctx) => answer(ctx as unknown as RpcContext),
    }),
  ];
}
