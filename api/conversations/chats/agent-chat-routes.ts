import {
  addParticipant,
  deleteChat,
  markRead,
  openAgentChat,
  removeParticipant,
} from '../../../commands/conversations/chats/agent-chat-commands.ts';
import { updateSession } from '../../../commands/conversations/chats/session-commands.ts';
import { getAgentChatIn, listAgentChats, listParticipants } from '../../../db/conversations/chats/agent-chats-store.ts';
import { getSession } from '../../../db/conversations/chats/sessions-store.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { resolveAgentIn } from '../../../db/crews/agents/resolve-agent-in.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { roleAllows } from '../../../domain/kernel/access/authority.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { z } from 'zod';
import {
  agentChatAnswer,
  agentChatParams,
  agentParams,
  chatParams,
  listQuery,
  newAgentChatAnswer,
  newAgentChatBody,
  newParticipantBody,
  participantAnswer,
  participantParams,
  readAnswer,
  titleBody,
} from './agent-chat-schemas.ts';
import { viewerOf } from './turn-calls.ts';

/** Chats with an agent, and who is in them: docs/contracts/conversations.md, Chats with an agent. */
export function createAgentChatRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Chats'];
  const read = { access: 'member', action: 'read', scope: 'chat:read' } as const;
  const write = { access: 'member', action: 'participate', scope: 'chat:write' } as const;
  const own = { access: 'member', action: 'read', scope: 'chat:write' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/agents/:agentId/chats',
      operationId: 'listAgentChats',
      summary: 'List the chats with an agent that the caller may see, the one that was talked in last first',
      tags,
      authority: read,
      params: agentParams,
      query: listQuery,
      responses: { 200: z.array(agentChatAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const agent = await resolveAgent(reads, viewer.workspaceId, ctx.params.agentId);
        const page = await listAgentChats(reads, viewer, agent.id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/agents/:agentId/chats',
      operationId: 'openAgentChat',
      summary: 'Begin a chat with an agent',
      description:
        'It is a session of the caller’s, which nobody else sees. Under a `session_id` of the caller’s a repetition ' +
        'answers 200 with the same chat, and 409 where that is another agent’s.',
      tags,
      authority: write,
      params: agentParams,
      body: newAgentChatBody,
      responses: { 200: newAgentChatAnswer, 201: newAgentChatAnswer },
      errors: ['conflict', 'ambiguous_reference'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { session_id: externalId, title, origin } = ctx.body ?? {};
          const viewer = viewerOf(ctx);
          const agent = await resolveAgentIn(tx, viewer.workspaceId, ctx.params.agentId);
          const chat = {
            ...viewer,
            agentId: agent.id,
            externalId: externalId ?? null,
            title: title ?? null,
            origin: origin ?? (ctx.actor.authMethod === 'session' ? ('UI' as const) : ('CLI' as const)),
          };
          const { id, isNew } = await openAgentChat(tx, chat, ctx.actor);
          return isNew ? created({ id }) : ok({ id });
        }),
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/v1/agents/:agentId/chats/:chatId/read',
      operationId: 'readAgentChat',
      summary: 'Say that one has read all that is there',
      tags,
      authority: own,
      params: agentChatParams,
      responses: { 200: readAnswer },
      errors: ['ambiguous_reference'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const viewer = viewerOf(ctx);
          const agent = await resolveAgentIn(tx, viewer.workspaceId, ctx.params.agentId);
          const chat = await getAgentChatIn(tx, viewer, { id: ctx.params.chatId, agentId: agent.id });
          const { last_read_at } = await markRead(tx, { ...viewer, id: chat.id });
          return ok({ chat_id: chat.id, last_read_at });
        }),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/agents/:agentId/chats/:chatId',
      operationId: 'updateAgentChat',
      summary: 'Give a chat another title',
      description: 'For its owner and who edits the project that sees it.',
      tags,
      authority: write,
      params: agentChatParams,
      body: titleBody,
      responses: { 200: agentChatAnswer },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const viewer = viewerOf(ctx);
          const agent = await resolveAgentIn(tx, viewer.workspaceId, ctx.params.agentId);
          const named = { id: ctx.params.chatId, agentId: agent.id };
          const chat = await getAgentChatIn(tx, viewer, named);
          const call = { ...viewer, id: chat.id, patch: { title: ctx.body.title }, version: undefined };
          await updateSession(tx, call, () => {}, ctx.actor);
          return ok(await getAgentChatIn(tx, viewer, named));
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/agents/:agentId/chats/:chatId',
      operationId: 'deleteAgentChat',
      summary: 'Delete a chat, and the files that were put into it',
      description:
        'For its owner, who edits the project that sees it, and OWNER and ADMIN, who need not see it. 409 while a ' +
        'turn is under way or what its agent asked others is open.',
      tags,
      authority: write,
      params: agentChatParams,
      responses: { 204: z.null() },
      errors: ['ambiguous_reference', 'turn_in_progress', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const viewer = viewerOf(ctx);
          const agent = await resolveAgentIn(tx, viewer.workspaceId, ctx.params.agentId);
          const asManager = roleAllows(ctx.workspace.role, { action: 'manage' });
          await deleteChat(tx, { ...viewer, id: ctx.params.chatId, agentId: agent.id, asManager }, ctx.actor);
          return noContent();
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/chats/:chatId/participants',
      operationId: 'listChatParticipants',
      summary: 'List who is in a chat: its owner, and whom they let in',
      tags,
      authority: read,
      params: chatParams,
      query: listQuery,
      responses: { 200: z.array(participantAnswer) },
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const { id } = await getSession(reads, viewer, ctx.params.chatId);
        const page = await listParticipants(reads, { workspaceId: viewer.workspaceId, id }, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/chats/:chatId/participants',
      operationId: 'addChatParticipant',
      summary: 'Let somebody into a chat',
      description:
        'For its owner. With the first one the chat becomes a group’s, in which the agent answers who mentions it. ' +
        '200: they were in it already, and have this role now.',
      tags,
      authority: write,
      params: chatParams,
      body: newParticipantBody,
      responses: { 200: participantAnswer, 201: participantAnswer },
      errors: ['conflict', 'limit_reached'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { user_id: participantId, role } = ctx.body;
          const call = { ...viewerOf(ctx), id: ctx.params.chatId, participantId, role };
          const { participant, isNew } = await addParticipant(tx, call, ctx.actor);
          return isNew ? created(participant) : ok(participant);
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/chats/:chatId/participants/:userId',
      operationId: 'removeChatParticipant',
      summary: 'Let somebody out of a chat, or leave it',
      tags,
      authority: own,
      params: participantParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { chatId, userId: participantId } = ctx.params;
          await removeParticipant(tx, { ...viewerOf(ctx), id: chatId, participantId }, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
