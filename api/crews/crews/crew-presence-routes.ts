import { z } from 'zod';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { nameMembers } from '../../../db/people/members/name-members.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Presence } from '../../../platform/presence/presence.ts';
import { idField, refField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

/** Who is with a crew: docs/contracts/journal-and-streams.md, Presence. */
export function createCrewPresenceRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly presence: Pick<Presence, 'list'>;
}): Route[] {
  const { reads } = deps.database;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/crews/:crewId/presence',
      operationId: 'getCrewPresence',
      summary: 'Who follows a crew on a socket now',
      description: 'Who has gone without a word is in it for a minute. A hint: 503 while it is not to be had.',
      tags: ['Crews'],
      authority: { access: 'member', action: 'read', scope: 'crews:read' },
      params: z.object({ crewId: refField }),
      query: z.object({ workspace_id: idField.optional() }),
      responses: {
        200: z.object({ users: z.array(z.object({ user_id: z.string(), name: z.string(), last_seen_at: timeField })) }),
      },
      errors: ['ambiguous_reference', 'unavailable'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const present = await deps.presence.list(crew.id).catch((error: unknown) => {
          throw new CrewshipError('unavailable', 'who is there is not to be had now', { cause: error });
        });
        const seen = new Map(present.map(({ userId, seenAtMs }) => [userId, seenAtMs]));
        const members = await nameMembers(reads, ctx.workspace.id, [...seen.keys()]);
        const users = members.map(({ id, name }) => ({
          user_id: id,
          name,
          last_seen_at: new Date(seen.get(id)!).toISOString(),
        }));
        return ok({ users });
      },
    }),
  ];
}
