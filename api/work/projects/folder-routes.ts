import { decideFolderUpdate } from '../../../commands/work/projects/decide-folder-update.ts';
import { getFolder, listFolders, listFolderUpdates } from '../../../db/work/projects/folders-store.ts';
import { listScaffoldItems } from '../../../db/work/projects/scaffold-store.ts';
import type { Decision } from '../../../domain/people/approvals/approval.ts';
import { folderPath } from '../../../domain/work/projects/folder.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  appliedAnswer,
  approveUpdateBody,
  foldersAnswer,
  foldersQuery,
  folderUpdateAnswer,
  folderUpdateParams,
  folderUpdatesAnswer,
  folderUpdatesQuery,
  rejectUpdateBody,
  scaffoldItemsAnswer,
  scaffoldItemsQuery,
} from './folder-schemas.ts';
import { enteredProject, onProject, type ProjectDeps } from './on-project.ts';
import { projectParams } from './project-schemas.ts';

/** Folders of projects, and what is proposed and made of them: docs/contracts/projects.md, Folders. */
export function createFolderRoutes(deps: ProjectDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Projects'];
  const read = { access: 'member', action: 'read', scope: 'projects:read' } as const;
  const write = { access: 'member', action: 'read', scope: 'projects:write' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/folders',
      operationId: 'listFolders',
      summary: 'List the folders of a project, by their paths',
      tags,
      authority: read,
      params: projectParams,
      query: foldersQuery,
      responses: { 200: foldersAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const { parent, depth, limit, offset } = ctx.query;
        const below = parent === undefined ? null : await getFolder(reads, project, folderRef(parent));
        const page = await listFolders(reads, project, { below, depth }, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/folder-updates',
      operationId: 'listFolderUpdates',
      summary: 'List changes of folders that were proposed, newest first',
      tags,
      authority: read,
      params: projectParams,
      query: folderUpdatesQuery,
      responses: { 200: folderUpdatesAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const { limit, offset } = ctx.query;
        const page = await listFolderUpdates(reads, project, ctx.query.status, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/folder-updates/:folderUpdateId/approve',
      operationId: 'approveFolderUpdate',
      summary: 'Make a change of folders that was proposed',
      description:
        'For editors. Of those who decide at once one does, the others get a 409 with `current_status`. 409 with ' +
        '`reason` stale_base when the folder changed since it was proposed. Decided as an approval it is the same.',
      tags,
      authority: write,
      params: folderUpdateParams,
      body: approveUpdateBody,
      responses: { 200: appliedAnswer },
      errors: ['wrong_state', 'conflict', 'limit_reached', 'ambiguous_reference'],
      handler: async (ctx) => {
        const call = { ...(await onProject(deps, ctx)), updateId: ctx.params.folderUpdateId };
        const decision = decided('approved', ctx.body?.note ?? null, call.userId);
        return ctx.write(async (tx) => ok(await decideFolderUpdate(tx, call, decision, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/folder-updates/:folderUpdateId/reject',
      operationId: 'rejectFolderUpdate',
      summary: 'Reject a change of folders that was proposed',
      description: 'For editors. One that was decided is a 409 with `current_status`.',
      tags,
      authority: write,
      params: folderUpdateParams,
      body: rejectUpdateBody,
      responses: { 200: folderUpdateAnswer },
      errors: ['wrong_state', 'conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const call = { ...(await onProject(deps, ctx)), updateId: ctx.params.folderUpdateId };
        const decision = decided('denied', ctx.body.reason, call.userId);
        return ctx.write(async (tx) => ok((await decideFolderUpdate(tx, call, decision, ctx.actor)).update));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/scaffold-items',
      operationId: 'listScaffoldItems',
      summary: 'List what jobs of the kind project.scaffold made, those of the newest job first',
      tags,
      authority: read,
      params: projectParams,
      query: scaffoldItemsQuery,
      responses: { 200: scaffoldItemsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const { status: statuses, kind: kinds, limit, offset } = ctx.query;
        const page = await listScaffoldItems(reads, project, { statuses, kinds }, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
  ];
}

/** A path in its one form; an id as it is. */
function folderRef(text: string): string {
  return text.includes('/') ? (folderPath(text) ?? text) : text;
}

function decided(verdict: Decision['verdict'], comment: string | null, userId: string): Decision {
  return { verdict, comment, decidedBy: userId };
}
