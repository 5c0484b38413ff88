import type { z } from 'zod';
import { assigneeOf } from '../../../commands/work/issues/issue-references.ts';
import { updateIssue } from '../../../commands/work/issues/update-issue.ts';
import { readPublicIssue } from '../../../db/work/issues/public-issues-store.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { type IssueDeps, issueReader, refOf, writeIssues } from './on-issue.ts';
import { bulkAnswer, bulkBody } from './public-issue-schemas.ts';

/** Many issues at once: docs/contracts/issues.md, Many at once. */
export function createBulkIssueRoutes(deps: IssueDeps): Route[] {
  const { database } = deps;
  return [
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/issues/bulk',
      operationId: 'updateIssues',
      summary: 'Change many issues alike',
      description: 'Each in a transaction of its own, in the order of `ids`; each has its result.',
      tags: ['Issues'],
      authority: writeIssues,
      body: bulkBody,
      responses: { 200: bulkAnswer },
      handler: async (ctx) => {
        const { ids, updates } = ctx.body;
        const { status, priority, project_id: projectId, labels: labelIds } = updates;
        const patch = { status, priority, projectId, labelIds };
        const results: z.input<typeof bulkAnswer>['results'] = [];
        for (const id of ids) {
          try {
            const issue = await readPublicIssue(database.reads, issueReader(ctx), id);
            await database.transaction({ workspaceIds: [ctx.workspace.id], requestId: ctx.requestId }, async (tx) => {
              const assignee = await assigneeOf(tx, ctx.workspace.id, updates);
              await updateIssue(tx, refOf(issue, ctx), { ...patch, assignee }, ctx.actor);
            });
            results.push({ id, ok: true, code: null, detail: null });
          } catch (error) {
            if (!(error instanceof CrewshipError)) throw error;
            results.push({ id, ok: false, code: String(error.extensions.reason ?? error.code), detail: error.message });
          }
        }
        return ok({ updated: results.filter((result) => result.ok).length, results });
      },
    }),
  ];
}
