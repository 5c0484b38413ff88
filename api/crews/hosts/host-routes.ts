import { z } from 'zod';
import { getHostIn, listHosts } from '../../../db/crews/hosts/list-hosts.ts';
import { setHostStatus } from '../../../commands/engine/hosts/set-host-status.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const hostAnswer = z.object({
  id: z.string(),
  status: z.enum(['up', 'draining', 'lost']).describe('draining: crews that have it keep it, and none is given it'),
  live: z.boolean().describe('its worker was heard from lately'),
  architecture: z.string(),
  engine_version: z.string(),
  crews: z.int().describe('how many crews have it'),
  slots: z.object({ capacity: z.int(), in_use: z.int() }),
  disk: z
    .object({
      total_bytes: z.int(),
      free_bytes: z.int(),
      low: z.boolean().describe('no attempt begins until there is room'),
      quotas: z.boolean().describe('the file system keeps quotas of projects'),
    })
    .nullable()
    .describe('the file system of the host’s data; null: not known yet'),
  disk_bytes: z.int().describe('what crews take of it, as far as it was measured'),
  last_heartbeat_at: timeField,
  created_at: timeField,
});

/** Docker hosts. They belong to the instance, not to a workspace. */
export function createHostRoutes(deps: { readonly database: Pick<Database, 'systemReads'> }): Route[] {
  const common = { tags: ['Hosts'], authority: { access: 'operator' } } as const;
  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: '/api/v1/hosts',
      operationId: 'listHosts',
      summary: 'List Docker hosts',
      responses: { 200: z.array(hostAnswer) },
      handler: async () => ok(await listHosts(deps.database.systemReads)),
    }),
    defineRoute({
      ...common,
      method: 'PATCH',
      url: '/api/v1/hosts/:hostId',
      operationId: 'updateHost',
      summary: 'Keep a Docker host from being given crews, or end that',
      description:
        'Crews that have a draining host keep it until they are moved. A host that is lost is up again when it is ' +
        'heard of: 409 until then.',
      params: z.object({ hostId: idField }),
      body: z.strictObject({ status: z.enum(['up', 'draining']) }),
      responses: { 200: hostAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await setHostStatus(tx, ctx.params.hostId, ctx.body.status, ctx.actor);
          return ok(await getHostIn(tx, ctx.params.hostId));
        }),
    }),
  ];
}
