import { z } from 'zod';
import { grantTrust, revokeTrust } from '../../../commands/engine/approvals/trust-grants.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { listTrustGrants } from '../../../db/people/approvals/trust-grants-store.ts';
import type { Principal } from '../../../domain/kernel/access/authority.ts';
import { DECIDE_SCOPE, howDecides } from '../../../domain/people/approvals/deciding.ts';
import {
  LONGEST_TRUST_SECONDS,
  MOST_TRUSTED_USES,
  TRUSTED_KINDS,
} from '../../../domain/people/approvals/trust-grant.ts';
import { idField, nameField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const trustGrant = z.object({
  id: z.string(),
  crew_id: z.string(),
  agent_id: z.string().nullable().describe('null: all agents of the crew'),
  kind: z.enum(TRUSTED_KINDS),
  tool: z.string().nullable().describe('null: any'),
  max_uses: z.int(),
  used: z.int(),
  max_cost_usd: z.string().nullable(),
  reason: z.string(),
  status: z.enum(['live', 'used_up', 'expired', 'revoked']),
  expires_at: timeField,
  created_by: z.string().nullable(),
  created_at: timeField,
  revoked_at: timeField.nullable(),
  revoked_by: z.string().nullable(),
});

const newGrantBody = z.strictObject({
  crew_id: idField,
  agent_id: idField.nullable().default(null),
  kind: z.enum(TRUSTED_KINDS),
  tool: z.string().min(1).max(128).nullable().default(null).describe('as the payload names it'),
  max_uses: z.int().min(1).max(MOST_TRUSTED_USES),
  max_cost_usd: z.number().min(0).max(100_000).nullable().default(null).describe('of one action, as it is estimated'),
  expires_in_seconds: z.int().min(60).max(LONGEST_TRUST_SECONDS),
  reason: nameField(1, 500),
});

function trusteeOf(principal: Principal) {
  return { userId: principal.userId, how: howDecides(principal) };
}

/** What people trust agents with for a while: docs/contracts/escalations-and-approvals.md, Trust. */
export function createTrustGrantRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const tags = ['Approvals'];
  const decide = { access: 'member', action: 'manage', scope: DECIDE_SCOPE } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/trust-grants',
      operationId: 'listTrustGrants',
      summary: 'List what agents are trusted with, newest first',
      tags,
      authority: { access: 'member', action: 'read', scope: 'escalations:read' },
      query: z.object({
        workspace_id: idField.optional(),
        crew_id: idField.optional(),
        live: z.enum(['true', 'false']).default('false').describe('only those that count now'),
        ...pageQuery({ defaultLimit: 50 }),
      }),
      responses: { 200: z.array(trustGrant) },
      handler: async (ctx) => {
        const filter = { crewId: ctx.query.crew_id, isLive: ctx.query.live === 'true' };
        const page = await listTrustGrants(deps.database.reads, ctx.workspace.id, filter, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/trust-grants',
      operationId: 'grantTrust',
      summary: 'Trust agents with actions of a kind, so many and for so long',
      description:
        'Who may decide approvals may grant it: a person who signed in, or a token with the scope ' +
        '`approvals:decide`. What takes two people is never granted.',
      tags,
      authority: decide,
      body: newGrantBody,
      responses: { 201: trustGrant },
      errors: ['not_found', 'limit_reached', 'interactive_required'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { crew_id: crewId, max_cost_usd: maxCostUsd, expires_in_seconds: seconds, ...grant } = ctx.body;
          const asked = { ...grant, workspaceId: ctx.workspace.id, crewId, maxCostUsd, seconds };
          return created(await grantTrust(tx, asked, trusteeOf(ctx.principal), ctx.actor));
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/trust-grants/:grantId',
      operationId: 'revokeTrust',
      summary: 'End a grant before its time',
      description: 'One that is over is a 409 with `current_status`.',
      tags,
      authority: decide,
      params: z.object({ grantId: idField }),
      responses: { 200: trustGrant },
      errors: ['wrong_state', 'interactive_required'],
      handler: (ctx) =>
        ctx.write(async (tx) =>
          ok(await revokeTrust(tx, ctx.workspace.id, ctx.params.grantId, trusteeOf(ctx.principal), ctx.actor)),
        ),
    }),
  ];
}
