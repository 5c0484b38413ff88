import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { cloneMission } from '../../../commands/engine/missions/clone-mission.ts';
import { deleteMission } from '../../../commands/engine/missions/delete-mission.ts';
import { cancelMission } from '../../../commands/engine/missions/mission-commands.ts';
import { pauseMission, unpauseMission } from '../../../commands/engine/missions/pause-mission.ts';
import { getMissionIn } from '../../../db/work/missions/read-missions.ts';
import { resumeMission } from '../../../commands/engine/missions/resume-mission.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  cancelledAnswer,
  cancelMissionBody,
  clonedAnswer,
  pausedAnswer,
  resumedAnswer,
} from './mission-action-schemas.ts';
import { missionParams } from './mission-schemas.ts';
import { onMission } from './on-mission.ts';

/** What people do to a mission beside editing and starting it: docs/contracts/missions.md, Mission states. */
export function createMissionActionRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const create = { access: 'member', action: 'create', scope: 'missions:write' } as const;
  const url = '/api/v1/crews/:crewId/missions/:missionId';
  const common = { tags: ['Missions'], params: missionParams };

  return [
    defineRoute({
      ...common,
      method: 'DELETE',
      url,
      operationId: 'deleteMission',
      summary: 'Delete a mission that is PLANNING or CANCELLED, with its tasks',
      description:
        'What happened stays: journal entries, runs with their output, escalations and approvals. In any other state ' +
        'it is a 409 with `current_status`.',
      authority: { access: 'member', action: 'manage', scope: 'missions:write' },
      responses: { 204: z.null() },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          await deleteMission(tx, mission, ctx.actor);
          return noContent();
        }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${url}/resume`,
      operationId: 'resumeMission',
      summary: 'Let a failed mission go on: FAILED to IN_PROGRESS',
      description:
        'Tasks that failed, were cancelled with the mission or waited for approval run again, with everything that ' +
        'depends on them; the rest stays. The clock is renewed. Any other state is a 409 with `current_status`; ' +
        'nothing to resume, or a bad DAG, is a 400.',
      authority: create,
      responses: { 200: resumedAnswer },
      errors: ['ambiguous_reference', 'wrong_state', 'no_live_host'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          const { resetTasks } = await resumeMission(tx, mission, ctx.actor);
          return ok({ id: mission.id, status: 'IN_PROGRESS' as const, reset_tasks: resetTasks });
        }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${url}/clone`,
      operationId: 'cloneMission',
      summary: 'Copy a mission and its tasks into a new one in PLANNING',
      description: 'The copy’s title ends in “ (copy)”; its tasks depend on each other as the originals do.',
      authority: create,
      responses: { 201: clonedAnswer },
      errors: ['ambiguous_reference', 'conflict'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          const id = await cloneMission(tx, mission, ctx.principal.userId, ctx.actor);
          return created({ id, status: 'PLANNING' as const });
        }),
    }),
    ...(
      [
        { verb: 'pause', operationId: 'pauseMission' },
        { verb: 'unpause', operationId: 'unpauseMission' },
      ] as const
    ).map(({ verb, operationId }) =>
      defineRoute({
        ...common,
        method: 'POST',
        url: `${url}/${verb}`,
        operationId,
        summary: verb === 'pause' ? 'Start nothing more for now' : 'Let a paused mission go on',
        description:
          (verb === 'pause'
            ? 'Tasks that run go on; nothing else starts, and the mission’s clock stands. '
            : 'The deadline moves on by the time the clock stood. ') +
          'The status stays IN_PROGRESS; repeating it changes nothing. Any other state is a 409 with `current_status`.',
        authority: create,
        responses: { 200: pausedAnswer },
        errors: ['ambiguous_reference', 'wrong_state'],
        handler: (ctx) =>
          onMission(reads, ctx, async (tx, mission) => {
            await (verb === 'pause' ? pauseMission : unpauseMission)(tx, mission, ctx.actor);
            const { id, status, paused_at, deadline_at } = await getMissionIn(tx, mission.crew_id, mission.id);
            return ok({ id, status, paused_at, deadline_at });
          }),
      }),
    ),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${url}/cancel`,
      operationId: 'cancelMission',
      summary: 'Cancel a mission that is not over, and say why',
      description: 'Open tasks become CANCELLED and running ones are stopped, as with PATCH.',
      authority: create,
      body: cancelMissionBody,
      responses: { 200: cancelledAnswer },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          await cancelMission(tx, mission, ctx.body?.reason ?? null, ctx.actor);
          return ok({ id: mission.id, status: 'CANCELLED' as const });
        }),
    }),
  ];
}
