import { APPROVAL_STATUSES, type Approval } from '../../../domain/people/approvals/approval.ts';
import { z } from 'zod';
import { getApproval, listApprovals } from '../../../db/people/approvals/approvals-store.ts';
import { decideApproval, withdrawApproval } from '../../../commands/engine/approvals/decide-approval.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { clearableField, idField, optionalBody, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const params = z.object({ approvalId: idField });
const listQuery = z.object({
  workspace_id: idField.optional(),
  status: z.enum([...APPROVAL_STATUSES, 'all']).default('pending'),
  ...pageQuery({ defaultLimit: 50, maxLimit: 200 }),
});

/** Members are written like this in this family alone: docs/contracts/escalations-and-approvals.md, Approvals. */
const approvalAnswer = z.object({
  ID: z.string(),
  WorkspaceID: z.string(),
  CrewID: z.string().nullable(),
  AgentID: z.string().nullable(),
  MissionID: z.string().nullable(),
  RequestedBy: z.string().nullable(),
  Kind: z
    .string()
    .describe('autonomy_gate: an agent made the subject; task_completion: its result waits; others may come'),
  SubjectType: z.string(),
  SubjectID: z.string(),
  Reason: z.string(),
  Payload: z.record(z.string(), z.unknown()),
  Status: z.enum(APPROVAL_STATUSES),
  RequiredAuthority: z.enum(['create', 'manage', 'operator']),
  FourEyes: z.boolean(),
  DecidedBy: z.string().nullable(),
  DecidedAt: timeField.nullable(),
  DecisionComment: z.string().nullable(),
  TimeoutAt: timeField.nullable(),
  CreatedAt: timeField,
  TimeoutSecs: z.literal(0),
});

function toAnswer(row: Approval): z.input<typeof approvalAnswer> {
  return {
    ID: row.id,
    WorkspaceID: row.workspace_id,
    CrewID: row.crew_id,
    AgentID: row.agent_id,
    MissionID: row.mission_id,
    RequestedBy: row.requested_by,
    Kind: row.kind,
    SubjectType: row.subject_type,
    SubjectID: row.subject_id,
    Reason: row.reason,
    Payload: row.payload as Record<string, unknown>,
    Status: row.status,
    RequiredAuthority: row.required_authority,
    FourEyes: row.four_eyes,
    DecidedBy: row.decided_by,
    DecidedAt: row.decided_at,
    DecisionComment: row.decision_comment,
    TimeoutAt: row.deadline_at,
    CreatedAt: row.created_at,
    TimeoutSecs: 0,
  };
}

/** Decisions that people are asked for: docs/contracts/escalations-and-approvals.md, Approvals. */
export function createApprovalRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Approvals'];
  const read = { access: 'member', action: 'read', scope: 'escalations:read' } as const;
  const decide = { access: 'member', action: 'manage', scope: 'escalations:write' } as const;
  const errors = ['wrong_state', 'deadline_passed'] as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/approvals',
      operationId: 'listApprovals',
      summary: 'List approvals, newest first',
      tags,
      authority: read,
      query: listQuery,
      responses: { 200: z.object({ rows: z.array(approvalAnswer), status: z.string(), count: z.int() }) },
      handler: async (ctx) => {
        const status = ctx.query.status === 'all' ? null : ctx.query.status;
        const page = await listApprovals(reads, ctx.workspace.id, status, ctx.query);
        const rows = page.rows.map(toAnswer);
        return ok({ rows, status: status ?? '', count: rows.length }, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/approvals/:approvalId',
      operationId: 'getApproval',
      summary: 'Get an approval',
      tags,
      authority: read,
      params,
      responses: { 200: approvalAnswer },
      handler: async (ctx) => ok(toAnswer(await getApproval(reads, ctx.workspace.id, ctx.params.approvalId))),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/approvals/:approvalId/decide',
      operationId: 'decideApproval',
      summary: 'Approve or deny: what follows from it is done with it',
      description: 'Anything but a pending approval is a 409 with `current_status`.',
      tags,
      authority: decide,
      params,
      body: z.strictObject({ status: z.enum(['approved', 'denied']), comment: clearableField(2_000).default(null) }),
      responses: { 200: z.object({ status: z.enum(['approved', 'denied']), decided_by: z.string().nullable() }) },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const decision = { verdict: body.status, comment: body.comment, decidedBy: principal.userId };
          await decideApproval(tx, ctx.params.approvalId, decision, principal, ctx.actor);
          return ok({ status: body.status, decided_by: principal.userId });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/approvals/:approvalId/cancel',
      operationId: 'cancelApproval',
      summary: 'Withdraw an approval: what waits for it stays as it is',
      description: 'The result of a task cannot be left undecided: 409.',
      tags,
      authority: decide,
      params,
      body: optionalBody(z.strictObject({ reason: clearableField(2_000).default(null) })),
      responses: { 200: z.object({ status: z.literal('cancelled'), cancelled_by: z.string().nullable() }) },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal } = ctx;
          await withdrawApproval(tx, ctx.params.approvalId, ctx.body?.reason ?? null, principal, ctx.actor);
          return ok({ status: 'cancelled' as const, cancelled_by: principal.userId });
        }),
    }),
  ];
}
