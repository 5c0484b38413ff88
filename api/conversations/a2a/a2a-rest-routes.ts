import {
  A2A_CONTENT_TYPE,
  AgentCard,
  ListTasksRequest,
  ListTasksResponse,
  SendMessageRequest,
  SendMessageResponse,
  StreamResponse,
  Task,
} from '@a2a-js/sdk';
import { RequestMalformedError } from '@a2a-js/sdk/errors';
import { type A2ARequestHandler, ServerCallContext, validateVersion } from '@a2a-js/sdk/server';
import { z } from 'zod';
import { idField } from '../../http/kernel/fields.ts';
import { defineRoute, type Route } from '../../http/kernel/route.ts';
import { eventsAnswer } from '../../http/streams/event-stream.ts';
import { A2A_PATH } from './agent-card.ts';
import { agentCardAnswer } from './agent-card-schemas.ts';
import { type A2AContext, type A2ADeps, type OpenCall, openCall } from './a2a-call.ts';
import { restRefusal } from './a2a-errors.ts';
import { a2aRequests } from './a2a-requests.ts';
import { versionOf } from './a2a-rpc-routes.ts';

const taskAnswer = z
  .looseObject({ id: z.string(), contextId: z.string(), status: z.looseObject({}) })
  .describe('A2A Task');
const sentAnswer = z.looseObject({ task: taskAnswer }).describe('A2A SendMessageResponse');
const tasksAnswer = z
  .looseObject({ tasks: z.array(taskAnswer), nextPageToken: z.string(), pageSize: z.int(), totalSize: z.int() })
  .describe('A2A ListTasksResponse');
const streamAnswer = z.unknown().describe('A2A StreamResponses as server-sent events').meta({ type: 'string' });

const sendBody = z
  .looseObject({
    message: z.looseObject({ messageId: z.string(), parts: z.array(z.looseObject({})) }),
    configuration: z.looseObject({}).optional(),
    metadata: z.looseObject({}).optional().describe('`agent`: who answers; `project_id`: of a new session'),
  })
  .describe('A2A SendMessageRequest')
  .meta({
    example: { message: { messageId: 'm-1', role: 'ROLE_USER', parts: [{ text: 'Where is order 1042?' }] } },
  });
const emptyBody = z.looseObject({}).nullish().describe('nothing that counts');
const configBody = z.looseObject({}).nullish().describe('A2A TaskPushNotificationConfig');

const turnParams = z.object({ turnId: idField });
const configParams = z.object({ turnId: idField, configId: idField });
const count = z.coerce.number().int().min(0).max(1_000);
const taskQuery = z.object({ historyLength: count.optional().describe('newest messages to return; default: all') });
const tasksQuery = z.object({
  contextId: z.string().max(64).optional(),
  status: z.string().max(64).optional(),
  pageSize: z.coerce.number().int().min(1).max(100).optional().describe('default: 50'),
  pageToken: z.string().max(1_024).optional(),
  historyLength: count.optional(),
  statusTimestampAfter: z.string().max(64).optional(),
  includeArtifacts: z.enum(['true', 'false']).optional(),
});

const READ = { access: 'member', action: 'read', scope: 'chat:read' } as const;
const WRITE = { access: 'member', action: 'participate', scope: 'chat:write' } as const;
/** An id, and the word after it. */
const TURN = ':turnId(^[A-Za-z0-9_-]+)';
const CONFIGS = `${A2A_PATH}/tasks/:turnId/pushNotificationConfigs`;

