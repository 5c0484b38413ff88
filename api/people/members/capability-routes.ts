import { z } from 'zod';
import { changeCapabilities } from '../../../commands/people/members/member-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  getCapabilities,
  listCapabilities,
  type StoredCapabilities,
} from '../../../db/people/members/list-capabilities.ts';
import { capabilitiesOf } from '../../../domain/kernel/access/capability.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { workspaceParams } from '../workspaces/workspace-schemas.ts';
import {
  capabilitiesAnswer,
  capabilityBody,
  memberPageQuery,
  memberParams,
  toCapabilityChange,
} from './member-schemas.ts';

function toAnswer({ user_id, role, capabilities }: StoredCapabilities): z.input<typeof capabilitiesAnswer> {
  return { user_id, role, capabilities: capabilitiesOf(role, capabilities) };
}

/** What members may besides their role: docs/contracts/people.md, Capabilities. */
export function createCapabilityRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Members'];
  const authority = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/workspaces/:workspaceId/members/capabilities',
      operationId: 'listCapabilities',
      summary: 'List what each member may besides their role, oldest member first',
      tags,
      authority,
      params: workspaceParams,
      query: memberPageQuery,
      responses: { 200: z.array(capabilitiesAnswer) },
      handler: async (ctx) => {
        const page = await listCapabilities(reads, ctx.workspace.id, ctx.query);
        return ok(page.rows.map(toAnswer), pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/workspaces/:workspaceId/members/:memberId/capabilities',
      operationId: 'getCapabilities',
      summary: 'Get what a member may besides their role',
      tags,
      authority,
      params: memberParams,
      responses: { 200: capabilitiesAnswer },
      handler: async (ctx) => ok(toAnswer(await getCapabilities(reads, ctx.workspace.id, ctx.params.memberId))),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/workspaces/:workspaceId/members/:memberId/capabilities',
      operationId: 'updateCapabilities',
      summary: 'Change what a member may besides their role',
      description: 'Of a member below the caller: never one’s own, and never an OWNER’s.',
      tags,
      authority,
      params: memberParams,
      body: capabilityBody,
      responses: { 200: capabilitiesAnswer },
      handler: async (ctx) => {
        const change = {
          workspaceId: ctx.workspace.id,
          callerId: ctx.principal.userId!,
          member: ctx.params.memberId,
          capabilities: toCapabilityChange(ctx.body),
        };
        return ctx.write(async (tx) => {
          const { userId, role, capabilities } = await changeCapabilities(tx, change, ctx.actor);
          return ok({ user_id: userId, role, capabilities });
        });
      },
    }),
  ];
}
