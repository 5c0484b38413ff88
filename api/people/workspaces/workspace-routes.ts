import { holdWorkspace } from '../../../db/people/members/hold-members.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import {
  deleteWorkspace,
  insertWorkspace,
  updateWorkspace,
} from '../../../commands/people/workspaces/workspace-commands.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  deleteWorkspaceBody,
  memberAnswer,
  newWorkspaceBody,
  workspaceAnswer,
  workspaceListQuery,
  workspaceParams,
  workspacePatchBody,
} from './workspace-schemas.ts';
import { getWorkspace, getWorkspaceIn, listWorkspaces } from '../../../db/people/workspaces/read-workspaces.ts';
import { listMembers } from '../../../db/people/workspaces/list-members.ts';

/** Workspaces and their members. */
export function createWorkspaceRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  /** The person's memberships changed. */
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  const { reads } = deps.database;
  const tags = ['Workspaces'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/workspaces',
      operationId: 'listWorkspaces',
      summary: 'List the caller’s workspaces',
      tags,
      authority: { access: 'user', scope: 'workspace:read' },
      query: workspaceListQuery,
      responses: { 200: z.array(workspaceAnswer) },
      handler: async (ctx) => {
        const page = await listWorkspaces(reads, ctx.memberWorkspaceIds, ctx.principal.userId!, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/workspaces',
      operationId: 'createWorkspace',
      summary: 'Create a workspace; the caller becomes its OWNER',
      tags,
      authority: { access: 'user', scope: 'workspace:admin', notByKey: true },
      body: newWorkspaceBody,
      responses: { 201: workspaceAnswer },
      errors: ['conflict'],
      handler: async (ctx) => {
        const userId = ctx.principal.userId!;
        const result = await ctx.write(async (tx) => {
          const id = await insertWorkspace(tx, {
            name: ctx.body.name,
            slug: ctx.body.slug,
            preferredLanguage: ctx.body.preferred_language ?? null,
            ownerId: userId,
            actor: ctx.actor,
          });
          return created(await getWorkspaceIn(tx, id, userId));
        });
        deps.forgetUser(userId);
        return result;
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/workspaces/:workspaceId',
      operationId: 'getWorkspace',
      summary: 'Get a workspace',
      tags,
      authority: { access: 'member', action: 'read', scope: 'workspace:read' },
      params: workspaceParams,
      hasETag: true,
      responses: { 200: workspaceAnswer },
      handler: async (ctx) => ok(await getWorkspace(reads, ctx.workspace.id, ctx.principal.userId!)),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/workspaces/:workspaceId',
      operationId: 'updateWorkspace',
      summary: 'Change a workspace',
      description: 'An exception to "PATCH takes create": a workspace’s own settings take manage.',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
      params: workspaceParams,
      body: workspacePatchBody,
      responses: { 200: workspaceAnswer },
      errors: ['precondition_failed', 'conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const userId = ctx.principal.userId!;
        // A privileged container is root of its host, and the host is the instance's.
        if (ctx.body.allow_privileged_credentials === true && !ctx.principal.isInstanceOperator) {
          throw new CrewshipError('forbidden', 'only the instance operator may allow privileged containers');
        }
        const result = await ctx.write(async (tx) => {
          await holdWorkspace(tx, ctx.workspace.id);
          ctx.ifMatch(workspaceAnswer, await getWorkspaceIn(tx, ctx.workspace.id, userId));
          await updateWorkspace(tx, ctx.workspace.id, ctx.body, ctx.actor);
          return ok(await getWorkspaceIn(tx, ctx.workspace.id, userId));
        });
        deps.forgetUser(userId);
        return result;
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/workspaces/:workspaceId',
      operationId: 'deleteWorkspace',
      summary: 'Delete a workspace',
      description: 'Nobody enters it any more; its rows stay as they are and its slug is free. Never one’s only one.',
      tags,
      authority: { access: 'member', action: 'manage', minRole: 'OWNER', scope: 'workspace:admin' },
      params: workspaceParams,
      body: deleteWorkspaceBody,
      responses: { 204: z.null() },
      errors: ['conflict'],
      // The caller's other workspaces are none of this one's.
      asSystem: true,
      handler: async (ctx) => {
        const callerId = ctx.principal.userId!;
        const workspace = { id: ctx.workspace.id, confirmSlug: ctx.body.confirm_slug, callerId };
        let members: readonly string[] = [];
        const result = await ctx.write(async (tx) => {
          members = await deleteWorkspace(tx, workspace, ctx.actor);
          return noContent();
        });
        for (const userId of members) deps.forgetUser(userId);
        return result;
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/workspaces/:workspaceId/members',
      operationId: 'listWorkspaceMembers',
      summary: 'List the members of a workspace, oldest first',
      tags,
      authority: { access: 'member', action: 'read', scope: 'workspace:read' },
      params: workspaceParams,
      query: workspaceListQuery,
      responses: { 200: z.array(memberAnswer) },
      handler: async (ctx) => {
        const page = await listMembers(reads, ctx.workspace.id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
  ];
}
