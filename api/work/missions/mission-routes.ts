import { nextCursor } from '../../../db/kernel/page.ts';
import { z } from 'zod';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  createMission,
  patchMission,
  restartMission,
  startMission,
} from '../../../commands/engine/missions/mission-commands.ts';
import { countMissions, getMission, getMissionIn, listMissions } from '../../../db/work/missions/read-missions.ts';
import { TASKS_SHOWN, TASKS_SHOWN_IN_LIST } from '../../../domain/work/missions/mission.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  crewMissionsParams,
  crewMissionsQuery,
  missionAnswer,
  missionParams,
  missionPatchBody,
  newMissionBody,
  workspaceMissionsQuery,
} from './mission-schemas.ts';
import { onMission } from './on-mission.ts';

/** Missions: docs/contracts/missions.md, Mission states. */
export function createMissionRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Missions'];
  const read = { access: 'member', action: 'read', scope: 'missions:read' } as const;
  const create = { access: 'member', action: 'create', scope: 'missions:write' } as const;
  const base = '/api/v1/crews/:crewId/missions';

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/missions',
      operationId: 'listMissions',
      summary: 'List missions of the workspace, newest first',
      description:
        'Missions of deleted crews are among them. With `include_tasks` each shows the first ' +
        `${TASKS_SHOWN_IN_LIST} of its tasks; \`task_stats.total\` says how many it has.`,
      tags,
      authority: read,
      query: workspaceMissionsQuery,
      responses: { 200: z.array(missionAnswer) },
      handler: async (ctx) => {
        const filter = { crewId: null, status: ctx.query.status, search: ctx.query.q };
        const includeTasks = ctx.query.include_tasks === 'true';
        const [missions, total] = await Promise.all([
          listMissions(reads, ctx.workspace.id, filter, ctx.query, { includeTasks }),
          countMissions(reads, ctx.workspace.id, filter),
        ]);
        return ok(missions, pageHeaders(ctx.request.url, ctx.query, { total, next: nextCursor(missions, ctx.query) }));
      },
    }),
    defineRoute({
      method: 'GET',
      url: base,
      operationId: 'listCrewMissions',
      summary: 'List missions of a crew, newest first',
      tags,
      authority: read,
      params: crewMissionsParams,
      query: crewMissionsQuery,
      responses: { 200: z.array(missionAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const filter = { crewId: crew.id, status: ctx.query.status, search: ctx.query.q };
        const [missions, total] = await Promise.all([
          listMissions(reads, ctx.workspace.id, filter, ctx.query, { includeTasks: false }),
          countMissions(reads, ctx.workspace.id, filter),
        ]);
        return ok(missions, pageHeaders(ctx.request.url, ctx.query, { total, next: nextCursor(missions, ctx.query) }));
      },
    }),
    defineRoute({
      method: 'POST',
      url: base,
      operationId: 'createMission',
      summary: 'Create a mission in PLANNING',
      tags,
      authority: create,
      params: crewMissionsParams,
      body: newMissionBody,
      responses: { 201: missionAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ctx.write(async (tx) => {
          const id = await createMission(
            tx,
            {
              workspaceId: ctx.workspace.id,
              crewId: crew.id,
              leadAgentId: ctx.body.lead_agent_id,
              title: ctx.body.title,
              description: ctx.body.description,
              workflowTemplate: ctx.body.workflow_template,
              timeoutMs: ctx.body.timeout_seconds === null ? null : ctx.body.timeout_seconds * 1_000,
              createdBy: ctx.principal.userId,
            },
            ctx.actor,
          );
          return created(await getMissionIn(tx, crew.id, id));
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: `${base}/:missionId`,
      operationId: 'getMission',
      summary: 'Get a mission with its tasks',
      description: `With the first ${TASKS_SHOWN} of them; \`GET …/tasks\` lists all by pages.`,
      tags,
      authority: read,
      params: missionParams,
      hasETag: true,
      responses: { 200: missionAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ok(await getMission(reads, ctx.workspace.id, crew.id, ctx.params.missionId));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: `${base}/:missionId`,
      operationId: 'updateMission',
      summary: 'Change the fields that are given; move the mission by hand',
      description: 'A transition that the state machine does not have is a 409 with `current_status`.',
      tags,
      authority: create,
      params: missionParams,
      body: missionPatchBody,
      responses: { 200: missionAnswer },
      errors: ['precondition_failed', 'ambiguous_reference', 'wrong_state', 'no_live_host'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          ctx.ifMatch(missionAnswer, await getMissionIn(tx, mission.crew_id, mission.id));
          await patchMission(tx, mission, ctx.body, ctx.actor);
          return ok(await getMissionIn(tx, mission.crew_id, mission.id));
        }),
    }),
    defineRoute({
      method: 'POST',
      url: `${base}/:missionId/start`,
      operationId: 'startMission',
      summary: 'Start a mission: PLANNING to IN_PROGRESS',
      description:
        'Accepted as soon as it is committed, also while the engine is down; tasks then run by their dependencies. ' +
        'Any other state is a 409 with `current_status`; a cycle or unknown dependency is a 400 that names it.',
      tags,
      authority: create,
      params: missionParams,
      responses: { 200: z.object({ id: z.string(), status: z.literal('IN_PROGRESS') }) },
      errors: ['ambiguous_reference', 'wrong_state', 'no_live_host'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          await startMission(tx, mission, ctx.actor);
          return ok({ id: mission.id, status: 'IN_PROGRESS' as const });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: `${base}/:missionId/restart`,
      operationId: 'restartMission',
      summary: 'Put an ended mission back to PLANNING',
      description: 'COMPLETED tasks stay; every other one is cleared and gets its next iteration.',
      tags,
      authority: create,
      params: missionParams,
      responses: { 200: z.object({ id: z.string(), status: z.literal('PLANNING') }) },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          await restartMission(tx, mission, ctx.actor);
          return ok({ id: mission.id, status: 'PLANNING' as const });
        }),
    }),
  ];
}
