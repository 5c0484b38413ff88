import type { Database } from '../../../db/kernel/database.ts';
import { type OpeningLimits, openerOf } from '../../../commands/engine/runs/count-opening.ts';
import { lockMissionOf, startMission } from '../../../commands/engine/missions/mission-commands.ts';
import { planMission } from '../../../commands/engine/missions/plan-mission.ts';
import { getMission } from '../../../db/work/missions/read-missions.ts';
import { accepted, created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { gateMembers } from '../../crew-side/caller/gate-members.ts';
import {
  internalMissionAnswer,
  internalMissionBody,
  internalMissionCreated,
  internalMissionParams,
  internalStartAnswer,
} from './mission-sidecar-schemas.ts';

/** Missions as agents make and start them, through their sidecar: docs/contracts/internal-ipc.md, Missions. */
export function createInternalMissionRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly openingLimits: OpeningLimits;
}): Route[] {
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/missions',
      operationId: 'planMission',
      summary: 'Make a mission with its tasks',
      description:
        'In PLANNING. Tasks name each other by `task_order`. More than 16 tasks, or a seventh open mission made by ' +
        'agents of the crew, is a 403 that names the limit. 202 where it is held for review: it cannot be started ' +
        'before.',
      tags,
      authority,
      body: internalMissionBody,
      responses: { 201: internalMissionCreated, 202: internalMissionCreated },
      errors: ['not_found', 'conflict', 'limit_reached', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const { id, identifier, taskIds, level, approvalId } = await planMission(
            tx,
            {
              workspaceId: principal.workspace.id,
              crewId: principal.crewId,
              leadAgentId: body.lead_agent_id,
              byAgentId: principal.agentId,
              openedBy: openerOf(principal.runId, deps.openingLimits.missions),
              title: body.title,
              description: body.description,
              plan: body.plan,
              workflowTemplate: body.workflow_template,
              tasks: body.tasks.map((task, index) => ({
                title: task.title,
                description: task.description,
                assignedAgentId: task.assigned_agent_id,
                order: task.task_order ?? index,
                dependsOn: task.depends_on,
                maxIterations: task.max_iterations,
              })),
            },
            ctx.actor,
          );
          const planned = {
            id,
            identifier,
            trace_id: `mission-${id}`,
            status: 'PLANNING' as const,
            tasks: Object.fromEntries(taskIds),
            ...gateMembers(level, approvalId),
          };
          return approvalId === null ? created(planned) : accepted(planned);
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/missions/:missionId',
      operationId: 'getPlannedMission',
      summary: 'Get a mission of the crew with its tasks',
      tags,
      authority,
      params: internalMissionParams,
      responses: { 200: internalMissionAnswer },
      handler: async (ctx) => {
        const { principal, params } = ctx;
        const found = await getMission(deps.database.reads, principal.workspace.id, principal.crewId, params.missionId);
        const { tasks, ...mission } = found;
        return ok({ mission, tasks: tasks ?? [] });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/missions/:missionId/start',
      operationId: 'startPlannedMission',
      summary: 'Start a mission of the crew: PLANNING to IN_PROGRESS',
      description:
        'As the public route: any other state is a 409 with `current_status`, a bad DAG a 400 that names it, a ' +
        'mission that is held for review a 403.',
      tags,
      authority,
      params: internalMissionParams,
      responses: { 200: internalStartAnswer },
      errors: ['wrong_state', 'no_live_host', 'conflict', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const mission = await lockMissionOf(tx, ctx.principal.crewId, ctx.params.missionId);
          await startMission(tx, mission, ctx.actor);
          return ok({ id: mission.id, status: 'IN_PROGRESS' as const });
        }),
    }),
  ];
}
