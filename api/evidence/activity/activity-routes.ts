import { z } from 'zod';
import { ACTIVITY_TYPES, type Activity, listActivity } from '../../../db/evidence/activity/list-activity.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const activityQuery = z.object({
  workspace_id: idField.optional(),
  crew_id: idField.optional(),
  ...pageQuery({ defaultLimit: 50 }),
});

const activityAnswer = z.object({
  id: z.string(),
  type: z.enum(ACTIVITY_TYPES),
  crew_id: z.string().nullable(),
  mission_id: z.string().nullable(),
  agent_id: z.string().nullable(),
  from: z.string().nullable().describe('slug of the agent that speaks'),
  to: z.string().nullable().describe('slug of the agent that is spoken to; null: people'),
  summary: z.string(),
  status: z.string().nullable(),
  created_at: timeField,
});

/** What agents have to do with each other and with people: docs/contracts/missions.md, Activity. */
export function createActivityRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/activity',
      operationId: 'listActivity',
      summary: 'Assignments, peer conversations and escalations across crews, newest first',
      description: 'A crew of another workspace, like one that does not exist, has no activity.',
      tags: ['Activity'],
      authority: { access: 'member', action: 'read', scope: 'journal:read' },
      query: activityQuery,
      responses: { 200: z.array(activityAnswer) },
      handler: async (ctx) => {
        const filter = { crewId: ctx.query.crew_id ?? null };
        const page = await listActivity(deps.database.reads, ctx.workspace.id, filter, ctx.query);
        return ok(
          page.rows.map((item: Activity) => ({ ...item })),
          pageHeaders(ctx.request.url, ctx.query, page),
        );
      },
    }),
  ];
}
