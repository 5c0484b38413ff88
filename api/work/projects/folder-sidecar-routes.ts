import { type OpeningLimits, openerOf } from '../../../commands/engine/runs/count-opening.ts';
import { proposeFolderUpdate } from '../../../commands/work/projects/propose-folder-update.ts';
import { type AskingAgent, getProjectOfAgent, listFolders } from '../../../db/work/projects/folders-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { InternalPrincipal } from '../../../domain/kernel/access/authority.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { listFoldersCall, proposeFolderUpdateCall } from '../../../domain/work/projects/folder-calls.ts';
import { folderPath } from '../../../domain/work/projects/folder.ts';
import { z } from 'zod';
import { actingAgent } from '../../crew-side/caller/acting-agent.ts';
import { textQuery } from '../../crew-side/caller/text-query.ts';
import { idField, sharedFields } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { foldersAnswer, folderUpdateAnswer } from './folder-schemas.ts';

const params = z.object({ projectId: idField });
const proposalBody = proposeFolderUpdateCall
  .input(sharedFields)
  .extend({ agent_id: idField.optional().describe('an agent of this crew; default: that of the run that asks') })
  .meta({ example: { operation: 'create', path: '/Specs', reason: 'Specifications lie in the root.' } });

/** Folders of projects, as agents propose to change them: docs/contracts/projects.md, Folders. */
export function createInternalFolderRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly openingLimits: OpeningLimits;
}): Route[] {
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/projects/:projectId/folders',
      operationId: 'listFoldersOfProject',
      summary: 'List the folders of a project that the asking agent may know of',
      tags,
      authority,
      params,
      query: textQuery(listFoldersCall.input(sharedFields)),
      responses: { 200: foldersAnswer },
      handler: async (ctx) => {
        const project = await getProjectOfAgent(reads, askingAgent(ctx.principal), ctx.params.projectId);
        const { depth, limit, offset } = ctx.query;
        const page = await listFolders(reads, project, { below: null, depth }, { limit, offset });
        return ok({ items: page.rows, total: page.total, limit, offset });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/projects/:projectId/folder-updates',
      operationId: 'proposeFolderUpdate',
      summary: 'Propose a change of a project’s folders to its editors',
      tags,
      authority,
      params,
      body: proposalBody,
      responses: { 201: folderUpdateAnswer },
      errors: ['wrong_state', 'conflict', 'version_conflict', 'limit_reached', 'idempotency_mismatch'],
      handler: (ctx) => {
        const { principal, body } = ctx;
        const proposal = {
          ...askingAgent(principal),
          agentId: actingAgent(body.agent_id, principal.agentId),
          openedBy: openerOf(principal.runId, deps.openingLimits.questions),
          projectId: ctx.params.projectId,
          operation: body.operation,
          path: pathOf('path', body.path),
          newPath: body.new_path === null ? null : pathOf('new_path', body.new_path),
          documentId: body.document_id,
          baseVersion: body.base_version,
          reason: body.reason,
        };
        return ctx.write(async (tx) => created(await proposeFolderUpdate(tx, proposal, ctx.actor)));
      },
    }),
  ];
}

function askingAgent({ workspace, crewId, runId }: InternalPrincipal): AskingAgent {
  return { workspaceId: workspace.id, crewId, runId };
}

function pathOf(field: string, text: string): string {
  const path = folderPath(text);
  if (path === null) throw invalidField(field, 'must be a path of at most 10 visible names without . and ..');
  return path;
}
