import { z } from 'zod';
import {
  archiveProject,
  createProject,
  deleteProject,
  updateProject,
} from '../../../commands/work/projects/project-commands.ts';
import { roleAllows } from '../../../domain/kernel/access/authority.ts';
import type { ScaffoldSource } from '../../../domain/work/projects/scaffold-job.ts';
import { listProjects, listRequestableProjects, resolveProject } from '../../../db/work/projects/projects-store.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { enteredProject, type ProjectDeps, viewerOf } from './on-project.ts';
import {
  archiveBody,
  createdProjectAnswer,
  newProjectBody,
  projectAnswer,
  projectParams,
  projectPatchBody,
  projectsAnswer,
  projectsQuery,
  toProjectFields,
  toProjectPatch,
} from './project-schemas.ts';

/** Projects and who sees them: docs/contracts/projects.md. */
export function createProjectRoutes(deps: ProjectDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Projects'];
  // What the caller may do in a project is the project's to say, whatever their role in the workspace.
  const write = { access: 'member', action: 'read', scope: 'projects:write' } as const;
  const read = { access: 'member', action: 'read', scope: 'projects:read' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects',
      operationId: 'listProjects',
      summary: 'List the projects that the caller may see',
      description: 'With `requestable=true` those that they may ask to be let into.',
      tags,
      authority: read,
      query: projectsQuery,
      responses: { 200: projectsAnswer },
      handler: async (ctx) => {
        const { status: statuses, q: search, archived, sort, requestable } = ctx.query;
        const isArchived = archived === undefined ? undefined : archived === 'true';
        const list = requestable === 'true' ? listRequestableProjects : listProjects;
        const page = await list(reads, viewerOf(ctx), { statuses, search, isArchived, sort }, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects',
      operationId: 'createProject',
      summary: 'Make a project that the caller owns',
      description: 'Its slug follows from its name; a private one’s ends in chance.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'projects:write' },
      body: newProjectBody,
      responses: { 201: createdProjectAnswer },
      errors: ['conflict', 'limit_reached'],
      handler: (ctx) => {
        const { members } = ctx.body;
        const scaffold = ctx.body.scaffold as ScaffoldSource | undefined;
        const project = { ...viewerOf(ctx), fields: toProjectFields(ctx.body), members, scaffold };
        return ctx.write(async (tx) => created(await createProject(tx, project, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId',
      operationId: 'getProject',
      summary: 'Get a project',
      description:
        'The first time that an OWNER or ADMIN who is no member reads a private project, it is written into the ' +
        'journal and shown to its owners.',
      tags,
      authority: read,
      params: projectParams,
      responses: { 200: projectAnswer },
      errors: ['ambiguous_reference'],
      hasETag: true,
      handler: async (ctx) => ok(await enteredProject(deps, ctx)),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/projects/:projectId',
      operationId: 'updateProject',
      summary: 'Change a project',
      description:
        'For editors; `visibility`, `discoverable` and `tokenization` are its owners’. A new name makes a new slug. ' +
        'Nothing is changed when `version` or `If-Match` names another state.',
      tags,
      authority: write,
      params: projectParams,
      body: projectPatchBody,
      responses: { 200: projectAnswer },
      errors: ['conflict', 'version_conflict', 'wrong_state', 'precondition_failed', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveProject(reads, viewerOf(ctx), ctx.params.projectId);
        const call = { projectId: id, userId: ctx.principal.userId! };
        const { tokenization: given, version, default_agent: defaultAgent } = ctx.body;
        const isManager = roleAllows(ctx.workspace.role, { action: 'manage' });
        const token = given === undefined ? undefined : { given, isManager };
        const change = { ...call, patch: toProjectPatch(ctx.body), token, defaultAgent, version };
        const check = (current: object) => ctx.ifMatch(projectAnswer, current);
        return ctx.write(async (tx) => ok(await updateProject(tx, change, check, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/projects/:projectId',
      operationId: 'deleteProject',
      summary: 'Delete a project',
      description: 'For its owners. Its issues stay and are of no project.',
      tags,
      authority: write,
      params: projectParams,
      responses: { 204: z.null() },
      errors: ['precondition_failed', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveProject(reads, viewerOf(ctx), ctx.params.projectId);
        const call = { projectId: id, userId: ctx.principal.userId! };
        const check = (current: object) => ctx.ifMatch(projectAnswer, current);
        return ctx.write(async (tx) => {
          await deleteProject(tx, call, check, ctx.actor);
          return noContent();
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/archive',
      operationId: 'archiveProject',
      summary: 'Put a project into the archive, or take it out',
      description: 'For its owners. An archived project is read-only, whatever its status.',
      tags,
      authority: write,
      params: projectParams,
      body: archiveBody,
      responses: { 200: projectAnswer },
      errors: ['precondition_failed', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveProject(reads, viewerOf(ctx), ctx.params.projectId);
        const archived = ctx.body?.archived ?? true;
        const change = { projectId: id, userId: ctx.principal.userId!, archived };
        const check = (current: object) => ctx.ifMatch(projectAnswer, current);
        return ctx.write(async (tx) => ok(await archiveProject(tx, change, check, ctx.actor)));
      },
    }),
  ];
}
