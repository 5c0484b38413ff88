import { z } from 'zod';
import { createIssue } from '../../../commands/work/issues/create-issue.ts';
import { assigneeOf } from '../../../commands/work/issues/issue-references.ts';
import { reviewIssue, stopIssue } from '../../../commands/work/issues/review-issue.ts';
import { startIssue } from '../../../commands/work/issues/start-issue.ts';
import { deleteIssue, updateIssue } from '../../../commands/work/issues/update-issue.ts';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import { listPublicIssues, readPublicIssue, readPublicIssueIn } from '../../../db/work/issues/public-issues-store.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { type IssueDeps, issueOfCrew, issueReader, readIssues, refOf, writeIssues } from './on-issue.ts';
import {
  anyIssueParams,
  crewIssueParams,
  crewIssuesParams,
  issuePatchBody,
  issueQuery,
  issuesQuery,
  movedAnswer,
  newIssueBody,
  publicIssueAnswer,
  reviewAnswer,
  reviewBody,
  stopBody,
} from './public-issue-schemas.ts';

const CREW_ISSUE = '/api/v1/crews/:crewId/issues/:issueRef';

/** Issues as people work with them: docs/contracts/issues.md. */
export function createPublicIssueRoutes(deps: IssueDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Issues'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/issues',
      operationId: 'listIssues',
      summary: 'List issues of all crews',
      description: 'Without those of projects that the caller may not see.',
      tags,
      authority: readIssues,
      query: issuesQuery,
      responses: { 200: z.array(publicIssueAnswer) },
      handler: async (ctx) => {
        const { query } = ctx;
        const filter = {
          statuses: query.status,
          priorities: query.priority,
          projectId: query.project_id,
          crewId: query.crew_id,
          assigneeId: query.assignee_id,
          label: query.label,
          search: query.search,
          sort: query.sort,
        };
        const page = await listPublicIssues(reads, issueReader(ctx), filter, query);
        return ok(page.rows, pageHeaders(ctx.request.url, query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/issues/:issueRef',
      operationId: 'getIssue',
      summary: 'Get an issue by its identifier or id',
      tags,
      authority: readIssues,
      params: anyIssueParams,
      query: issueQuery,
      responses: { 200: publicIssueAnswer },
      handler: async (ctx) => ok(await readPublicIssue(reads, issueReader(ctx), ctx.params.issueRef)),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/crews/:crewId/issues',
      operationId: 'createIssue',
      summary: 'Make an issue in a crew’s backlog',
      description: 'For MANAGER, and who has the capability `issue.create`. The crew has a LEAD. Numbers have no gaps.',
      tags,
      authority: { ...writeIssues, capability: 'issue.create' },
      params: crewIssuesParams,
      body: newIssueBody,
      responses: { 201: publicIssueAnswer },
      errors: ['ambiguous_reference', 'conflict'],
      handler: async (ctx) => {
        const { body } = ctx;
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const reader = issueReader(ctx);
        return ctx.write(async (tx) => {
          const assignee = (await assigneeOf(tx, ctx.workspace.id, body)) ?? null;
          const issue = {
            ...{ workspaceId: ctx.workspace.id, crewId: crew.id, title: body.title, description: body.description },
            ...{ priority: body.priority, assignee, dueDate: body.due_date ?? null, estimate: body.estimate ?? null },
            ...{ projectId: body.project_id, milestoneId: body.milestone_id, parentId: body.parent_issue_id },
            ...{ sortOrder: body.sort_order, labelIds: body.labels, openedBy: null },
            author: { type: 'user', id: reader.userId },
          } as const;
          const { id } = await createIssue(tx, issue, ctx.actor);
          return created(await readPublicIssueIn(tx, reader, id));
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: CREW_ISSUE,
      operationId: 'getIssueOfCrew',
      summary: 'Get an issue of a crew',
      tags,
      authority: readIssues,
      params: crewIssueParams,
      responses: { 200: publicIssueAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => ok(await issueOfCrew(deps, ctx)),
    }),
    defineRoute({
      method: 'PATCH',
      url: CREW_ISSUE,
      operationId: 'updateIssue',
      summary: 'Change an issue, or move it',
      description:
        'A move that its status does not have is a 409 with `current_status`. While its mission is at work it is ' +
        'only CANCELLED or a DUPLICATE, and its mission with it: anything else is a 409 with `reason` `mission_owned`.',
      tags,
      authority: writeIssues,
      params: crewIssueParams,
      body: issuePatchBody,
      responses: { 200: publicIssueAnswer },
      errors: ['wrong_state', 'conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { body } = ctx;
        const issue = await issueOfCrew(deps, ctx);
        const patch = {
          ...{ title: body.title, description: body.description, status: body.status, priority: body.priority },
          ...{ dueDate: body.due_date, estimate: body.estimate, sortOrder: body.sort_order, labelIds: body.labels },
          ...{ projectId: body.project_id, milestoneId: body.milestone_id, parentId: body.parent_issue_id },
        };
        return ctx.write(async (tx) => {
          const assignee = await assigneeOf(tx, ctx.workspace.id, body);
          await updateIssue(tx, refOf(issue, ctx), { ...patch, assignee }, ctx.actor);
          return ok(await readPublicIssueIn(tx, issueReader(ctx), issue.id));
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: CREW_ISSUE,
      operationId: 'deleteIssue',
      summary: 'Delete an issue that is in BACKLOG or CANCELLED',
      description: 'With what was said of it; its missions, tasks and the journal stay.',
      tags,
      authority: writeIssues,
      params: crewIssueParams,
      responses: { 204: z.null() },
      errors: ['wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        return ctx.write(async (tx) => {
          await deleteIssue(tx, refOf(issue, ctx), ctx.actor);
          return noContent();
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${CREW_ISSUE}/start`,
      operationId: 'startIssue',
      summary: 'Start an issue: a mission of its own works on it',
      description:
        'From BACKLOG or TODO, with an agent of the crew for assignee: one task for it, or a plan where it is the ' +
        'LEAD. One that was sent back goes on in its mission. Of those who start it at once one does.',
      tags,
      authority: writeIssues,
      params: crewIssueParams,
      body: stopBody,
      responses: { 200: movedAnswer },
      errors: ['wrong_state', 'conflict', 'no_live_host', 'ambiguous_reference'],
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        return ctx.write(async (tx) => {
          await startIssue(tx, refOf(issue, ctx), ctx.actor);
          return ok({ status: 'IN_PROGRESS' as const, identifier: issue.identifier });
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${CREW_ISSUE}/stop`,
      operationId: 'stopIssue',
      summary: 'Give an issue up: its mission is cancelled and its agents are stopped',
      description: 'From IN_PROGRESS or REVIEW.',
      tags,
      authority: writeIssues,
      params: crewIssueParams,
      body: stopBody,
      responses: { 200: movedAnswer },
      errors: ['wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        return ctx.write(async (tx) => {
          await stopIssue(tx, refOf(issue, ctx), ctx.actor);
          return ok({ status: 'CANCELLED' as const, identifier: issue.identifier });
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${CREW_ISSUE}/review`,
      operationId: 'reviewIssue',
      summary: 'Accept the result of an issue, or ask for changes',
      description:
        'From REVIEW, or IN_PROGRESS without a mission at work. Accepted it is DONE, and its mission COMPLETED; else ' +
        'TODO, until it is started again.',
      tags,
      authority: writeIssues,
      params: crewIssueParams,
      body: reviewBody,
      responses: { 200: reviewAnswer },
      errors: ['wrong_state', 'conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { action, comment = null, reassign_to: reassignTo } = ctx.body;
        const issue = await issueOfCrew(deps, ctx);
        return ctx.write(async (tx) => {
          await reviewIssue(tx, refOf(issue, ctx), { action, comment, reassignTo }, ctx.actor);
          return ok({ status: 'ok' as const, action });
        });
      },
    }),
  ];
}
