import { z } from 'zod';
import { readRunPlace } from '../../../db/work/runs/read-run-container.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { callHost, type HostCallDeps } from '../../http/host-calls/call-host.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { viewerOf } from './run-routes.ts';
import { runParams } from './run-schemas.ts';

const processesAnswer = z.object({
  run_id: z.string(),
  processes: z
    .array(
      z.object({
        pid: z.int().describe('as the crew’s container counts'),
        name: z.string().describe('as the process calls itself: what an agent says'),
        memory_bytes: z.int(),
        kept: z.boolean().describe('left behind by the run’s command, as it serves a port that the run opened'),
      }),
    )
    .describe('in the control groups of the run; none before it begins and after all of it is gone'),
  truncated: z.boolean(),
});

/** What runs of a run: docs/contracts/missions.md, Runs. */
export function createRunProcessRoutes(
  deps: HostCallDeps & { readonly database: Pick<Database, 'reads' | 'transaction'> },
): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/:runId/processes',
      operationId: 'listRunProcesses',
      summary: 'List the processes of a run, those that it left running too',
      description: 'The run’s host is asked: 502 for one that is lost, 503 when it does not answer in time.',
      tags: ['Runs'],
      authority: { access: 'member', action: 'read', scope: 'runs:read' },
      params: runParams,
      responses: { 200: processesAnswer },
      errors: ['crew_unreachable', 'rate_limited', 'unavailable'],
      handler: async (ctx) => {
        const place = await readRunPlace(deps.database.reads, viewerOf(ctx), ctx.params.runId);
        const { id: runId, containerId, crewId, hostId } = place;
        if (containerId === null || crewId === null || hostId === null) {
          return ok({ run_id: runId, processes: [], truncated: false });
        }
        const caller = { request: ctx.request.raw, requestId: ctx.requestId, actor: ctx.actor };
        const input = { run_id: runId, container_id: containerId };
        const call = { workspaceId: ctx.workspace.id, crewId, hostId, kind: 'processes' as const, input };
        const answer = await callHost(deps, caller, call);
        if (answer === null) throw new CrewshipError('unavailable', 'the run’s host did not answer; ask again');
        return ok({ run_id: runId, processes: [...answer.processes], truncated: answer.truncated });
      },
    }),
  ];
}