/** A2A by HTTP+JSON: docs/contracts/a2a.md. */
export function createA2ARestRoutes(deps: A2ADeps): Route[] {
  const common = { tags: ['A2A'], refusesAs: restRefusal } as const;

  /** Carries out an operation; what it answers is of the protocol's media type. */
  async function carryOut<Answer>(
    ctx: unknown,
    operation: (requests: A2ARequestHandler, call: OpenCall, context: ServerCallContext) => Promise<Answer>,
  ): Promise<Answer> {
    const of = ctx as A2AContext;
    const call = openCall(deps, of);
    const requestedVersion = versionOf(of.request);
    try {
      validateVersion(requestedVersion, call.publicCard(), 'HTTP+JSON');
      return await operation(a2aRequests(deps, call), call, new ServerCallContext({ requestedVersion }));
    } finally {
      call.done();
    }
  }

  const told = <Body>(body: Body) => ({
    status: 200 as const,
    body: body as never,
    headers: { 'content-type': A2A_CONTENT_TYPE },
  });

  async function streamed(call: OpenCall, updates: AsyncGenerator<StreamResponse, void, undefined>) {
    const found = await call.stream(updates, {
      data: (update) => StreamResponse.toJSON(update),
      error: (thrown) => restRefusal(thrown)?.body ?? null,
    });
    if ('failed' in found) throw found.failed;
    return eventsAnswer(found.body);
  }

  const subscribing = {
    ...common,
    url: `${A2A_PATH}/tasks/${TURN}::subscribe`,
    summary: 'Follow a task that goes on',
    description:
      'The task as it is, then what its turn tells, from its beginning or after `Last-Event-ID`, on any process.',
    authority: READ,
    params: turnParams,
    responses: { 200: streamAnswer },
    contentType: 'text/event-stream',
    isLongLived: true,
    handler: (ctx: { readonly params: z.output<typeof turnParams> }) =>
      carryOut(ctx, (requests, call, context) =>
        streamed(call, requests.resubscribe({ tenant: '', id: ctx.params.turnId }, context)),
      ),
  } as const;

  return [
    defineRoute({
      ...common,
      method: 'POST',
      url: `${A2A_PATH}/message::send`,
      operationId: 'sendA2AMessage',
      summary: 'Send a message, and wait for its task to be over or to ask for something',
      description:
        '`configuration.returnImmediately` answers at once. The wait is at most five minutes; the task goes on then.',
      authority: WRITE,
      body: sendBody,
      responses: { 200: sentAnswer },
      errors: ['limit_reached', 'no_live_host'],
      isLongLived: true,
      handler: (ctx) =>
        carryOut(ctx, async (requests, _call, context) => {
          const task = (await requests.sendMessage(decoded(SendMessageRequest, ctx.body), context)) as Task;
          return told(SendMessageResponse.toJSON({ payload: { $case: 'task', value: task } }));
        }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${A2A_PATH}/message::stream`,
      operationId: 'streamA2AMessage',
      summary: 'Send a message, and follow its task',
      authority: WRITE,
      body: sendBody,
      responses: { 200: streamAnswer },
      contentType: 'text/event-stream',
      errors: ['limit_reached', 'no_live_host'],
      isLongLived: true,
      handler: (ctx) =>
        carryOut(ctx, (requests, call, context) =>
          streamed(call, requests.sendMessageStream(decoded(SendMessageRequest, ctx.body), context)),
        ),
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: `${A2A_PATH}/tasks`,
      operationId: 'listA2ATasks',
      summary: 'List tasks, the one that changed last first',
      description: 'Turns of the sessions that the caller may see. Artifacts are left out unless they are asked for.',
      authority: READ,
      query: tasksQuery,
      responses: { 200: tasksAnswer },
      handler: (ctx) =>
        carryOut(ctx, async (requests, _call, context) => {
          const includeArtifacts = ctx.query.includeArtifacts === 'true';
          const request = decoded(ListTasksRequest, { ...ctx.query, includeArtifacts });
          return told(listOf(await requests.listTasks(request, context), includeArtifacts));
        }),
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: `${A2A_PATH}/tasks/:turnId`,
      operationId: 'getA2ATask',
      summary: 'Get a task',
      authority: READ,
      params: turnParams,
      query: taskQuery,
      responses: { 200: taskAnswer },
      handler: (ctx) =>
        carryOut(ctx, async (requests, _call, context) => {
          const { historyLength } = ctx.query;
          return told(
            Task.toJSON(await requests.getTask({ tenant: '', id: ctx.params.turnId, historyLength }, context)),
          );
        }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${A2A_PATH}/tasks/${TURN}::cancel`,
      operationId: 'cancelA2ATask',
      summary: 'Cancel a task',
      description: 'Answered when its agent has stopped, or after ten seconds with the task as it is.',
      authority: WRITE,
      params: turnParams,
      body: emptyBody,
      responses: { 200: taskAnswer },
      isLongLived: true,
      handler: (ctx) =>
        carryOut(ctx, async (requests, _call, context) =>
          told(
            Task.toJSON(await requests.cancelTask({ tenant: '', id: ctx.params.turnId, metadata: undefined }, context)),
          ),
        ),
    }),
    defineRoute({ ...subscribing, method: 'GET', operationId: 'subscribeToA2ATask' }),
    // Clients of 1.0 that were made before it was settled post.
    defineRoute({ ...subscribing, method: 'POST', operationId: 'postToSubscribeToA2ATask', body: emptyBody }),
    defineRoute({
      ...common,
      method: 'GET',
      url: `${A2A_PATH}/extendedAgentCard`,
      operationId: 'getA2AExtendedAgentCard',
      summary: 'Get the card of the agents that the caller may talk to',
      authority: { access: 'member', action: 'read', scope: 'agents:read' },
      responses: { 200: agentCardAnswer },
      handler: (ctx) =>
        carryOut(ctx, async (requests, _call, context) =>
          told(AgentCard.toJSON(await requests.getAuthenticatedExtendedAgentCard({ tenant: '' }, context))),
        ),
    }),
    ...pushRoutes(),
  ];

  /** Nobody is called back, as the card says: each of these answers that. */
  function pushRoutes(): Route[] {
    const nothing = { 200: z.looseObject({}) };
    const refuse = (ctx: unknown) =>
      carryOut(ctx, async (requests, _call, context) =>
        told(await requests.listTaskPushNotificationConfigs({} as never, context)),
      );
    const description = 'Push notifications are not supported: always refused as such.';
    return [
      defineRoute({
        ...{ ...common, method: 'GET', url: CONFIGS, operationId: 'listA2APushConfigs', description },
        summary: 'List who is called back about a task',
        ...{ authority: READ, params: turnParams, responses: nothing, handler: refuse },
      }),
      defineRoute({
        ...{ ...common, method: 'POST', url: CONFIGS, operationId: 'createA2APushConfig', description },
        summary: 'Have somebody called back about a task',
        ...{ authority: WRITE, params: turnParams, body: configBody, responses: nothing, handler: refuse },
      }),
      defineRoute({
        ...{ ...common, method: 'GET', url: `${CONFIGS}/:configId`, operationId: 'getA2APushConfig', description },
        summary: 'Get who is called back about a task',
        ...{ authority: READ, params: configParams, responses: nothing, handler: refuse },
      }),
      defineRoute({
        ...{
          ...common,
          method: 'DELETE',
          url: `${CONFIGS}/:configId`,
          operationId: 'deleteA2APushConfig',
          description,
        },
        summary: 'Have nobody called back about a task',
        ...{ authority: WRITE, params: configParams, responses: nothing, handler: refuse },
      }),
    ];
  }
}

/** A request of the protocol out of its JSON. */
function decoded<Request>(type: { fromJSON(object: unknown): Request }, json: unknown): Request {
  try {
    return type.fromJSON(json);
  } catch (cause) {
    throw new RequestMalformedError({ message: 'the body is not of the form that this operation takes', cause });
  }
}

/** Members that are there also when they are empty. */
function listOf(response: ListTasksResponse, withArtifacts: boolean): object {
  const { tasks = [] } = ListTasksResponse.toJSON(response) as { tasks?: object[] };
  const { nextPageToken, pageSize, totalSize } = response;
  const shown = withArtifacts ? tasks.map((task) => ({ artifacts: [], ...task })) : tasks;
  return { tasks: shown, nextPageToken, pageSize, totalSize };
}
