import { z } from 'zod';
import { createLabel, deleteLabel, updateLabel } from '../../../commands/work/issues/label-commands.ts';
import { listLabels } from '../../../db/work/issues/public-issues-store.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { type IssueDeps, issueReader, readIssues, writeIssues } from './on-issue.ts';
import { labelAnswer, labelParams, labelPatchBody, newLabelBody, pagedQuery } from './public-issue-schemas.ts';

/** Labels of a workspace's issues: docs/contracts/issues.md, Labels. */
export function createLabelRoutes(deps: IssueDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Issues'];
  const manage = { access: 'member', action: 'manage', scope: 'issues:write' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/labels',
      operationId: 'listLabels',
      summary: 'List the labels of a workspace by name',
      tags,
      authority: readIssues,
      query: pagedQuery,
      responses: { 200: z.array(labelAnswer) },
      handler: async (ctx) => {
        const page = await listLabels(reads, ctx.workspace.id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/labels',
      operationId: 'createLabel',
      summary: 'Make a label; its name is taken once, in any case',
      tags,
      authority: writeIssues,
      body: newLabelBody,
      responses: { 201: labelAnswer },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => created(await createLabel(tx, { ...issueReader(ctx), ...ctx.body }, ctx.actor))),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/labels/:labelId',
      operationId: 'updateLabel',
      summary: 'Change a label',
      tags,
      authority: manage,
      params: labelParams,
      body: labelPatchBody,
      responses: { 200: labelAnswer },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const ref = { workspaceId: ctx.workspace.id, id: ctx.params.labelId };
          return ok(await updateLabel(tx, ref, ctx.body, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/labels/:labelId',
      operationId: 'deleteLabel',
      summary: 'Delete a label, and take it off all issues',
      tags,
      authority: manage,
      params: labelParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await deleteLabel(tx, { workspaceId: ctx.workspace.id, id: ctx.params.labelId }, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
