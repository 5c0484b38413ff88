import { z } from 'zod';
import {
  addCrewMember,
  changeCrewMember,
  removeCrewMember,
} from '../../../commands/people/members/crew-member-commands.ts';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getCrewMemberIn, listCrewMembers } from '../../../db/people/members/list-crew-members.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  crewMemberAnswer,
  crewMemberParams,
  crewMemberPatchAnswer,
  crewMemberPatchBody,
  crewParams,
  memberPageQuery,
  newCrewMemberBody,
} from './member-schemas.ts';

/** Who has a role of their own in a crew: docs/contracts/people.md, Roles in a crew. */
export function createCrewMemberRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Members'];
  const manage = { access: 'member', action: 'manage', scope: 'crews:write' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/crews/:crewId/members',
      operationId: 'listCrewMembers',
      summary: 'List the members of a crew, oldest first',
      tags,
      authority: { access: 'member', action: 'read', scope: 'crews:read' },
      params: crewParams,
      query: memberPageQuery,
      responses: { 200: z.array(crewMemberAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const page = await listCrewMembers(reads, crew, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/crews/:crewId/members',
      operationId: 'addCrewMember',
      summary: 'Put a member of the workspace into a crew',
      description: 'A role here raises the one in the workspace and never lowers it; it is at most the caller’s own.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'crews:write' },
      params: crewParams,
      body: newCrewMemberBody,
      responses: { 201: crewMemberAnswer },
      errors: ['conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const change = {
          workspaceId: ctx.workspace.id,
          crewId: crew.id,
          callerRole: ctx.workspace.role,
          userId: ctx.body.user_id,
          role: ctx.body.role,
        };
        return ctx.write(async (tx) => created(await getCrewMemberIn(tx, await addCrewMember(tx, change, ctx.actor))));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/crews/:crewId/members/:memberId',
      operationId: 'updateCrewMember',
      summary: 'Give a member another role in a crew, or none',
      description: 'By the crew membership’s id or the user’s.',
      tags,
      authority: manage,
      params: crewMemberParams,
      body: crewMemberPatchBody,
      responses: { 200: crewMemberPatchAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const change = {
          workspaceId: ctx.workspace.id,
          crewId: crew.id,
          callerRole: ctx.workspace.role,
          memberId: ctx.params.memberId,
          role: ctx.body.role,
        };
        return ctx.write(async (tx) => {
          await changeCrewMember(tx, change, ctx.actor);
          return ok({ status: 'updated' as const, role: change.role });
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/crews/:crewId/members/:memberId',
      operationId: 'removeCrewMember',
      summary: 'Take a member out of a crew',
      description: 'By the crew membership’s id or the user’s. They stay a member of the workspace.',
      tags,
      authority: manage,
      params: crewMemberParams,
      responses: { 204: z.null() },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const change = {
          workspaceId: ctx.workspace.id,
          crewId: crew.id,
          callerRole: ctx.workspace.role,
          memberId: ctx.params.memberId,
        };
        return ctx.write(async (tx) => {
          await removeCrewMember(tx, change, ctx.actor);
          return noContent();
        });
      },
    }),
  ];
}
