import { z } from 'zod';
import type { Principal, Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { APPROVAL_STATUSES } from '../../../domain/people/approvals/approval.ts';
import { DECIDE_SCOPE, howDecides } from '../../../domain/people/approvals/deciding.ts';
import { getApproval, listApprovals } from '../../../db/people/approvals/approvals-store.ts';
import { type Decider, decideApproval, withdrawApproval } from '../../../commands/engine/approvals/decide-approval.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { clearableField, idField, optionalBody } from '../../http/kernel/fields.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  approvalAnswer,
  approvalParams,
  approvalsQuery,
  type DecisionBody,
  decideBody,
  decidedItem,
  decideManyBody,
  toApprovalAnswer,
} from './approval-schemas.ts';

function deciderOf(principal: Principal, role: Role): Decider {
  const { userId, isInstanceOperator } = principal;
  return { userId, isInstanceOperator, isOwner: role === 'OWNER', how: howDecides(principal) };
}

function readerOf(ctx: { readonly principal: Principal; readonly workspace: { readonly id: string } }) {
  return { workspaceId: ctx.workspace.id, userId: ctx.principal.userId! };
}

function decisionOf(body: DecisionBody, userId: string | null) {
  const { status: verdict, comment, edits, outcome } = body;
  return { verdict, comment, decidedBy: userId, edits, outcome };
}

/** What became of one of several. */
function refusedItem(id: string, error: unknown): z.input<typeof decidedItem> {
  if (!(error instanceof CrewshipError)) throw error;
  const status = APPROVAL_STATUSES.find((known) => known === error.extensions?.current_status) ?? null;
  return { id, ok: false, code: error.code, status };
}

/** Decisions that people are asked for: docs/contracts/escalations-and-approvals.md, Approvals. */
export function createApprovalRoutes(deps: { readonly database: Pick<Database, 'reads' | 'transaction'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Approvals'];
  const read = { access: 'member', action: 'read', scope: 'escalations:read' } as const;
  const decide = { access: 'member', action: 'manage', scope: DECIDE_SCOPE } as const;
  const errors = ['wrong_state', 'deadline_passed', 'interactive_required'] as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/approvals',
      operationId: 'listApprovals',
      summary: 'List approvals, newest first',
      tags,
      authority: read,
      query: approvalsQuery,
      responses: { 200: z.object({ rows: z.array(approvalAnswer), status: z.string(), count: z.int() }) },
      handler: async (ctx) => {
        const status = ctx.query.status === 'all' ? null : ctx.query.status;
        const page = await listApprovals(reads, readerOf(ctx), status, ctx.query);
        const rows = page.rows.map(toApprovalAnswer);
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
      params: approvalParams,
      responses: { 200: approvalAnswer },
      handler: async (ctx) => ok(toApprovalAnswer(await getApproval(reads, readerOf(ctx), ctx.params.approvalId))),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/approvals/:approvalId/decide',
      operationId: 'decideApproval',
      summary: 'Approve or deny: what follows from it is done with it',
      description:
        'By a person who signed in, or a token with the scope `approvals:decide`; with `FourEyes` by a person, and ' +
        'approved by another than the one that the run works for. Anything but a pending approval is a 409 with ' +
        '`current_status`.',
      tags,
      authority: decide,
      params: approvalParams,
      body: decideBody,
      responses: { 200: z.object({ status: z.enum(['approved', 'denied']), decided_by: z.string().nullable() }) },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const decided = decisionOf(body, principal.userId);
          await decideApproval(tx, ctx.params.approvalId, decided, deciderOf(principal, ctx.workspace.role), ctx.actor);
          return ok({ status: body.status, decided_by: principal.userId });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/approvals/decide',
      operationId: 'decideApprovals',
      summary: 'Decide several, each by itself: a result for each',
      description: 'What is refused of one leaves the others as they are. Repeated, what is decided says so.',
      tags,
      authority: decide,
      query: z.object({ workspace_id: idField.optional() }),
      body: decideManyBody,
      responses: { 200: z.object({ results: z.array(decidedItem) }) },
      errors: ['interactive_required'],
      handler: async (ctx) => {
        const { principal } = ctx;
        const by = deciderOf(principal, ctx.workspace.role);
        const scope = { workspaceIds: [ctx.workspace.id], requestId: ctx.requestId };
        const results: z.input<typeof decidedItem>[] = [];
        for (const { id, ...item } of ctx.body.items) {
          try {
            const decided = decisionOf(item, principal.userId);
            await deps.database.transaction(scope, (tx) => decideApproval(tx, id, decided, by, ctx.actor));
            results.push({ id, ok: true, code: null, status: item.status });
          } catch (error) {
            results.push(refusedItem(id, error));
          }
        }
        return ok({ results });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/approvals/:approvalId/cancel',
      operationId: 'cancelApproval',
      summary: 'Withdraw an approval: what waits for it stays as it is',
      description: 'The result of a task cannot be left undecided: 409.',
      tags,
      authority: decide,
      params: approvalParams,
      body: optionalBody(z.strictObject({ reason: clearableField(2_000).default(null) })),
      responses: { 200: z.object({ status: z.literal('cancelled'), cancelled_by: z.string().nullable() }) },
      errors,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal } = ctx;
          const by = deciderOf(principal, ctx.workspace.role);
          await withdrawApproval(tx, ctx.params.approvalId, ctx.body?.reason ?? null, by, ctx.actor);
          return ok({ status: 'cancelled' as const, cancelled_by: principal.userId });
        }),
    }),
  ];
}
