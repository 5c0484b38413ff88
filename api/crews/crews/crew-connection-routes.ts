import { z } from 'zod';
import { connectCrews, disconnectCrews } from '../../../commands/crews/crews/crew-connection-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { listCrewConnections } from '../../../db/crews/crews/list-crew-connections.ts';

const DIRECTIONS = ['bidirectional', 'unidirectional'] as const;

export const connectionAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  from_crew_id: z.string(),
  from_crew_name: z.string(),
  from_crew_slug: z.string(),
  to_crew_id: z.string(),
  to_crew_name: z.string(),
  to_crew_slug: z.string(),
  direction: z.enum(DIRECTIONS),
  status: z.literal('active'),
  created_at: timeField,
  updated_at: timeField,
});

const connectionBody = z.strictObject({
  from_crew_id: idField,
  to_crew_id: idField,
  direction: z.enum(DIRECTIONS).default('bidirectional'),
});

const connectionsQuery = z.object({
  workspace_id: idField.optional(),
  crew_id: idField.optional(),
  ...pageQuery({ defaultLimit: 1_000, maxLimit: 1_000 }),
});

const idAnswer = z.object({ id: z.string() });

/** Which crews may write to each other: docs/contracts/crews-and-agents.md, Connections. */
export function createCrewConnectionRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const tags = ['Crews'];
  const create = { access: 'member', action: 'create', scope: 'crews:write' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/crew-connections',
      operationId: 'listCrewConnections',
      summary: 'List connections between crews',
      tags,
      authority: { access: 'member', action: 'read', scope: 'crews:read' },
      query: connectionsQuery,
      responses: { 200: z.array(connectionAnswer) },
      handler: async (ctx) => {
        const filter = { crewId: ctx.query.crew_id ?? null };
        const page = await listCrewConnections(deps.database.reads, ctx.workspace.id, filter, ctx.query);
        return ok([...page.rows], pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/crew-connections',
      operationId: 'connectCrews',
      summary: 'Connect two crews, so that they may write to each other',
      description:
        'A pair has one connection: asking again answers 200 with it, and from the other side makes it bidirectional.',
      tags,
      authority: create,
      body: connectionBody,
      responses: { 200: idAnswer, 201: idAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { from_crew_id: fromCrewId, to_crew_id: toCrewId, direction } = ctx.body;
          const wanted = { workspaceId: ctx.workspace.id, fromCrewId, toCrewId, direction };
          const { id, isNew } = await connectCrews(tx, wanted, ctx.actor);
          return isNew ? created({ id }) : ok({ id });
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/crew-connections/:connectionId',
      operationId: 'disconnectCrews',
      summary: 'End a connection between crews',
      tags,
      authority: create,
      params: z.object({ connectionId: idField }),
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await disconnectCrews(tx, ctx.params.connectionId, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
