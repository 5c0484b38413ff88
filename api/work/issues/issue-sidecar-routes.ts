import { z } from 'zod';
import { type OpeningLimits, openerOf } from '../../../commands/engine/runs/count-opening.ts';
import { createIssue } from '../../../commands/work/issues/create-issue.ts';
import { commentOnIssue } from '../../../commands/work/issues/issue-comments.ts';
import { updateIssue } from '../../../commands/work/issues/update-issue.ts';
import { getIssue, listIssues } from '../../../db/work/issues/issues-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { ASSIGNEE_TYPES, ISSUE_PRIORITIES, ISSUE_STATUSES } from '../../../domain/work/issues/issue.ts';
import {
  commentOnIssueCall,
  createIssueCall,
  listIssuesCall,
  updateIssueCall,
} from '../../../domain/work/issues/issue-calls.ts';
import { csvField, idField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { actingAgent } from '../../crew-side/caller/acting-agent.ts';
import { textQuery } from '../../crew-side/caller/text-query.ts';

const issueAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  crew_id: z.string(),
  crew_name: z.string(),
  crew_slug: z.string(),
  number: z.int(),
  identifier: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  status: z.enum(ISSUE_STATUSES),
  priority: z.enum(ISSUE_PRIORITIES),
  assignee_type: z.enum(ASSIGNEE_TYPES).nullable(),
  assignee_id: z.string().nullable(),
  due_date: z.string().nullable().describe('a day: YYYY-MM-DD'),
  estimate: z.int().nullable(),
  comment_count: z.int(),
  created_by_type: z.enum(['user', 'agent']),
  created_by_id: z.string().nullable(),
  authored_via: z.enum(['user_api', 'agent_tool_call']),
  created_at: timeField,
  updated_at: timeField,
  completed_at: timeField.nullable(),
});

const issueQuery = textQuery(listIssuesCall.input(sharedFields)).extend({
  status: csvField(z.string().max(32)).optional().describe('comma-separated; an unknown status matches nothing'),
});

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const newIssueBody = createIssueCall.input(sharedFields).safeExtend({
  author_id: idField.nullable().default(null).describe('an agent of this crew; default: that of the run that asks'),
});

const issuePatchBody = updateIssueCall.input(sharedFields).extend({
  agent_id: idField.optional().describe('who comments; default: the agent of the run that asks'),
});

const commentBody = commentOnIssueCall.input(sharedFields).extend({
  agent_id: idField.optional().describe('an agent of this crew; default: that of the run that asks'),
});

const commentAnswer = z.object({
  id: z.string(),
  mission_id: z.string().describe('the issue'),
  author_type: z.enum(['user', 'agent']),
  author_id: z.string(),
  body: z.string(),
  created_at: timeField,
  updated_at: timeField,
});

const issueParams = z.object({ identifier: idField });

/** Issues of a crew, as its agents work with them: docs/contracts/internal-ipc.md, Issues. */
export function createInternalIssueRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly openingLimits: OpeningLimits;
}): Route[] {
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;
  const errors = ['conflict', 'idempotency_mismatch'] as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/issues',
      operationId: 'listCrewIssues',
      summary: 'List this crew’s issues, newest first',
      tags,
      authority,
      query: issueQuery,
      responses: { 200: z.array(issueAnswer) },
      handler: async (ctx) => {
        const { status: statuses, assignee_id: assigneeId, q: search } = ctx.query;
        const filter = { crewId: ctx.principal.crewId, statuses, assigneeId, search };
        return ok([...(await listIssues(reads, ctx.principal.workspace.id, filter, ctx.query))]);
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/issues/:identifier',
      operationId: 'getCrewIssue',
      summary: 'Get an issue of this crew',
      tags,
      authority,
      params: issueParams,
      responses: { 200: issueAnswer },
      handler: async (ctx) => {
        const ref = { crewId: ctx.principal.crewId, identifier: ctx.params.identifier };
        return ok(await getIssue(reads, ctx.principal.workspace.id, ref));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/issues',
      operationId: 'createCrewIssue',
      summary: 'Make an issue in this crew’s backlog',
      tags,
      authority,
      body: newIssueBody,
      responses: { 201: z.object({ id: z.string(), identifier: z.string(), status: z.literal('BACKLOG') }) },
      errors: ['not_found', 'limit_reached', ...errors],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const { title, description, priority } = body;
          const issue = await createIssue(
            tx,
            {
              workspaceId: principal.workspace.id,
              crewId: principal.crewId,
              title,
              description,
              priority,
              assignee:
                body.assignee_type === null || body.assignee_id === null
                  ? null
                  : { type: body.assignee_type, id: body.assignee_id },
              author: { type: 'agent', id: body.author_id ?? principal.agentId },
              openedBy: openerOf(principal.runId, deps.openingLimits.issues),
            },
            ctx.actor,
          );
          return created(issue);
        }),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/internal/issues/:identifier',
      operationId: 'updateCrewIssue',
      summary: 'Move an issue of this crew, or change it',
      description: 'A move that its status does not allow is a 409 with `current_status`, and nothing is changed.',
      tags,
      authority,
      params: issueParams,
      body: issuePatchBody,
      responses: { 200: z.object({ status: z.literal('ok') }) },
      errors: ['wrong_state', ...errors],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const { assignee_id: assigneeId, assignee_type: type, comment } = body;
          const patch = {
            status: body.status,
            priority: body.priority,
            dueDate: body.due_date,
            estimate: body.estimate,
            ...(assigneeId === undefined
              ? {}
              : { assignee: assigneeId === null || assigneeId === '' ? null : { type, id: assigneeId } }),
            ...(comment === undefined
              ? {}
              : { comment: { agentId: actingAgent(body.agent_id, principal.agentId), body: comment } }),
          };
          await updateIssue(tx, { crewId: principal.crewId, identifier: ctx.params.identifier }, patch, ctx.actor);
          return ok({ status: 'ok' as const });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/issues/:identifier/comments',
      operationId: 'commentOnCrewIssue',
      summary: 'Comment on an issue of this crew',
      tags,
      authority,
      params: issueParams,
      body: commentBody,
      responses: { 201: commentAnswer },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const { issue_id: issueId, ...comment } = await commentOnIssue(
            tx,
            { crewId: principal.crewId, identifier: ctx.params.identifier },
            { agentId: actingAgent(body.agent_id, principal.agentId), body: body.body },
            ctx.actor,
          );
          return created({ ...comment, mission_id: issueId });
        }),
    }),
  ];
}
