import { z } from 'zod';
import { listCrewConnections } from '../../../db/crews/crews/list-crew-connections.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { connectionAnswer } from './crew-connection-routes.ts';

/** What crews know of their connections: docs/contracts/internal-ipc.md, Agents and crews. */
export function createInternalCrewConnectionRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/crew-connections',
      operationId: 'discoverCrewConnections',
      summary: 'List this crew’s connections',
      tags,
      authority,
      responses: { 200: z.array(connectionAnswer) },
      handler: async (ctx) => {
        const { workspace, crewId } = ctx.principal;
        const page = await listCrewConnections(reads, workspace.id, { crewId }, { limit: 1_000, offset: 0 });
        return ok([...page.rows]);
      },
    }),
  ];
}
