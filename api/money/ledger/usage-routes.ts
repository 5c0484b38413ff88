import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { MAX_GROUPS, summariseUsage, USAGE_GROUPS } from '../../../db/money/ledger/usage-summary.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { idField, momentField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const DAY_MS = 24 * 3_600_000;
const USUAL_DAYS = 30;
const MOST_DAYS = 366;

const usageQuery = z.object({
  workspace_id: idField.optional(),
  from: momentField.optional().describe(`RFC 3339; default: ${USUAL_DAYS} days before \`to\``),
  to: momentField.optional().describe(`RFC 3339, exclusive, at most ${MOST_DAYS} days after \`from\`; default: now`),
  group_by: z.enum(USAGE_GROUPS).default('day'),
});

const usage = {
  calls: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_usd: z.string().describe('US dollars, six decimals, as text: never a float'),
  cache_hits: z
    .int()
    .describe('calls whose answer was kept, or whose provider had at least half as much cached as it read'),
};

const usageAnswer = z.object({
  from: timeField,
  to: timeField,
  group_by: z.enum(USAGE_GROUPS),
  totals: z.object(usage),
  groups: z
    .array(
      z.object({
        key: z
          .string()
          .nullable()
          .describe('the UTC day, `provider/model`, an id or a purpose; null: calls of which none is known'),
        ...usage,
      }),
    )
    .describe(`days in their order, others from the most expensive; at most ${MAX_GROUPS}`),
});

/** What calls of models used, for those who manage a workspace: docs/contracts/ledger.md, Usage. */
export function createUsageRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/llm-usage/summary',
      operationId: 'getLlmUsageSummary',
      summary: 'Sum up calls of models by day, model, agent, user, project or purpose',
      description: 'All calls of the workspace, its agents’ and Crewship’s own, metered and under plans.',
      tags: ['Administration'],
      authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
      query: usageQuery,
      responses: { 200: usageAnswer },
      handler: async (ctx) => {
        const { group_by: groupBy } = ctx.query;
        const toMs = ctx.query.to === undefined ? Date.now() : Date.parse(ctx.query.to);
        const fromMs = ctx.query.from === undefined ? toMs - USUAL_DAYS * DAY_MS : Date.parse(ctx.query.from);
        if (fromMs >= toMs) throw invalidField('from', 'must be before to');
        if (toMs - fromMs > MOST_DAYS * DAY_MS) throw invalidField('from', `is more than ${MOST_DAYS} days before to`);
        const window = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
        const summary = await summariseUsage(deps.database.reads, ctx.workspace.id, { ...window, groupBy });
        return ok({ ...window, group_by: groupBy, ...summary });
      },
    }),
  ];
}
