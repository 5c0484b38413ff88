import { z } from 'zod';
import { assignSkill, unassignSkill } from '../../../commands/crews/skills/agent-skill-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { listAgentSkills } from '../../../db/crews/skills/agent-skills-store.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  agentSkillBody,
  agentSkillParams,
  agentSkillsAnswer,
  agentSkillsParams,
  assignedSkillAnswer,
} from './skill-schemas.ts';

/** Which skills an agent has: docs/contracts/skills.md, Agents. */
export function createAgentSkillRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Skills'];
  const write = { access: 'member', action: 'create', scope: 'agents:write' } as const;
  const url = '/api/v1/agents/:agentId/skills';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listAgentSkills',
      summary: 'List the skills that an agent has: at most 50',
      tags,
      authority: { access: 'member', action: 'read', scope: 'agents:read' },
      params: agentSkillsParams,
      responses: { 200: agentSkillsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        return ok(await listAgentSkills(reads, ctx.workspace.id, id));
      },
    }),
    defineRoute({
      method: 'POST',
      url,
      operationId: 'assignSkill',
      summary: 'Give an agent a skill',
      description:
        'Its next runs have it. One that it has already is a 200 with `already_assigned`. What a scan has flagged is ' +
        'given by administrators only: 403 with `reason: "flagged"`. Another version of that they give once more.',
      tags,
      authority: write,
      params: agentSkillsParams,
      body: agentSkillBody,
      responses: { 200: assignedSkillAnswer, 201: assignedSkillAnswer },
      errors: ['ambiguous_reference', 'limit_reached'],
      handler: async (ctx) => {
        const { id: agentId } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        const given = { agentId, skillId: ctx.body.skill_id, config: ctx.body.config };
        const caller = { workspaceId: ctx.workspace.id, role: ctx.workspace.role, userId: ctx.principal.userId };
        return ctx.write(async (tx) => {
          const { id, isNew } = await assignSkill(tx, caller, given, ctx.actor);
          return isNew ? created({ id, already_assigned: false }) : ok({ id, already_assigned: true });
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: `${url}/:skillId`,
      operationId: 'unassignSkill',
      summary: 'Take a skill from an agent',
      tags,
      authority: write,
      params: agentSkillParams,
      responses: { 204: z.null() },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id: agentId } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        return ctx.write(async (tx) => {
          const ref = { agentId, skillId: ctx.params.skillId };
          await unassignSkill(tx, { workspaceId: ctx.workspace.id }, ref, ctx.actor);
          return noContent();
        });
      },
    }),
  ];
}
