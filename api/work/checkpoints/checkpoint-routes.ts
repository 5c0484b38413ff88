import { nextCursor } from '../../../db/kernel/page.ts';
import { z } from 'zod';
import {
  createCheckpoint,
  deleteCheckpoint,
  restoreCheckpoint,
} from '../../../commands/work/checkpoints/checkpoint-commands.ts';
import { forkCheckpoint } from '../../../commands/work/checkpoints/fork-checkpoint.ts';
import { getCheckpoint, listCheckpoints } from '../../../db/work/checkpoints/read-checkpoints.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { lockMissionOf } from '../../../commands/engine/missions/mission-commands.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  checkpointAnswer,
  checkpointListAnswer,
  checkpointListQuery,
  checkpointParams,
  forkedAnswer,
  labelBody,
  missionCheckpointsParams,
  restoredAnswer,
} from './checkpoint-schemas.ts';

/** Checkpoints of missions: docs/contracts/missions.md, Checkpoints. */
export function createCheckpointRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Checkpoints'];
  const read = { access: 'member', action: 'read', scope: 'missions:read' } as const;
  const create = { access: 'member', action: 'create', scope: 'missions:write' } as const;
  const ofMission = '/api/v1/missions/:missionId/checkpoints';
  const one = '/api/v1/checkpoints/:checkpointId';

  return [
    defineRoute({
      method: 'GET',
      url: ofMission,
      operationId: 'listCheckpoints',
      summary: 'List the checkpoints of a mission, newest first',
      tags,
      authority: read,
      params: missionCheckpointsParams,
      query: checkpointListQuery,
      responses: { 200: checkpointListAnswer },
      handler: async (ctx) => {
        const { missionId } = ctx.params;
        const { checkpoints, total } = await listCheckpoints(reads, ctx.workspace.id, missionId, ctx.query);
        return ok(
          { mission_id: missionId, checkpoints: checkpoints, count: checkpoints.length },
          pageHeaders(ctx.request.url, ctx.query, { total, next: nextCursor(checkpoints, ctx.query) }),
        );
      },
    }),
    defineRoute({
      method: 'POST',
      url: ofMission,
      operationId: 'createCheckpoint',
      summary: 'Record where a mission stands',
      description: 'A mission has at most 1,000 checkpoints. They are deleted with it.',
      tags,
      authority: create,
      params: missionCheckpointsParams,
      body: labelBody,
      responses: { 201: checkpointAnswer },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const mission = await lockMissionOf(tx, null, ctx.params.missionId);
          const checkpoint = { label: ctx.body?.label ?? null, createdBy: ctx.principal.userId };
          return created(await createCheckpoint(tx, mission, checkpoint, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: one,
      operationId: 'getCheckpoint',
      summary: 'Get a checkpoint',
      tags,
      authority: read,
      params: checkpointParams,
      responses: { 200: checkpointAnswer },
      handler: async (ctx) => ok(await getCheckpoint(reads, ctx.workspace.id, ctx.params.checkpointId)),
    }),
    defineRoute({
      method: 'POST',
      url: `${one}/restore`,
      operationId: 'restoreCheckpoint',
      summary: 'Tell what has happened to the mission since a checkpoint',
      description:
        'Advice only: nothing is changed but the journal. `warn_divergence` names the mission’s entries since the ' +
        'cursor, `divergence_count` counts them; those about checkpoints themselves are left out. To go on from the ' +
        'checkpoint, fork it.',
      tags,
      authority: create,
      params: checkpointParams,
      responses: { 200: restoredAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const restored = await restoreCheckpoint(tx, ctx.params.checkpointId, ctx.actor);
          return ok({
            checkpoint: restored.checkpoint,
            journal_cursor: restored.checkpoint.journal_cursor,
            warn_divergence: restored.divergence,
            divergence_count: restored.divergenceCount,
          });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: `${one}/fork`,
      operationId: 'forkCheckpoint',
      summary: 'Make a new mission in PLANNING that begins at a checkpoint',
      description:
        'Its title begins with “Fork: ”. Tasks that had ended at the checkpoint and have not run again keep status ' +
        'and result, but not their cost; all others have not begun. Tasks added since are left out. Dependencies are ' +
        'between the copies. The new mission gets a checkpoint whose `fork_of` is this one.',
      tags,
      authority: create,
      params: checkpointParams,
      body: labelBody,
      responses: { 201: forkedAnswer },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const fork = { label: ctx.body?.label ?? null, createdBy: ctx.principal.userId };
          const made = await forkCheckpoint(tx, ctx.params.checkpointId, fork, ctx.actor);
          return created({ new_mission_id: made.missionId, new_checkpoint_id: made.checkpointId });
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: one,
      operationId: 'deleteCheckpoint',
      summary: 'Delete a checkpoint',
      description: 'Missions forked from it stay; their checkpoints no longer name it.',
      tags,
      authority: create,
      params: checkpointParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await deleteCheckpoint(tx, ctx.params.checkpointId, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
