import { pageHeaders } from '../../http/kernel/pagination.ts';
import type { z } from 'zod';
import { decideAccessRequest, requestAccess } from '../../../commands/work/projects/access-request-commands.ts';
import { listAccessRequests, resolveRequestedProject } from '../../../db/work/projects/access-requests-store.ts';
import type { AccessRequest } from '../../../domain/work/projects/access-request.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  accessRequestAnswer,
  accessRequestParams,
  accessRequestsAnswer,
  accessRequestsQuery,
  decisionBody,
  newAccessRequestBody,
} from './access-request-schemas.ts';
import { type ProjectDeps, viewerOf } from './on-project.ts';
import { projectParams } from './project-schemas.ts';

function toAnswer(request: AccessRequest): z.input<typeof accessRequestAnswer> {
  const { granted_role: role, note, decided_by, decided_at, ...rest } = request;
  return { ...rest, decision: decided_at === null ? null : { role, note, decided_by, decided_at } };
}

/** Who asks to be let into a project: docs/contracts/projects.md, Requests to be let in. */
export function createAccessRequestRoutes(deps: ProjectDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Projects'];
  const write = { access: 'member', action: 'read', scope: 'projects:write' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/access-requests',
      operationId: 'listAccessRequests',
      summary: 'List requests to be let into a project, newest first',
      description: 'An owner of the project sees all, others their own.',
      tags,
      authority: { access: 'member', action: 'read', scope: 'projects:read' },
      params: projectParams,
      query: accessRequestsQuery,
      responses: { 200: accessRequestsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { userId, workspaceId } = viewerOf(ctx);
        const project = await resolveRequestedProject(reads, { userId, workspaceId }, ctx.params.projectId);
        const filter = { userId: project.my_role === 'owner' ? null : userId, statuses: ctx.query.status };
        const page = await listAccessRequests(reads, project, filter, ctx.query);
        const { limit, offset } = ctx.query;
        const body = { items: page.rows.map(toAnswer), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/access-requests',
      operationId: 'requestAccess',
      summary: 'Ask to be let into a project, or for a higher role in it',
      description: 'Of a project that the caller may see, or a discoverable one. One request of a person is open.',
      tags,
      authority: write,
      params: projectParams,
      body: newAccessRequestBody,
      responses: { 201: accessRequestAnswer },
      errors: ['conflict', 'wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const { id } = await resolveRequestedProject(reads, viewer, ctx.params.projectId);
        const { role, message } = ctx.body ?? {};
        const request = { projectId: id, userId: viewer.userId, role: role ?? 'viewer', message: message ?? null };
        return ctx.write(async (tx) => created(toAnswer(await requestAccess(tx, request, ctx.actor))));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/projects/:projectId/access-requests/:accessRequestId',
      operationId: 'decideAccessRequest',
      summary: 'Approve, reject or cancel a request to be let into a project',
      description:
        'An owner of the project approves or rejects it, never their own; who made it cancels it. Of those who do so ' +
        'at the same moment one does; an approval makes a member in its transaction.',
      tags,
      authority: write,
      params: accessRequestParams,
      body: decisionBody,
      responses: { 200: accessRequestAnswer },
      errors: ['wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const { id } = await resolveRequestedProject(reads, viewer, ctx.params.projectId);
        const { status, role, note } = ctx.body;
        const call = { projectId: id, userId: viewer.userId, requestId: ctx.params.accessRequestId };
        const decision = { ...call, status, role, note: note ?? null };
        return ctx.write(async (tx) => ok(toAnswer(await decideAccessRequest(tx, decision, ctx.actor))));
      },
    }),
  ];
}
