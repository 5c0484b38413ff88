import { z } from 'zod';
import { listAudit } from '../../../db/evidence/audit/list-audit.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { AUDIT_ACTORS, type AuditFilter } from '../../../domain/evidence/audit/audit.ts';
import { idField, momentField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { decodeCursor, encodeCursor } from '../journal/journal-schemas.ts';
import { auditRow, CSV_HEADERS, csvOf } from './audit-routes.ts';

const filterFields = {
  actor_type: z.enum(AUDIT_ACTORS).optional(),
  user_id: idField.optional(),
  action: z.string().min(1).max(100).optional().describe('type of the journal entry, as member.role_change'),
  entity_type: z.string().min(1).max(64).optional(),
  entity_id: z.string().min(1).max(128).optional(),
  api_key_id: idField.optional().describe('the API key that it was done with'),
  from: momentField.optional(),
  to: momentField.optional().describe('before this moment'),
  q: z.string().trim().min(2).max(200).optional().describe('in the summary, the action or the id'),
};
const exportQuery = z.object(filterFields);
const listQuery = z.object({
  ...filterFields,
  cursor: z.string().max(256).optional().describe('`next_cursor` of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const listAnswer = z.object({
  items: z.array(
    auditRow.omit({ workspace_id: true }).extend({
      actor_type: z.enum(AUDIT_ACTORS),
      api_key_id: z.string().nullable().describe('of the API key that it was done with'),
    }),
  ),
  next_cursor: z.string().nullable().describe('null: this is the last page'),
});

function toFilter(query: z.output<typeof exportQuery>): AuditFilter {
  return {
    actorType: query.actor_type,
    userId: query.user_id,
    action: query.action,
    entityType: query.entity_type,
    entityId: query.entity_id,
    apiKeyId: query.api_key_id,
    from: query.from,
    until: query.to,
    search: query.q,
  };
}

/** The audit without an end, page after page: docs/contracts/people.md, Audit. */
export function createAuditEventRoutes(deps: { readonly database: Pick<Database, 'reads' | 'transaction'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Audit'];
  const authority = { access: 'member', action: 'manage', scope: 'journal:read' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/audit/events',
      operationId: 'listAuditEvents',
      summary: 'List what people did, newest first, as far back as one reads',
      tags,
      authority,
      query: listQuery,
      responses: { 200: listAnswer },
      handler: async (ctx) => {
        const { limit } = ctx.query;
        const cursor = decodeCursor(ctx.query.cursor);
        const found = await listAudit(reads, ctx.workspace.id, toFilter(ctx.query), { limit: limit + 1, cursor });
        const items = found.slice(0, limit);
        const last = items.at(-1);
        const more = found.length > limit && last !== undefined;
        return ok({ items, next_cursor: more ? encodeCursor({ ts: last.created_at, id: last.id }) : null });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/audit/events/export.csv',
      operationId: 'exportAuditEvents',
      summary: 'The same as CSV',
      description:
        'The newest 10,000 that match, with a header line. No cell begins as a formula does. It is journalled.',
      tags,
      authority,
      query: exportQuery,
      contentType: 'text/csv',
      responses: { 200: z.unknown() },
      handler: async (ctx) => {
        const filter = toFilter(ctx.query);
        const workspaceId = ctx.workspace.id;
        const names = Object.keys(filterFields).filter(
          (name) => ctx.query[name as keyof typeof ctx.query] !== undefined,
        );
        if (ctx.request.method !== 'HEAD') {
          await deps.database.transaction({ workspaceIds: [workspaceId], requestId: ctx.requestId }, async (tx) =>
            tx.journal({
              type: 'audit.exported',
              severity: 'notice',
              actor: ctx.actor,
              workspaceId,
              targetType: 'workspace',
              targetId: workspaceId,
              summary: 'audit exported',
              payload: { filters: names },
            }),
          );
        }
        return ok(csvOf(reads, workspaceId, filter), CSV_HEADERS);
      },
    }),
  ];
}
