import { z } from 'zod';
import { acknowledgeAnswer, takeAnswers } from '../../../commands/engine/escalations/answer-delivery.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { InternalPrincipal } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { ESCALATION_ACTIONS } from '../../../domain/people/escalations/escalation.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';

const lateAnswers = z.object({
  answers: z.array(
    z.object({
      escalation_id: z.string(),
      question: z.string().describe('its beginning'),
      resolution: z.string(),
      action: z.enum(ESCALATION_ACTIONS),
      redirect_to: z.string().nullable(),
      resolved_at: timeField,
    }),
  ),
});

/** Which run asks is proven by its token alone. */
function runOf(principal: InternalPrincipal): string {
  if (principal.runId === null) throw new CrewshipError('forbidden', 'X-Run-Token says which run asks, and is missing');
  return principal.runId;
}

/** Answers that came after their agents had gone on, for the attempts that can still use them. */
export function createInternalAnswerRoutes(deps: { readonly database: Database }): Route[] {
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/answers',
      operationId: 'takeLateAnswers',
      summary: 'Get the late answers for the run that asks',
      description:
        'To questions of its own task, or of its mission when no task is left that asked. The same ones until they ' +
        'are acknowledged; no other run gets them unless this one is lost. Needs `X-Run-Token`.',
      tags,
      authority,
      responses: { 200: lateAnswers },
      handler: async (ctx) => {
        const { workspace, crewId } = ctx.principal;
        const scope = { workspaceId: workspace.id, crewId, runId: runOf(ctx.principal) };
        return ok({ answers: [...(await takeAnswers(deps.database, scope))] });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/answers/:escalationId/acknowledge',
      operationId: 'acknowledgeLateAnswer',
      summary: 'Say that a late answer was taken note of',
      description: 'It is given to nobody any more, also when this run is lost. Repeating it changes nothing.',
      tags,
      authority,
      params: z.object({ escalationId: idField }),
      responses: { 204: z.null() },
      errors: ['not_found', 'conflict', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { crewId } = ctx.principal;
          const answer = { escalationId: ctx.params.escalationId, crewId, runId: runOf(ctx.principal) };
          await acknowledgeAnswer(tx, answer, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
