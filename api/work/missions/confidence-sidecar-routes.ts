import { z } from 'zod';
import { reportConfidence } from '../../../commands/engine/missions/report-confidence.ts';
import { reportConfidenceCall } from '../../../domain/work/missions/mission-calls.ts';
import { actingAgent } from '../../crew-side/caller/acting-agent.ts';
import { idField, sharedFields } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const confidenceBody = reportConfidenceCall.input(sharedFields).extend({
  agent_id: idField.optional().describe('default: the agent of the run that asks'),
});

/** What agents think of their work: docs/contracts/internal-ipc.md, Confidence. */
export function createInternalConfidenceRoutes(): Route[] {
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/report-confidence',
      operationId: 'reportConfidence',
      summary: 'Say how sure an agent is of the task it is working on',
      description:
        'Below the crew’s `require_approval_below` people are asked, once a task; below `notify_threshold` they are ' +
        'told.',
      tags,
      authority,
      body: confidenceBody,
      responses: {
        200: z.object({
          task_id: z.string(),
          confidence: z.number(),
          action: z.enum(['none', 'notified', 'escalated']),
        }),
      },
      errors: ['not_found', 'conflict', 'wrong_state', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const agentId = actingAgent(body.agent_id, principal.agentId);
          const { taskId, action } = await reportConfidence(
            tx,
            {
              workspaceId: principal.workspace.id,
              crewId: principal.crewId,
              agentId,
              runId: principal.agentId === agentId ? principal.runId : null,
              confidence: body.confidence,
              reason: body.reason,
            },
            ctx.actor,
          );
          return ok({ task_id: taskId, confidence: body.confidence, action });
        }),
    }),
  ];
}
