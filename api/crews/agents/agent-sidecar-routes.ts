import { z } from 'zod';
import { resolveChatLaunchConfig, resolveLaunchConfig } from '../../../db/crews/agents/launch-config.ts';
import { countChatMessages, openChat, titleChat } from '../../../commands/conversations/chats/chat-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { recordToolCall } from '../../../commands/integrations/mcp/tool-calls.ts';
import {
  AGENT_ROLES,
  AGENT_STATUSES,
  CLI_ADAPTERS,
  LLM_PROVIDERS,
  TOOL_PROFILES,
} from '../../../domain/crews/agents/agent.ts';
import { NETWORK_MODES } from '../../../domain/crews/crews/crew.ts';
import { CREDENTIAL_TYPES } from '../../../domain/vault/credentials/credential.ts';
import { MCP_SERVER_SCOPES, TOOL_CALL_STATUSES } from '../../../domain/integrations/mcp/tool-call.ts';
import { idField, nameField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const crewName = z.object({ id: z.string(), slug: z.string(), name: z.string() });

const launchConfigAnswer = z.object({
  agent_id: z.string(),
  agent_slug: z.string(),
  agent_name: z.string(),
  agent_role: z.enum(AGENT_ROLES),
  agent_status: z.enum(AGENT_STATUSES),
  workspace_id: z.string(),
  crew_id: z.string(),
  crew_slug: z.string(),
  cli_adapter: z.enum(CLI_ADAPTERS),
  llm_provider: z.enum(LLM_PROVIDERS).nullable(),
  llm_model: z.string().nullable(),
  tool_profile: z.enum(TOOL_PROFILES),
  system_prompt: z.string().nullable(),
  timeout_seconds: z.int(),
  memory_enabled: z.boolean(),
  network_mode: z.enum(NETWORK_MODES),
  allowed_domains: z.array(z.string()),
  memory_mb: z.int(),
  cpus: z.number(),
  ttl_hours: z.number(),
  crew_members: z.array(crewName.extend({ agent_role: z.enum(AGENT_ROLES) })),
  connected_crews: z.array(crewName),
  credentials: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      type: z.enum(CREDENTIAL_TYPES),
      provider: z.string(),
      env_var_name: z.string().nullable(),
    }),
  ),
});
type LaunchConfigAnswer = z.input<typeof launchConfigAnswer>;

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const chatBody = z.object({
  chat_id: idField,
  agent_id: idField,
  user_id: idField.nullable().default(null),
  title: nameField(1, 200).nullable().default(null),
});

const toolCallBody = z.object({
  agent_id: idField,
  mcp_server_id: idField,
  mcp_server_scope: z.enum(MCP_SERVER_SCOPES).default('workspace'),
  tool_name: z.string().min(1).max(255),
  status: z.enum(TOOL_CALL_STATUSES).default('success'),
  duration_ms: z.int().min(0).max(2_147_483_647).nullable().default(null),
  error_message: z.string().max(2_000).nullable().default(null),
});

const chatParams = z.object({ chatId: idField });

/** Agents, their chats and what they did with tools: contract ipc, sections 3 and 9. */
export function createInternalAgentRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;
  const errors = ['conflict', 'idempotency_mismatch'] as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/agents/:agentId/resolve',
      operationId: 'resolveAgent',
      summary: 'What an agent of this crew is launched with, by id or slug',
      description: 'Credentials by name, without those of the keeper’s tiers 3 and 4; no value of any.',
      tags,
      authority,
      params: z.object({ agentId: idField }),
      responses: { 200: launchConfigAnswer },
      handler: async (ctx) => {
        const ref = { crewId: ctx.principal.crewId, agent: ctx.params.agentId };
        return ok((await resolveLaunchConfig(reads, ctx.principal.workspace.id, ref)) as LaunchConfigAnswer);
      },
    }),
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
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/mcp-tool-calls',
      operationId: 'recordToolCall',
      summary: 'Record what an agent did with an MCP tool',
      tags,
      authority,
      body: toolCallBody,
      responses: { 201: z.object({ id: z.string() }) },
      errors: ['not_found', ...errors],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const scope = { workspace_id: ctx.principal.workspace.id, crew_id: ctx.principal.crewId };
          return created({ id: await recordToolCall(tx, { ...ctx.body, ...scope }, ctx.actor) });
        }),
    }),
  ];
}
