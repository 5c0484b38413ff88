import { z } from 'zod';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { revokeExposure } from '../../../commands/engine/ports/port-exposure-commands.ts';
import { EXPOSURE_STATUSES } from '../../../domain/crews/ports/port-exposure.ts';
import { clearableField, idField, optionalBody, refField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { listExposures, type PortExposure } from '../../../db/crews/ports/list-exposures.ts';

const exposureAnswer = z.object({
  id: z.string(),
  crew_id: z.string(),
  agent_id: z.string(),
  chat_id: z.string().nullable(),
  port: z.int(),
  description: z.string().nullable(),
  status: z.enum(EXPOSURE_STATUSES),
  expires_at: timeField,
  first_accessed_at: timeField.nullable(),
  revoked_at: timeField.nullable(),
  revoked_by: z.string().nullable(),
  revoke_reason: z.string().nullable(),
  created_at: timeField,
});

const toAnswer = ({ workspace_id: _workspaceId, ...row }: PortExposure): z.input<typeof exposureAnswer> => row;

const exposuresQuery = z.object({
  workspace_id: idField.optional(),
  status: z.enum(EXPOSURE_STATUSES).optional(),
  ...pageQuery({ defaultLimit: 100 }),
});

/** Ports that crews have open to the outside: docs/contracts/internal-ipc.md, Ports. */
export function createPortExposeRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Crews'];
  const url = '/api/v1/crews/:crewId/port-expose';

  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listPortExposures',
      summary: 'List the ports that agents of a crew have exposed, newest first',
      description: 'Their addresses were shown once, to the agent.',
      tags,
      authority: { access: 'member', action: 'read', scope: 'crews:read' },
      params: z.object({ crewId: refField }),
      query: exposuresQuery,
      responses: { 200: z.array(exposureAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const page = await listExposures(reads, ctx.workspace.id, id, ctx.query.status ?? null, ctx.query);
        return ok(page.rows.map(toAnswer), pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${url}/:exposureId/revoke`,
      operationId: 'revokePortExposure',
      summary: 'Close an exposed port: its address leads nowhere, and what is under way is cut',
      description: 'One that is closed or past its time is a 409 with `current_status`.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'crews:write' },
      params: z.object({ crewId: refField, exposureId: idField }),
      body: optionalBody(z.strictObject({ reason: clearableField(500).default(null) })),
      responses: { 200: exposureAnswer },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: async (ctx) => {
        const { id: crewId } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ctx.write(async (tx) => {
          const by = { userId: ctx.principal.userId, reason: ctx.body?.reason ?? null };
          const of = { crewId, exposureId: ctx.params.exposureId };
          return ok(toAnswer(await revokeExposure(tx, of, by, ctx.actor)));
        });
      },
    }),
  ];
}
