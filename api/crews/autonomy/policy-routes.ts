import { z } from 'zod';
import { setCrewPolicy } from '../../../commands/engine/crews/crew-policy.ts';
import { getCrewPolicy, listCrewPolicies } from '../../../db/crews/autonomy/crew-policies-store.ts';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { AUTONOMY_LEVELS, refuseRaising } from '../../../domain/crews/autonomy/autonomy.ts';
import { BEHAVIOR_MODES } from '../../../domain/crews/autonomy/crew-policy.ts';
import { clearableField, idField, refField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const policy = z.object({
  crew_id: z.string(),
  autonomy_level: z.enum(AUTONOMY_LEVELS),
  behavior_mode: z.enum(BEHAVIOR_MODES),
  set_by_user_id: z.string().nullable(),
  set_at: timeField.nullable(),
  reason: z.string().nullable(),
});

const policyBody = z
  .strictObject({
    autonomy_level: z.enum(AUTONOMY_LEVELS),
    behavior_mode: z.enum(BEHAVIOR_MODES),
    reason: clearableField(500).default(null).describe('required for full'),
  })
  .refine(({ autonomy_level: level, reason }) => level !== 'full' || reason !== null, {
    path: ['reason'],
    message: 'is required for full',
  })
  .refine(({ autonomy_level: level, behavior_mode: mode }) => level !== 'full' || mode !== 'block', {
    path: ['behavior_mode'],
    message: 'is not block with full',
  });

/** How much crews' agents may do by themselves: docs/contracts/crews-and-agents.md, Autonomy. */
export function createPolicyRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Crews'];
  const read = { access: 'member', action: 'read', scope: 'crews:read' } as const;
  const params = z.object({ crewId: refField });

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/policies',
      operationId: 'listCrewPolicies',
      summary: 'List the policies of all crews, by the crews’ names',
      tags,
      authority: read,
      query: z.object({ workspace_id: idField.optional(), ...pageQuery({ defaultLimit: 50 }) }),
      responses: { 200: z.array(policy.extend({ crew_name: z.string() })) },
      handler: async (ctx) => {
        const page = await listCrewPolicies(reads, ctx.workspace.id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/crews/:crewId/policy',
      operationId: 'getCrewPolicy',
      summary: 'Get how much a crew’s agents may do by themselves',
      tags,
      authority: read,
      params,
      responses: { 200: policy },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ok(await getCrewPolicy(reads, ctx.workspace.id, id));
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/v1/crews/:crewId/policy',
      operationId: 'setCrewPolicy',
      summary: 'Say how much a crew’s agents may do by themselves',
      description: 'Raising it takes ADMIN. What agents do next is judged by it.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'crews:write' },
      params,
      body: policyBody,
      responses: { 200: policy },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const { role } = ctx.workspace;
        return ctx.write(async (tx) =>
          ok(
            await setCrewPolicy(tx, id, ctx.body, {
              userId: ctx.principal.userId,
              actor: ctx.actor,
              refuse: (current) => refuseRaising(current.autonomy_level, ctx.body.autonomy_level, role),
            }),
          ),
        );
      },
    }),
  ];
}
