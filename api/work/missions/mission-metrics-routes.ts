import type { Database } from '../../../db/kernel/database.ts';
import { readMissionMetrics } from '../../../db/work/missions/mission-metrics.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { metricsAnswer, metricsQuery } from './mission-action-schemas.ts';

/** Figures of a workspace's missions: docs/contracts/missions.md, Metrics. */
export function createMissionMetricsRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/mission-metrics',
      operationId: 'getMissionMetrics',
      summary: 'Count missions and tasks, and what the last 24 hours brought',
      tags: ['Missions'],
      authority: { access: 'member', action: 'read', scope: 'missions:read' },
      query: metricsQuery,
      responses: { 200: metricsAnswer },
      handler: async (ctx) => ok(await readMissionMetrics(deps.database.reads, ctx.workspace.id)),
    }),
  ];
}
