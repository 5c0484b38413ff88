import { z } from 'zod';
import { listInbox } from '../../../db/people/inbox/inbox-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const inboxItem = z.object({
  id: z.string(),
  type: z.string(),
  subject_type: z.string(),
  subject_id: z.string(),
  crew_id: z.string().nullable(),
  audience_role: z.enum(ROLES).describe('the lowest role that it is for'),
  blocking: z.boolean().describe('it leaves only when what it is about is settled'),
  created_at: timeField,
});

/** What the people of a role should see to. */
export function createInboxRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/inbox',
      operationId: 'listInbox',
      summary: 'List what waits for people of the caller’s role, newest first',
      tags: ['Approvals'],
      authority: { access: 'member', action: 'read', scope: 'escalations:read' },
      query: z.object({ workspace_id: idField.optional(), ...pageQuery({ defaultLimit: 50 }) }),
      responses: { 200: z.array(inboxItem) },
      handler: async (ctx) => {
        const page = await listInbox(deps.database.reads, ctx.workspace.id, ctx.workspace.role, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
  ];
}
