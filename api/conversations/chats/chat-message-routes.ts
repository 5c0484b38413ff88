import { postMessage } from '../../../commands/conversations/chats/post-message.ts';
import { steerTurn } from '../../../commands/engine/turns/steer-turn.ts';
import { findTurnStart, pageMessages } from '../../../db/conversations/chats/read-conversation.ts';
import { getSession } from '../../../db/conversations/chats/sessions-store.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { lastEventId, streamCredential } from '../../http/streams/event-stream.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  chatParams,
  framesAnswer,
  framesQuery,
  messagesAnswer,
  messagesQuery,
  newMessageAnswer,
  newMessageBody,
  steerAnswer,
  steerBody,
} from './agent-chat-schemas.ts';
import { openFrameStream } from './chat-frame-stream.ts';
import { BUSY } from './chat-routes.ts';
import { type TurnDeps, viewerOf } from './turn-calls.ts';

/** What is said in a chat: docs/contracts/conversations.md, The chat's channel. */
export function createChatMessageRoutes(deps: TurnDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Chats'];
  const read = { access: 'member', action: 'read', scope: 'chat:read' } as const;
  const write = { access: 'member', action: 'participate', scope: 'chat:write' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/chats/:chatId/messages',
      operationId: 'listChatMessages',
      summary: 'List the messages of a chat, oldest first',
      tags,
      authority: read,
      params: chatParams,
      query: messagesQuery,
      responses: { 200: messagesAnswer },
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const { id } = await getSession(reads, viewer, ctx.params.chatId);
        const page = await pageMessages(reads, { workspaceId: viewer.workspaceId, id }, ctx.query);
        return ok({ messages: page.rows }, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/chats/:chatId/messages',
      operationId: 'sendChatMessage',
      summary: 'Say something in a chat',
      description:
        'As `send_message` on the socket: its agent answers, in a group when the message mentions it, or whichever ' +
        'agent of the workspace it mentions first. One turn of a chat is under way at a time.',
      tags,
      authority: write,
      params: chatParams,
      body: newMessageBody,
      responses: { 202: newMessageAnswer },
      errors: BUSY,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { content, metadata, max_turns: maxTurns } = ctx.body;
          const message = {
            ...viewerOf(ctx),
            chatId: ctx.params.chatId,
            content,
            metadata: (metadata ?? {}) as JsonObject,
            maxTurns: maxTurns ?? null,
          };
          return accepted(await postMessage(tx, message, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/chats/:chatId/stream',
      operationId: 'streamChatFrames',
      summary: 'Follow a chat, a frame of its channel a line',
      description:
        'It goes on after `last_seq` or `Last-Event-ID`, on any process, and ends when no turn is under way, or with ' +
        '`follow` after `idle` seconds without a frame. `ping` comes every 15 s; `error` and `closed` say why it ends.',
      tags,
      authority: read,
      params: chatParams,
      query: framesQuery,
      responses: { 200: framesAnswer },
      contentType: 'application/x-ndjson',
      isLongLived: true,
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const chat = await getSession(reads, viewer, ctx.params.chatId);
        const headers = { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' };
        if (ctx.request.method === 'HEAD') return ok('', headers);
        const { last_seq: lastSeq, follow, idle } = ctx.query;
        const known = lastSeq ?? lastEventId(ctx.request.headers['last-event-id']);
        const stream = {
          viewer,
          credentialId: streamCredential(ctx.principal),
          chatId: chat.id,
          after: known ?? (await beginning(chat)),
          idleMs: follow ? idle * 1_000 : null,
        };
        return ok(openFrameStream(deps, stream), headers);

        async function beginning({ turn_job_id: jobId, event_seq: newest, id }: typeof chat): Promise<number> {
          if (jobId === null) return newest;
          const first = await findTurnStart(reads, { workspaceId: viewer.workspaceId, id }, jobId);
          return Math.max(0, first - 1);
        }
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/chats/:chatId/steer',
      operationId: 'steerChat',
      summary: 'Say something into the turn that is under way',
      description:
        'Its agent is ended and begun again within the turn, with what it has said so far and this; one that has not ' +
        'begun reads it with the first message. An answer that is finished by then stands. At most 10 in a turn.',
      tags,
      authority: write,
      params: chatParams,
      body: steerBody,
      responses: { 202: steerAnswer },
      errors: ['nothing_to_steer', 'limit_reached'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const steering = { ...viewerOf(ctx), chatId: ctx.params.chatId, message: ctx.body.message };
          const { jobId, runId, messageId } = await steerTurn(tx, steering, ctx.actor);
          return accepted({ job_id: jobId, run_id: runId, message_id: messageId });
        }),
    }),
  ];
}
