import { z } from 'zod';
import { consumeDecision, expireApproval } from '../../../commands/engine/approvals/end-approval.ts';
import { requestApproval } from '../../../commands/engine/approvals/request-approval.ts';
import { type OpeningLimits, openerOf } from '../../../commands/engine/runs/count-opening.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getCrewApproval, type WaitedApproval } from '../../../db/people/approvals/approvals-store.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { requestApprovalCall } from '../../../domain/people/approvals/approval-calls.ts';
import {
  APPROVAL_OUTCOMES,
  APPROVAL_POLL_SECONDS,
  APPROVAL_STATUSES,
  GATE_MODES,
} from '../../../domain/people/approvals/approval.ts';
import { scrubJson } from '../../../platform/scrubber/scrubber.ts';
import { actingAgent } from '../../crew-side/caller/acting-agent.ts';
import { metadataField } from '../../crew-side/caller/internal-metadata.ts';
import { idField, optionalBody, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import { type RunWaits, waitingRun } from '../../http/waits/run-waits.ts';
import type { Verdict, Waiters } from '../../http/waits/waiters.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const requestBody = requestApprovalCall
  .input(sharedFields)
  .extend({ payload: metadataField, agent_id: idField.optional().describe('who asks; a run’s token says it') });

const requestedAnswer = z.object({
  approval_id: z.string(),
  kind: z.string().describe('as it is judged: a call of a tool may be a graver kind'),
  status: z.enum(APPROVAL_STATUSES),
  mode: z.enum(GATE_MODES).describe('sync: wait; async: go on, people are asked; none: go on, nobody is'),
  proceed: z.boolean().describe('whether the agent may go on at once'),
  deadline_at: timeField.describe('until when people may decide'),
});

const waitBody = optionalBody(
  z.object({
    timeout_seconds: z.int().min(1).max(APPROVAL_POLL_SECONDS).default(APPROVAL_POLL_SECONDS),
  }),
);

const waitAnswer = z.object({
  approval_id: z.string(),
  decision: z.enum(APPROVAL_STATUSES),
  proceed: z.boolean(),
  outcome: z.enum(APPROVAL_OUTCOMES).nullable(),
  edits: z.record(z.string(), z.unknown()).nullable(),
  comment: z.string().nullable(),
});

/** Answered when it is decided, or when the people's time is over; an agent that goes on meanwhile waits for nobody. */
function judge(
  row: WaitedApproval | null,
  by: { readonly crewId: string; readonly runId: string | null },
): Verdict<WaitedApproval> {
  const isTheirs = row?.crew_id === by.crewId && (row.run_id === null || row.run_id === (by.runId ?? row.run_id));
  if (row === null || !isTheirs) throw notFound('approval');
  if (row.status !== 'pending' || row.gate_mode !== 'sync' || row.left_ms <= 0) return { answer: row };
  return { lookAgainInMs: row.left_ms };
}

/** What agents ask people to allow: docs/contracts/escalations-and-approvals.md, Actions of agents. */
export function createInternalApprovalRoutes(deps: {
  readonly database: Database;
  readonly approvalWaiters: Waiters<WaitedApproval>;
  readonly openingLimits: OpeningLimits;
  readonly runWaits: RunWaits;
}): Route[] {
  const { database } = deps;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;
  const params = z.object({ approvalId: idField });

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/approvals',
      operationId: 'requestApproval',
      summary: 'Ask people to allow an action',
      description:
        'By the autonomy of the crew its agent waits, goes on while people are asked, or is allowed it at once. ' +
        'Repeating it with the same Idempotency-Key, or asking the same under the same `key` in another attempt of ' +
        'the task, gives the same approval.',
      tags,
      authority,
      body: requestBody,
      responses: { 201: requestedAnswer },
      errors: ['not_found', 'conflict', 'wrong_state', 'limit_reached', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const asked = scrubJson({ reason: body.reason, payload: body.payload }, []);
          const opened = await requestApproval(
            tx,
            {
              workspaceId: principal.workspace.id,
              crewId: principal.crewId,
              agentId: actingAgent(principal.agentId ?? body.agent_id, principal.agentId),
              runId: principal.runId,
              openedBy: openerOf(principal.runId, deps.openingLimits.questions),
              kind: body.kind,
              reason: asked.reason,
              payload: asked.payload,
              key: body.key,
              seconds: body.timeout_seconds,
            },
            ctx.actor,
          );
          return created({
            approval_id: opened.id,
            kind: opened.kind,
            status: opened.status,
            mode: opened.mode,
            proceed: opened.proceeds,
            deadline_at: opened.deadlineAt,
          });
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/approvals/:approvalId',
      operationId: 'getRequestedApproval',
      summary: 'How what an agent asked for stands, without taking the decision',
      tags,
      authority,
      params,
      responses: {
        200: z.object({ approval_id: z.string(), status: z.enum(APPROVAL_STATUSES), consumed: z.boolean() }),
      },
      handler: async (ctx) => {
        const { workspace, crewId } = ctx.principal;
        const row = await getCrewApproval(database.reads, workspace.id, { crewId, id: ctx.params.approvalId });
        return ok({ approval_id: row.id, status: row.status, consumed: row.is_consumed });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/approvals/:approvalId/wait',
      operationId: 'waitForApproval',
      summary: 'Wait for a decision, and take it',
      description:
        'Answers when it is decided, or `pending` after `timeout_seconds`. A decision is handed over once: the same ' +
        'call under the same Idempotency-Key has the same answer, any other a 409 with `reason` already_consumed. ' +
        '503: ask again.',
      tags,
      authority,
      params,
      body: waitBody,
      responses: { 200: waitAnswer },
      errors: ['not_found', 'conflict', 'idempotency_mismatch'],
      isLongLived: true,
      handler: async (ctx) => {
        const { principal } = ctx;
        const { crewId } = principal;
        const workspaceId = principal.workspace.id;
        const id = ctx.params.approvalId;
        const client = clientGone(ctx.request.raw);
        const limitMs = (ctx.body?.timeout_seconds ?? APPROVAL_POLL_SECONDS) * 1_000;
        const wait = () =>
          deps.approvalWaiters.wait<WaitedApproval>({
            workspaceId,
            id,
            judge: (row) => judge(row, { crewId, runId: principal.runId }),
            timeoutMs: limitMs,
            signal: client.signal,
          });
        try {
          const end = await deps.runWaits.during(waitingRun(principal), { limitMs }, wait);
          if (end.kind !== 'answer') return ok(undecided(id, false));
          const { status, gate_mode: mode, left_ms: leftMs } = end.answer;
          if (status === 'pending' && leftMs > 0) return ok(undecided(id, mode === 'async'));
          if (status === 'pending') {
            const scope = { workspaceIds: [workspaceId], requestId: ctx.requestId };
            await database.transaction(scope, (tx) => expireApproval(tx, id));
          }
          return await ctx.write(async (tx) => {
            const handed = await consumeDecision(tx, id, { crewId, runId: principal.runId }, ctx.actor);
            const { status: decision, outcome, edits, comment } = handed;
            return ok({ approval_id: id, decision, proceed: decision === 'approved', outcome, edits, comment });
          });
        } finally {
          client.release();
        }
      },
    }),
  ];
}

function undecided(id: string, proceed: boolean) {
  return { approval_id: id, decision: 'pending' as const, proceed, outcome: null, edits: null, comment: null };
}
