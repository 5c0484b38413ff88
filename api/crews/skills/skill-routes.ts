import { createSkill, deleteSkill, updateSkill } from '../../../commands/crews/skills/skill-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import {
  discoverSkills,
  getSkillVersion,
  listSkills,
  listSkillVersions,
  resolveSkill,
} from '../../../db/crews/skills/skills-store.ts';
import { NEW_SKILL_DEFAULTS } from '../../../domain/crews/skills/skill.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  deletedSkillAnswer,
  discoveryAnswer,
  discoveryQuery,
  givenMembers,
  newSkillBody,
  ownSkillParams,
  skillAnswer,
  skillParams,
  skillPatchBody,
  skillQuery,
  skillsQuery,
  skillSummaryAnswer,
  skillVersionsAnswer,
  toSkillFiles,
} from './skill-schemas.ts';
import { z } from 'zod';

/** What agents are taught: docs/contracts/skills.md. */
export function createSkillRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Skills'];
  const read = { access: 'member', action: 'read', scope: 'skills:read' } as const;
  const write = { access: 'member', action: 'create', scope: 'skills:write' } as const;
  const agentOf = async (workspaceId: string, ref: string | undefined) =>
    ref === undefined ? undefined : (await resolveAgent(reads, workspaceId, ref)).id;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/skills',
      operationId: 'listSkills',
      summary: 'List skills that the workspace sees: official ones first, then by name',
      description: 'Its own, and the instance’s before which none of its own stands.',
      tags,
      authority: read,
      query: skillsQuery,
      responses: { 200: z.array(skillSummaryAnswer) },
      errors: ['not_found', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { agent, installed_for_agent_id: byId, ...filter } = ctx.query;
        const agentId = await agentOf(ctx.workspace.id, agent ?? byId);
        const page = await listSkills(reads, ctx.workspace.id, { ...filter, agentId }, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/skills/discovery',
      operationId: 'discoverSkills',
      summary: 'Find the skills that fit what is to be done, and who has them',
      tags,
      authority: read,
      query: discoveryQuery,
      hasETag: true,
      responses: { 200: discoveryAnswer },
      errors: ['not_found', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { q: question, limit } = ctx.query;
        const agentId = await agentOf(ctx.workspace.id, ctx.query.agent);
        const found = await discoverSkills(reads, ctx.workspace.id, { question, agentId, limit });
        const times = found.map(({ changed_at: at }) => at).toSorted();
        return ok({ skills: found, generated_at: times.at(-1) ?? null });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/skills',
      operationId: 'createSkill',
      summary: 'Make a skill of the workspace',
      description:
        'It stands before one of the instance of the same slug. 409 with `reason: "slug"` for a taken one. Where ' +
        'agents have that one, what a scan flags is made by administrators only: 403 with `reason: "flagged"`.',
      tags,
      authority: { ...write, capability: 'skill.create' },
      body: newSkillBody,
      responses: { 201: skillAnswer },
      errors: ['conflict', 'limit_reached'],
      handler: (ctx) => {
        const { files, slug, ...given } = ctx.body;
        const fields = { ...NEW_SKILL_DEFAULTS, ...givenMembers(given), slug, files: toSkillFiles(files) };
        const caller = { workspaceId: ctx.workspace.id, role: ctx.workspace.role, userId: ctx.principal.userId };
        return ctx.write(async (tx) => created(await createSkill(tx, caller, fields, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/skills/:skillId',
      operationId: 'getSkill',
      summary: 'Get a skill with its instructions, as it is or as it was in a version',
      tags,
      authority: read,
      params: skillParams,
      query: skillQuery,
      hasETag: true,
      responses: { 200: skillAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const skill = await resolveSkill(reads, ctx.workspace.id, ctx.params.skillId);
        const { version } = ctx.query;
        if (version === undefined || version === skill.version) return ok(skill);
        return ok(await getSkillVersion(reads, ctx.workspace.id, { skillId: skill.id, version }));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/skills/:skillId',
      operationId: 'updateSkill',
      summary: 'Change the fields that are given',
      description:
        'Of a skill of the workspace. A new name, description, content or file is a new version of it. Where agents ' +
        'have it, one that a scan flags is made by administrators only: 403 with `reason: "flagged"`.',
      tags,
      authority: write,
      params: skillParams,
      body: skillPatchBody,
      responses: { 200: skillAnswer },
      errors: ['ambiguous_reference', 'precondition_failed'],
      handler: async (ctx) => {
        const { id } = await resolveSkill(reads, ctx.workspace.id, ctx.params.skillId);
        const { files, ...given } = ctx.body;
        const patch = { ...givenMembers(given), files: files === undefined ? undefined : toSkillFiles(files) };
        const caller = { workspaceId: ctx.workspace.id, role: ctx.workspace.role, userId: ctx.principal.userId };
        return ctx.write(async (tx) => {
          const check = (current: object) => ctx.ifMatch(skillAnswer, current);
          return ok(await updateSkill(tx, caller, id, patch, ctx.actor, { check }));
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/skills/:skillId/versions',
      operationId: 'listSkillVersions',
      summary: 'List the versions of a skill that are kept, newest first: at most 50',
      tags,
      authority: read,
      params: skillParams,
      responses: { 200: skillVersionsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveSkill(reads, ctx.workspace.id, ctx.params.skillId);
        return ok(await listSkillVersions(reads, ctx.workspace.id, id));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/workspaces/:workspaceId/skills/:skillId',
      operationId: 'deleteSkill',
      summary: 'Delete a skill of the workspace; agents have it no more',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'skills:write' },
      params: ownSkillParams,
      responses: { 200: deletedSkillAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { skillId: id } = ctx.params;
          await deleteSkill(tx, { workspaceId: ctx.workspace.id }, id, ctx.actor);
          return ok({ deleted: true, skill_id: id });
        }),
    }),
  ];
}
