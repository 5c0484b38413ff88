import { z } from 'zod';
import { readCrewDisk } from '../../../db/crews/crew-data/read-crew-disk.ts';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { refField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const size = { disk_bytes: z.int().nullable().describe('null: not measured yet'), measured_at: timeField.nullable() };

const diskAnswer = z.object({
  ...size,
  hosts: z
    .array(z.object({ host_id: z.string(), ...size, over_limit: z.boolean() }))
    .describe('those that keep something of it: its own, and those that it was moved from'),
  largest_runs: z.array(z.object({ run_id: z.string(), disk_bytes: z.int() })).describe('the twenty that take most'),
});

/** What crews take on their hosts' disks: docs/contracts/crews-and-agents.md, Data. */
export function createCrewDataRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/crews/:crewId/disk',
      operationId: 'getCrewDisk',
      summary: 'Get what a crew takes on its host’s disk',
      description:
        'Directories and volumes, as the host measured them last: every five minutes while the crew is at work, and ' +
        'once a day.',
      tags: ['Crews'],
      authority: { access: 'member', action: 'read', scope: 'crews:read' },
      params: z.object({ crewId: refField }),
      responses: { 200: diskAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ok(await readCrewDisk(reads, ctx.workspace.id, id));
      },
    }),
  ];
}
