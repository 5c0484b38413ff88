import { z } from 'zod';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import { moveCrew } from '../../../commands/engine/hosts/move-crew.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { ImagePolicy } from '../../../commands/engine/provisioning/provision-commands.ts';
import { CREW_DATA_PATHS } from '../../../domain/crews/crews/crew.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { idField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { crewParams } from './crew-schemas.ts';

const movedAnswer = z.object({
  crew_id: z.string(),
  from_host_id: z.string().nullable().describe('null: it had no host yet'),
  to_host_id: z.string(),
  lost_run_ids: z.array(z.string()).describe('attempts that ended with the lost host; their successors name them'),
  moved_runs: z.int().describe('attempts that waited there and wait on the new host now'),
  left_behind: z
    .array(z.string())
    .describe('what the crew has under these paths stays on the old host; on the new one they begin empty'),
  message: z.string(),
});

/** A crew from one Docker host to another. */
export function createCrewMoveRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly images: ImagePolicy;
}): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/crews/:crewId/move',
      operationId: 'moveCrew',
      summary: 'Give a crew another Docker host',
      description:
        'For a host that is lost or to be emptied. Attempts of a lost host end as lost and are followed by others on ' +
        'the new one; while any run on a host that is up it is 409, with their number as `running`. The image is had ' +
        'or built anew there. Files and volumes do not move: `left_behind` names them. Hosts are the instance’s: ' +
        'only its operator may name one, for others it is the live one with the most room. 503 when there is none.',
      tags: ['Crews'],
      authority: { access: 'member', action: 'manage', scope: 'crews:write', beyondCrew: true },
      params: crewParams,
      body: z.strictObject({ host_id: idField.optional() }).default({}),
      responses: { 200: movedAnswer },
      errors: ['ambiguous_reference', 'conflict', 'no_live_host'],
      handler: async (ctx) => {
        const crew = await resolveCrew(deps.database.reads, ctx.workspace.id, ctx.params.crewId);
        const hostId = ctx.body.host_id ?? null;
        if (hostId !== null && !ctx.principal.isInstanceOperator) {
          throw new CrewshipError('forbidden', 'only the instance operator may name a host');
        }
        return ctx.write(async (tx) => {
          const moved = await moveCrew(tx, crew.id, { hostId, images: deps.images, actor: ctx.actor });
          const from = moved.fromHostId;
          return ok({
            crew_id: crew.id,
            from_host_id: from,
            to_host_id: moved.toHostId,
            lost_run_ids: moved.lostRunIds,
            moved_runs: moved.movedRuns,
            left_behind: from === null ? [] : CREW_DATA_PATHS,
            message:
              from === null
                ? `The crew has host ${moved.toHostId}.`
                : `The crew moved to host ${moved.toHostId}. Its files and volumes stay on ${from}: ` +
                  'copy what is needed while both can be reached.',
          });
        });
      },
    }),
  ];
}
