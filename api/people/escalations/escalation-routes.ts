import { nextCursor } from '../../../db/kernel/page.ts';
import { z } from 'zod';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import {
  answerCameTooLate,
  cancelEscalation,
  resolveEscalation,
} from '../../../commands/engine/escalations/close-escalation.ts';
import {
  countEscalations,
  countPendingEscalations,
  listEscalations,
} from '../../../db/people/escalations/read-escalations.ts';
import { purgeEscalations, sweepExpiredEscalations } from '../../../commands/engine/escalations/sweep-escalations.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { idField } from '../../http/kernel/fields.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  cancelBody,
  crewEscalationsParams,
  crewEscalationsQuery,
  escalationAnswer,
  escalationParams,
  resolveAnswer,
  resolveBody,
} from './escalation-schemas.ts';

const NO_LONGER_WAITING = 'the agent is no longer waiting; `delivery` says who gets the answer';

/** Escalations as people see and answer them: docs/contracts/escalations-and-approvals.md, Escalations. */
export function createEscalationRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
}): Route[] {
  const { keyRing } = deps;
  const { reads } = deps.database;
  const tags = ['Escalations'];
  const read = { access: 'member', action: 'read', scope: 'escalations:read' } as const;
  const create = { access: 'member', action: 'create', scope: 'escalations:write' } as const;
  const manage = { access: 'member', action: 'manage', scope: 'escalations:write' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/crews/:crewId/escalations',
      operationId: 'listCrewEscalations',
      summary: 'List escalations of a crew, newest first',
      tags,
      authority: read,
      params: crewEscalationsParams,
      query: crewEscalationsQuery,
      responses: { 200: z.array(escalationAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const filter = { crewId: crew.id, status: ctx.query.status };
        const [rows, total] = await Promise.all([
          listEscalations(reads, ctx.workspace.id, filter, ctx.query),
          countEscalations(reads, ctx.workspace.id, filter),
        ]);
        return ok(rows, pageHeaders(ctx.request.url, ctx.query, { total, next: nextCursor(rows, ctx.query) }));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/crews/:crewId/escalations',
      operationId: 'purgeCrewEscalations',
      summary: 'Delete the crew’s escalations that are over',
      description:
        'What is PENDING, what has just ended, and what an attempt may still ask for stays. The journal keeps that ' +
        'they were, and that they were deleted.',
      tags,
      authority: manage,
      params: crewEscalationsParams,
      responses: { 200: z.object({ deleted: z.int() }) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ctx.write(async (tx) =>
          ok({ deleted: await purgeEscalations(tx, { id, workspaceId: ctx.workspace.id }, ctx.actor) }),
        );
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/escalations/sweep-expired',
      operationId: 'sweepExpiredEscalations',
      summary: 'Expire what is past the people’s time',
      description: 'Each expires by itself when its time is up; this is for who does not want to wait. 500 at most.',
      tags,
      authority: manage,
      responses: { 200: z.object({ expired: z.int() }) },
      handler: async (ctx) => {
        const scope = { workspaceId: ctx.workspace.id, requestId: ctx.requestId };
        return ok({ expired: await sweepExpiredEscalations(deps.database, scope, ctx.actor) });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/escalations/pending-count',
      operationId: 'countPendingEscalations',
      summary: 'Count escalations that can still be answered',
      tags,
      authority: read,
      query: z.object({ workspace_id: idField.optional() }),
      responses: { 200: z.object({ count: z.int() }) },
      handler: async (ctx) => ok({ count: await countPendingEscalations(reads, ctx.workspace.id) }),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/escalations/:escalationId/resolve',
      operationId: 'resolveEscalation',
      summary: 'Answer an escalation',
      description:
        'Says whether the agent still waits for it and, when it does not, who gets it once: `delivery`. An ' +
        'escalation that is not PENDING is a 409 with `current_status`; after the people’s deadline the escalation ' +
        'expires and the answer is a 409 `deadline_passed`. The answer to a CREDENTIAL is shown to its agent alone, ' +
        'when it asks again; `approve` makes the proposed credential ACTIVE and gives it to that agent, with the ' +
        'answer as its value if none was proposed. Anything else rejects it.',
      tags,
      authority: create,
      params: escalationParams,
      body: resolveBody,
      responses: { 200: resolveAnswer },
      errors: ['wrong_state', 'deadline_passed'],
      handler: async (ctx) => {
        const id = ctx.params.escalationId;
        const answer = {
          resolution: ctx.body.resolution,
          action: ctx.body.action,
          redirectTo: ctx.body.redirect_to,
          resolvedBy: ctx.principal.userId,
        };
        try {
          return await ctx.write(async (tx) => {
            const result = await resolveEscalation(tx, keyRing, id, answer, ctx.actor);
            // Thrown, so that no refusal is kept as the answer of an Idempotency-Key.
            if (result.kind === 'expired') throw answerCameTooLate();
            return ok({
              id,
              status: 'RESOLVED' as const,
              action: answer.action,
              agent_still_waiting: result.delivery.kind === 'waiter',
              ...(result.agentGaveUpAt === null ? {} : { agent_gave_up_at: result.agentGaveUpAt }),
              ...(result.delivery.kind === 'waiter' ? {} : { note: NO_LONGER_WAITING }),
              delivery: {
                kind: result.delivery.kind,
                ...(result.delivery.taskId === null ? {} : { task_id: result.delivery.taskId }),
                ...(result.delivery.runId === null ? {} : { run_id: result.delivery.runId }),
              },
            });
          });
        } catch (error) {
          if (error instanceof CrewshipError && error.code === 'deadline_passed') {
            // The refusal rolled the expiry back with it. Time only moves on: this one commits the expiry.
            await deps.database.transaction({ workspaceIds: [ctx.workspace.id], requestId: ctx.requestId }, (tx) =>
              resolveEscalation(tx, keyRing, id, answer, ctx.actor),
            );
          }
          throw error;
        }
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/escalations/:escalationId/cancel',
      operationId: 'cancelEscalation',
      summary: 'Withdraw an escalation; the agent goes on without an answer',
      tags,
      authority: create,
      params: escalationParams,
      body: cancelBody,
      responses: { 200: z.object({ id: z.string(), status: z.literal('CANCELLED') }) },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const id = ctx.params.escalationId;
          await cancelEscalation(tx, id, ctx.actor, ctx.body?.reason ?? null);
          return ok({ id, status: 'CANCELLED' as const });
        }),
    }),
  ];
}
