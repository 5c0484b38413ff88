import { z } from 'zod';
import { countChatMessages, openChat, titleChat } from '../../../commands/conversations/chats/chat-commands.ts';
import { resolveChatLaunchConfig } from '../../../db/crews/agents/launch-config.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type LaunchConfigAnswer, launchConfigAnswer } from '../../crews/agents/agent-sidecar-schemas.ts';
import { idField, nameField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const chatBody = z.object({
  chat_id: idField,
  agent_id: idField,
  user_id: idField.nullable().default(null),
  title: nameField(1, 200).nullable().default(null),
});

const chatParams = z.object({ chatId: idField });

/** Chats with agents of a crew: docs/contracts/internal-ipc.md, Chats. */
export function createInternalChatRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;
  const errors = ['conflict', 'idempotency_mismatch'] as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/chats',
      operationId: 'openInternalChat',
      summary: 'Open a chat with an agent of this crew',
      description: 'Repeating it answers 200 with `already_exists`.',
      tags,
      authority,
      body: chatBody,
      responses: {
        200: z.object({ id: z.string(), status: z.literal('already_exists') }),
        201: z.object({ id: z.string(), status: z.literal('created') }),
      },
      errors: ['not_found', ...errors],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const { chat_id: id, agent_id: agentId, user_id: userId, title } = body;
          const scope = { workspaceId: principal.workspace.id, crewId: principal.crewId };
          const status = await openChat(tx, { ...scope, id, agentId, userId, title }, ctx.actor);
          return status === 'created' ? created({ id, status }) : ok({ id, status });
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/chats/:chatId/resolve',
      operationId: 'resolveChat',
      summary: 'What the agent of a chat of this crew is launched with',
      tags,
      authority,
      params: chatParams,
      responses: { 200: launchConfigAnswer },
      handler: async (ctx) => {
        const ref = { crewId: ctx.principal.crewId, chatId: ctx.params.chatId };
        return ok((await resolveChatLaunchConfig(reads, ctx.principal.workspace.id, ref)) as LaunchConfigAnswer);
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/internal/chats/:chatId/message-count',
      operationId: 'countChatMessages',
      summary: 'Add to the number of a chat’s messages',
      tags,
      authority,
      params: chatParams,
      body: z.object({ delta: z.int().min(1).max(10_000) }),
      responses: { 200: z.object({ id: z.string() }) },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { chatId } = ctx.params;
          await countChatMessages(tx, { chatId, crewId: ctx.principal.crewId }, ctx.body.delta);
          return ok({ id: chatId });
        }),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/internal/chats/:chatId/title',
      operationId: 'titleChat',
      summary: 'Give a chat its title; one that has a title is a 404',
      tags,
      authority,
      params: chatParams,
      body: z.object({ title: nameField(1, 200) }),
      responses: { 200: z.object({ id: z.string(), title: z.string() }) },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { chatId } = ctx.params;
          const { title } = ctx.body;
          await titleChat(tx, { chatId, crewId: ctx.principal.crewId }, title, ctx.actor);
          return ok({ id: chatId, title });
        }),
    }),
  ];
}
