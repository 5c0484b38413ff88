import { z } from 'zod';
import { createAgent, deleteAgent, updateAgent } from '../../../commands/engine/agents/agent-commands.ts';
import { getAgentIn, listAgents, resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { resetCircuit } from '../../../commands/engine/agents/circuit-breaker.ts';
import { rotateWebhookSecret } from '../../../commands/engine/agents/rotate-webhook-secret.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { NEW_AGENT_DEFAULTS } from '../../../domain/crews/agents/agent.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  agentAnswer,
  agentListQuery,
  agentParams,
  agentPatchBody,
  newAgentBody,
  webhookSecretAnswer,
} from './agent-schemas.ts';

/** Agents: docs/contracts/crews-and-agents.md, Agents. */
export function createAgentRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
}): Route[] {
  const { reads } = deps.database;
  const tags = ['Agents'];
  const read = { access: 'member', action: 'read', scope: 'agents:read' } as const;
  const create = { access: 'member', action: 'create', scope: 'agents:write' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/agents',
      operationId: 'listAgents',
      summary: 'List agents, newest first',
      tags,
      authority: read,
      query: agentListQuery,
      responses: { 200: z.array(agentAnswer) },
      handler: async (ctx) => {
        const filter = { crewId: ctx.query.crew_id ?? null, search: ctx.query.q };
        const page = await listAgents(reads, ctx.workspace.id, filter, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/agents',
      operationId: 'createAgent',
      summary: 'Create an agent',
      tags,
      authority: create,
      body: newAgentBody,
      responses: { 201: agentAnswer },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const fields = { ...NEW_AGENT_DEFAULTS, ...ctx.body };
          return created(await createAgent(tx, ctx.workspace.id, fields, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/agents/:agentId',
      operationId: 'getAgent',
      summary: 'Get an agent',
      tags,
      authority: read,
      params: agentParams,
      hasETag: true,
      responses: { 200: agentAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => ok(await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId)),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/agents/:agentId',
      operationId: 'updateAgent',
      summary: 'Change the fields that are given',
      description: 'Moving an agent to another crew is refused while it has open work in its crew.',
      tags,
      authority: create,
      params: agentParams,
      body: agentPatchBody,
      responses: { 200: agentAnswer },
      errors: ['conflict', 'ambiguous_reference', 'precondition_failed'],
      handler: async (ctx) => {
        const { id } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        return ctx.write(async (tx) =>
          ok(await updateAgent(tx, id, ctx.body, ctx.actor, (current) => ctx.ifMatch(agentAnswer, current))),
        );
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/agents/:agentId/circuit/reset',
      operationId: 'resetAgentCircuit',
      summary: 'Let an agent that failed several times in a row work again at once',
      description: 'Forgets its failures. An agent whose circuit is closed stays as it is.',
      tags,
      authority: create,
      params: agentParams,
      responses: { 200: agentAnswer },
      errors: ['conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        return ctx.write(async (tx) => {
          await resetCircuit(tx, id, ctx.actor);
          return ok(await getAgentIn(tx, id));
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/agents/:agentId',
      operationId: 'deleteAgent',
      summary: 'Delete an agent',
      description: 'Refused while the agent leads a mission or has tasks that are not finished.',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'agents:write' },
      params: agentParams,
      responses: { 204: z.null() },
      errors: ['conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        return ctx.write(async (tx) => {
          await deleteAgent(tx, id, ctx.actor);
          return noContent();
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/agents/:agentId/webhook-secret/rotate',
      operationId: 'rotateWebhookSecret',
      summary: 'Give an agent a new webhook secret, shown once',
      tags,
      authority: create,
      params: agentParams,
      responses: { 200: webhookSecretAnswer },
      secretMembers: ['webhook_secret'],
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        return ctx.write(async (tx) => ok(await rotateWebhookSecret(tx, deps.keyRing, id, ctx.actor)));
      },
    }),
  ];
}
