import { pageHeaders } from '../../http/kernel/pagination.ts';
import { z } from 'zod';
import { removeProjectMember, setProjectMember } from '../../../commands/work/projects/project-member-commands.ts';
import { listProjectMembers, listTeamUsers } from '../../../db/work/projects/project-members-store.ts';
import { resolveProject } from '../../../db/work/projects/projects-store.ts';
import { refuseBelow } from '../../../domain/work/projects/project.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { enteredProject, type ProjectDeps, viewerOf } from './on-project.ts';
import {
  projectMemberAnswer,
  projectMemberBody,
  projectMemberParams,
  projectMembersAnswer,
  projectMembersQuery,
  teamUsersAnswer,
  teamUsersQuery,
} from './project-member-schemas.ts';
import { projectParams } from './project-schemas.ts';

/** Who is in a project, and as what: docs/contracts/projects.md, Members. */
export function createProjectMemberRoutes(deps: ProjectDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Projects'];
  const write = { access: 'member', action: 'read', scope: 'projects:write' } as const;
  const read = { access: 'member', action: 'read', scope: 'projects:read' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/members',
      operationId: 'listProjectMembers',
      summary: 'List the members of a project, oldest first',
      description: 'Not those whom their role in the workspace lets in.',
      tags,
      authority: read,
      params: projectParams,
      query: projectMembersQuery,
      responses: { 200: projectMembersAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const page = await listProjectMembers(reads, await enteredProject(deps, ctx), ctx.query);
        const { limit, offset } = ctx.query;
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/projects/:projectId/members/:memberUserId',
      operationId: 'setProjectMember',
      summary: 'Give a member of the workspace a role in a project',
      description: 'For its owners. 201 when they were no member of it. The last owner stays one.',
      tags,
      authority: write,
      params: projectMemberParams,
      body: projectMemberBody,
      responses: { 200: projectMemberAnswer, 201: projectMemberAnswer },
      errors: ['conflict', 'wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveProject(reads, viewerOf(ctx), ctx.params.projectId);
        const { memberUserId } = ctx.params;
        const change = { projectId: id, userId: ctx.principal.userId!, memberUserId, role: ctx.body.role };
        return ctx.write(async (tx) => {
          const { member, isAdded } = await setProjectMember(tx, change, ctx.actor);
          return isAdded ? created(member) : ok(member);
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/projects/:projectId/members/:memberUserId',
      operationId: 'removeProjectMember',
      summary: 'Take a member out of a project',
      description: 'For its owners; everybody may leave. The last owner stays.',
      tags,
      authority: write,
      params: projectMemberParams,
      responses: { 204: z.null() },
      errors: ['conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveProject(reads, viewerOf(ctx), ctx.params.projectId);
        const { memberUserId } = ctx.params;
        const change = { projectId: id, userId: ctx.principal.userId!, memberUserId };
        return ctx.write(async (tx) => {
          await removeProjectMember(tx, change, ctx.actor);
          return noContent();
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/team-users',
      operationId: 'listTeamUsers',
      summary: 'List the workspace’s members by name, and whether each is in the project',
      description: 'For its editors.',
      tags,
      authority: read,
      params: projectParams,
      query: teamUsersQuery,
      responses: { 200: teamUsersAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        refuseBelow(project.my_role, 'editor');
        const { q: search, exclude_members: without, limit, offset } = ctx.query;
        const page = await listTeamUsers(reads, project, { search, withoutMembers: without === 'true' }, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
  ];
}
