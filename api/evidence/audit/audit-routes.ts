import { pageHeaders } from '../../http/kernel/pagination.ts';
import { decodeCursor, encodeCursor } from '../journal/journal-schemas.ts';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { AUDIT_DEPTH, countAudit, listAudit } from '../../../db/evidence/audit/list-audit.ts';
import { AUDIT_SOURCES, type AuditFilter } from '../../../domain/evidence/audit/audit.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { idField, momentField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { auditCsv } from './audit-csv.ts';

const EXPORT_PAGE = 500;

const filterFields = {
  action: z.string().min(1).max(100).optional().describe('type of the journal entry, as member.role_change'),
  entity_type: z.string().min(1).max(64).optional(),
  entity_id: z.string().min(1).max(128).optional(),
  user_id: idField.optional(),
  date_from: momentField.optional(),
  date_to: momentField.optional().describe('before this moment'),
  search: z.string().trim().min(2).max(100).optional().describe('in the summary, the action or the id'),
  source: z.enum(AUDIT_SOURCES).optional(),
};
const exportQuery = z.object(filterFields);
const listQuery = z.object({
  ...filterFields,
  page: z.coerce.number().int().min(1).max(AUDIT_DEPTH).default(1),
  cursor: z.string().max(256).optional().describe('from `Link` of the page before, in place of `page`'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const auditRow = z.object({
  id: z.string(),
  workspace_id: z.string(),
  user_id: z.string().nullable(),
  action: z.string(),
  entity_type: z.string().nullable(),
  entity_id: z.string().nullable(),
  summary: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
  auth_method: z.string().nullable(),
  request_id: z.string().nullable(),
  created_at: timeField,
  user_email: z.string().nullable().describe('null also for who is no member any more'),
  user_name: z.string().nullable(),
});

const listAnswer = z.object({
  data: z.array(auditRow),
  pagination: z.object({
    page: z.int(),
    limit: z.int(),
    total: z.int().describe(`at most ${AUDIT_DEPTH}`),
    total_pages: z.int(),
  }),
});

function toFilter(query: z.output<typeof exportQuery>): AuditFilter {
  return {
    action: query.action,
    entityType: query.entity_type,
    entityId: query.entity_id,
    userId: query.user_id,
    from: query.date_from,
    until: query.date_to,
    search: query.search,
    source: query.source,
  };
}

export const CSV_HEADERS = {
  'content-type': 'text/csv; charset=utf-8',
  'content-disposition': 'attachment; filename="audit.csv"',
};

/** The newest that match, as they are when each page is read. */
export function csvOf(reads: ReadPool, workspaceId: string, filter: AuditFilter): Readable {
  return auditCsv(async (after, count) => {
    const limit = Math.min(EXPORT_PAGE, AUDIT_DEPTH - count);
    if (limit <= 0) return [];
    const cursor = after === null ? null : { ts: after.created_at, id: after.id };
    return listAudit(reads, workspaceId, filter, { limit, cursor });
  });
}

/** What people did in a workspace: docs/contracts/people.md, Audit. */
export function createAuditRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Audit'];
  const authority = { access: 'member', action: 'manage', scope: 'journal:read' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/audit',
      operationId: 'listAudit',
      summary: 'List what people did, newest first',
      description:
        'A view of the journal: what people and the keeper did, from where and with what. The newest 10,000 that ' +
        'match are counted and paged through; narrow the dates for older ones.',
      tags,
      authority,
      query: listQuery,
      responses: { 200: listAnswer },
      handler: async (ctx) => {
        const { page, limit } = ctx.query;
        const cursor = decodeCursor(ctx.query.cursor);
        if (page * limit > AUDIT_DEPTH) throw invalidField('page', `must end within the newest ${AUDIT_DEPTH} entries`);
        const filter = toFilter(ctx.query);
        const [data, total] = await Promise.all([
          listAudit(
            reads,
            ctx.workspace.id,
            filter,
            cursor === null ? { limit, offset: (page - 1) * limit } : { limit, cursor },
          ),
          countAudit(reads, ctx.workspace.id, filter),
        ]);
        const last = data.length === limit ? data.at(-1) : undefined;
        const next = last === undefined ? null : encodeCursor({ ts: last.created_at, id: last.id });
        const slice = { limit, offset: (page - 1) * limit, cursor: ctx.query.cursor };
        const body = { data, pagination: { page, limit, total, total_pages: Math.ceil(total / limit) } };
        return ok(body, pageHeaders(ctx.request.url, slice, { total, next }));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/audit/export.csv',
      operationId: 'exportAudit',
      summary: 'What people did as CSV, newest first',
      description: 'The newest 10,000 that match, with a header line. No cell begins as a formula does.',
      tags,
      authority,
      query: exportQuery,
      contentType: 'text/csv',
      responses: { 200: z.unknown() },
      handler: (ctx) => {
        const filter = toFilter(ctx.query);
        const workspaceId = ctx.workspace.id;
        return ok(csvOf(reads, workspaceId, filter), CSV_HEADERS);
      },
    }),
  ];
}
