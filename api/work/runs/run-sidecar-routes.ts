import type { z } from 'zod';
import { reportRunEnded, reportRunStarted } from '../../../commands/engine/runs/report-run.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { reportedEndBody, reportedRunAnswer, reportedRunBody, reportedRunParams } from './run-sidecar-schemas.ts';

type Status = z.input<typeof reportedRunAnswer>['status'];

/** Runs that crews do by themselves and report: docs/contracts/internal-ipc.md, Runs. */
export function createInternalRunRoutes(): Route[] {
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/runs',
      operationId: 'reportRunStarted',
      summary: 'Report that a run has begun',
      description:
        'Once per workspace and id: repeating it writes nothing and answers 200 with the status the run has.',
      tags,
      authority,
      body: reportedRunBody,
      responses: { 200: reportedRunAnswer, 201: reportedRunAnswer },
      errors: ['not_found', 'conflict', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const { status, repeated } = await reportRunStarted(
            tx,
            {
              id: body.id,
              workspaceId: principal.workspace.id,
              crewId: principal.crewId,
              agentId: body.agent_id,
              chatId: body.chat_id,
              triggerType: body.trigger_type,
              metadata: body.metadata as JsonObject,
            },
            ctx.actor,
          );
          const answer = { id: body.id, status: status as Status };
          return repeated ? ok(answer) : created(answer);
        }),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/internal/runs/:runId',
      operationId: 'reportRunEnded',
      summary: 'Report how a run has ended',
      description: 'The first end stands: a later one answers it. A run that the host runs itself is a 409.',
      tags,
      authority,
      params: reportedRunParams,
      body: reportedEndBody,
      responses: { 200: reportedRunAnswer },
      errors: ['conflict', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { body, params } = ctx;
          const status = await reportRunEnded(
            tx,
            { runId: params.runId, crewId: ctx.principal.crewId },
            {
              status: body.status,
              exitCode: body.exit_code,
              errorMessage: body.error_message,
              metadata: body.metadata as JsonObject,
            },
            ctx.actor,
          );
          return ok({ id: params.runId, status: status as Status });
        }),
    }),
  ];
}
