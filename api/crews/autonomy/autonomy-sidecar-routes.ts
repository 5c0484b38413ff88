import { z } from 'zod';
import { type Maker, makeAgent, makeCrew } from '../../../commands/engine/autonomy/make-by-agent.ts';
import type { InternalPrincipal } from '../../../domain/kernel/access/authority.ts';
import { AGENT_ROLES, CLI_ADAPTERS, LLM_PROVIDERS, TOOL_PROFILES } from '../../../domain/crews/agents/agent.ts';
import { createAgentCall, createCrewCall } from '../../../domain/crews/autonomy/autonomy-calls.ts';
import { CREW_COLORS } from '../../../domain/crews/crews/crew.ts';
import { slugFromName } from '../../../domain/people/workspaces/slug.ts';
import { clearableField, sharedFields } from '../../http/kernel/fields.ts';
import { accepted, created, defineRoute, type Route } from '../../http/kernel/route.ts';
import { gateAnswer, gateMembers } from '../../crew-side/caller/gate-members.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const crewBody = createCrewCall.input(sharedFields).extend({
  icon: clearableField(64).default(null),
  color: z.enum(CREW_COLORS).nullable().default(null),
});

const crewAnswer = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  workspace_id: z.string(),
  ...gateAnswer,
});

/** Programs for COMMAND are people's to choose. */
const AGENT_ADAPTERS = CLI_ADAPTERS.filter((adapter) => adapter !== 'COMMAND');

const agentBody = createAgentCall.input(sharedFields).extend({
  agent_role: z.enum(AGENT_ROLES).default('AGENT'),
  cli_adapter: z.enum(AGENT_ADAPTERS).default('CLAUDE_CODE'),
  llm_provider: z.enum(LLM_PROVIDERS).nullable().default(null),
  llm_model: clearableField(128).default(null),
  tool_profile: z.enum(TOOL_PROFILES).default('CODING'),
});

const agentAnswer = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  crew_id: z.string(),
  workspace_id: z.string(),
  status: z.enum(['IDLE', 'PENDING_REVIEW']),
  ...gateAnswer,
});

const POLICY =
  'By the autonomy of the crew that asks: 201 live, 202 held until an ADMIN approves it, 403 with `policy_action` ' +
  'and `autonomy_level`; also a 403, with `limit`, when ten things wait for review already.';

/** Crews and agents that agents make: docs/contracts/internal-ipc.md, Agents and crews. */
export function createInternalMakingRoutes(): Route[] {
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;
  const errors = ['not_found', 'conflict', 'idempotency_mismatch'] as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/crews',
      operationId: 'makeCrew',
      summary: 'Make a crew',
      description: `With default settings. ${POLICY}`,
      tags,
      authority,
      body: crewBody,
      responses: { 201: crewAnswer, 202: crewAnswer },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const fields = { ...ctx.body, slug: ctx.body.slug ?? slugFromName(ctx.body.name, 'crew') };
          const { row, level, approvalId } = await makeCrew(tx, makerOf(ctx.principal), fields, ctx.actor);
          const { id, name, slug, workspace_id } = row;
          const made = { id, name, slug, workspace_id, ...gateMembers(level, approvalId) };
          return approvalId === null ? created(made) : accepted(made);
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/agents',
      operationId: 'makeAgent',
      summary: 'Make an agent in this crew',
      description: `PENDING_REVIEW where it is held: it is given no work. ${POLICY}`,
      tags,
      authority,
      body: agentBody,
      responses: { 201: agentAnswer, 202: agentAnswer },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const fields = { ...ctx.body, slug: ctx.body.slug ?? slugFromName(ctx.body.name, 'agent') };
          const { row, level, approvalId } = await makeAgent(tx, makerOf(ctx.principal), fields, ctx.actor);
          const made = {
            id: row.id,
            name: row.name,
            slug: row.slug,
            crew_id: ctx.principal.crewId,
            workspace_id: row.workspace_id,
            status: approvalId === null ? ('IDLE' as const) : ('PENDING_REVIEW' as const),
            ...gateMembers(level, approvalId),
          };
          return approvalId === null ? created(made) : accepted(made);
        }),
    }),
  ];
}

function makerOf(principal: InternalPrincipal): Maker {
  return { workspaceId: principal.workspace.id, crewId: principal.crewId, agentId: principal.agentId };
}
