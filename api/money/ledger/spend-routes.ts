import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  spendByAgent,
  spendByCrew,
  spendByMission,
  subscriptionCalls,
  topSpenders,
} from '../../../db/money/ledger/spend-queries.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  byAgentAnswer,
  byCrewAnswer,
  byMissionAnswer,
  crewParams,
  limitOf,
  missionParams,
  shown,
  spendQuery,
  subscriptionsAnswer,
  topQuery,
  topSpendersAnswer,
  windowOf,
} from './spend-schemas.ts';

/** What was spent: docs/contracts/ledger.md, Spend. Metered calls only, but for the plans’ own list. */
export function createSpendRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Paymaster'];
  const authority = { access: 'member', action: 'read', scope: 'paymaster:read' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/paymaster/spend/by-crew',
      operationId: 'getSpendByCrew',
      summary: 'What each crew spent in a window; 24 hours without one',
      tags,
      authority,
      query: spendQuery,
      responses: { 200: byCrewAnswer },
      handler: async (ctx) => {
        const window = windowOf(ctx.query, '24h');
        return ok({ rows: await spendByCrew(reads, ctx.workspace.id, window), ...shown(window) });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/paymaster/spend/by-agent/:crewId',
      operationId: 'getSpendByAgent',
      summary: 'What each agent spent for a crew in a window; 24 hours without one',
      tags,
      authority,
      params: crewParams,
      query: spendQuery,
      responses: { 200: byAgentAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const window = windowOf(ctx.query, '24h');
        return ok({ rows: await spendByAgent(reads, ctx.workspace.id, id, window), crew_id: id, ...shown(window) });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/paymaster/spend/by-mission/:missionId',
      operationId: 'getSpendByMission',
      summary: 'What a mission has spent in its whole life',
      tags,
      authority,
      params: missionParams,
      responses: { 200: byMissionAnswer },
      handler: async (ctx) => {
        const row = await spendByMission(reads, ctx.workspace.id, ctx.params.missionId);
        return ok({ row, mission_id: row.mission_id });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/paymaster/top-spenders',
      operationId: 'getTopSpenders',
      summary: 'The agents that spent most; in 24 hours without a window',
      tags,
      authority,
      query: topQuery,
      responses: { 200: topSpendersAnswer },
      handler: async (ctx) => {
        const window = windowOf(ctx.query, '24h');
        const limit = limitOf(ctx.query.limit);
        const rows = await topSpenders(reads, ctx.workspace.id, window, limit);
        return ok({
          rows: rows.map((row) => ({ scope_kind: 'agent' as const, ...row })),
          limit,
          since: window.since,
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/paymaster/subscriptions',
      operationId: 'getSubscriptionUse',
      summary: 'Calls under plans, which cost no money; of 30 days without a window',
      tags,
      authority,
      query: spendQuery,
      responses: { 200: subscriptionsAnswer },
      handler: async (ctx) => {
        const window = windowOf(ctx.query, '30d');
        return ok({ rows: await subscriptionCalls(reads, ctx.workspace.id, window), ...shown(window) });
      },
    }),
  ];
}
