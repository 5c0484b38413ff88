import { z } from 'zod';
import { commentAsPerson } from '../../../commands/work/issues/issue-comments.ts';
import { relateIssues, unrelateIssues } from '../../../commands/work/issues/issue-relations.ts';
import {
  getCommentIn,
  listIssueActivity,
  listIssueComments,
  listIssueRelations,
  listIssueRuns,
  listPublicIssues,
} from '../../../db/work/issues/public-issues-store.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { type IssueDeps, issueOfCrew, issueReader, readIssues, refOf, writeIssues } from './on-issue.ts';
import {
  activityAnswer,
  crewIssueParams,
  issueRunsAnswer,
  newCommentBody,
  newRelationBody,
  pagedQuery,
  publicCommentAnswer,
  publicIssueAnswer,
  relatedAnswer,
  relationAnswer,
  relationParams,
} from './public-issue-schemas.ts';

const CREW_ISSUE = '/api/v1/crews/:crewId/issues/:issueRef';
const activityQuery = z.object(pageQuery({ defaultLimit: 50 }));
const runsQuery = z.object(pageQuery({ defaultLimit: 100 }));
const MOST_RELATIONS = 200;
const EVERY = {
  ...{ statuses: undefined, priorities: undefined, projectId: undefined, crewId: undefined, assigneeId: undefined },
  ...{ label: undefined, search: undefined, sort: 'oldest' as const },
};

/** What belongs to an issue and is said of it: docs/contracts/issues.md. */
export function createIssueTalkRoutes(deps: IssueDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Issues'];
  const common = { tags, params: crewIssueParams } as const;
  const errors = ['ambiguous_reference'] as const;
  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: `${CREW_ISSUE}/subtasks`,
      operationId: 'listSubIssues',
      summary: 'List the issues below an issue',
      authority: readIssues,
      query: pagedQuery,
      responses: { 200: z.array(publicIssueAnswer) },
      errors,
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        const filter = { ...EVERY, parentId: issue.id };
        const page = await listPublicIssues(reads, issueReader(ctx), filter, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: `${CREW_ISSUE}/activity`,
      operationId: 'listIssueActivity',
      summary: 'List what happened to an issue, newest first',
      authority: readIssues,
      query: activityQuery,
      responses: { 200: activityAnswer },
      errors,
      handler: async (ctx) => {
        const { id } = await issueOfCrew(deps, ctx);
        const page = await listIssueActivity(reads, ctx.workspace.id, id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: `${CREW_ISSUE}/runs`,
      operationId: 'listIssueRuns',
      summary: 'List the runs of an issue’s missions, newest first',
      authority: readIssues,
      query: runsQuery,
      responses: { 200: issueRunsAnswer },
      errors,
      handler: async (ctx) => {
        const { id } = await issueOfCrew(deps, ctx);
        const page = await listIssueRuns(reads, ctx.workspace.id, id, ctx.query);
        const runs = page.rows as z.input<typeof issueRunsAnswer>;
        return ok(runs, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: `${CREW_ISSUE}/comments`,
      operationId: 'listIssueComments',
      summary: 'List what was said of an issue, oldest first',
      authority: readIssues,
      query: pagedQuery,
      responses: { 200: z.array(publicCommentAnswer) },
      errors,
      handler: async (ctx) => {
        const { id } = await issueOfCrew(deps, ctx);
        const page = await listIssueComments(reads, ctx.workspace.id, id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${CREW_ISSUE}/comments`,
      operationId: 'commentOnIssue',
      summary: 'Comment on an issue',
      description: 'Agents and members that it mentions are in the issue’s activity.',
      authority: writeIssues,
      body: newCommentBody,
      responses: { 201: publicCommentAnswer },
      errors,
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        return ctx.write(async (tx) => {
          const { id } = await commentAsPerson(tx, refOf(issue, ctx), ctx.body.body, ctx.actor);
          return created(await getCommentIn(tx, id));
        });
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: `${CREW_ISSUE}/relations`,
      operationId: 'listIssueRelations',
      summary: 'List how an issue is to others',
      description: `At most ${MOST_RELATIONS}, as seen from this issue; without issues that the caller may not see.`,
      authority: readIssues,
      responses: { 200: z.array(relationAnswer) },
      errors,
      handler: async (ctx) => {
        const { id } = await issueOfCrew(deps, ctx);
        return ok(await listIssueRelations(reads, issueReader(ctx), id, MOST_RELATIONS));
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${CREW_ISSUE}/relations`,
      operationId: 'relateIssues',
      summary: 'Say how an issue is to another',
      description: 'Stored once, whichever side says it. What blocks what makes no circle.',
      authority: writeIssues,
      body: newRelationBody,
      responses: { 201: relatedAnswer },
      errors: ['conflict', ...errors],
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        const relation = { target: ctx.body.target_identifier, type: ctx.body.relation_type };
        return ctx.write(async (tx) => {
          const id = await relateIssues(tx, refOf(issue, ctx), relation, ctx.actor);
          return created({ id, status: 'ok' as const });
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/relations/:relationId',
      operationId: 'unrelateIssues',
      summary: 'Take back how two issues are to each other',
      tags,
      authority: writeIssues,
      params: relationParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await unrelateIssues(tx, { ...issueReader(ctx), relationId: ctx.params.relationId }, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
