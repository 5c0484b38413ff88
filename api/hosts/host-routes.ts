import { z } from 'zod';
import { listHosts } from '../../db/hosts/list-hosts.ts';
import type { Database } from '../../db/kernel/database.ts';
import { timeField } from '../kernel/fields.ts';
import { defineRoute, ok, type Route } from '../kernel/route.ts';

const hostAnswer = z.object({
  id: z.string(),
  status: z.enum(['up', 'draining', 'lost']),
  live: z.boolean().describe('its worker was heard from lately'),
  architecture: z.string(),
  engine_version: z.string(),
  slots: z.object({ capacity: z.int(), in_use: z.int() }),
  last_heartbeat_at: timeField,
  created_at: timeField,
});

/** Docker hosts. They belong to the instance, not to a workspace. */
export function createHostRoutes(deps: { readonly database: Pick<Database, 'systemReads'> }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/hosts',
      operationId: 'listHosts',
      summary: 'List Docker hosts',
      tags: ['Hosts'],
      authority: { access: 'operator' },
      responses: { 200: z.array(hostAnswer) },
      handler: async () => ok(await listHosts(deps.database.systemReads)),
    }),
  ];
}
