import { z } from 'zod';
import { listCrewNames } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

/** What crews know of each other: docs/contracts/internal-ipc.md, Agents and crews. */
export function createInternalCrewRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/crews',
      operationId: 'discoverCrews',
      summary: 'List the workspace’s crews by name',
      tags,
      authority,
      responses: { 200: z.array(z.object({ id: z.string(), name: z.string(), slug: z.string() })) },
      handler: async (ctx) => ok([...(await listCrewNames(reads, ctx.principal.workspace.id))]),
    }),
  ];
}
