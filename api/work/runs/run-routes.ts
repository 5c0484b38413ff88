import { nextCursor } from '../../../db/kernel/page.ts';
import { z } from 'zod';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { listArtifactsOfRun } from '../../../db/work/artifacts/artifacts-store.ts';
import { countRuns, getRun, listRuns, type RunViewer, runStats } from '../../../db/work/runs/list-runs.ts';
import type { Principal } from '../../../domain/kernel/access/authority.ts';
import { readRunInsights } from '../../../db/work/runs/run-insights.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  agentRunsParams,
  agentRunsQuery,
  insightsAnswer,
  insightsQuery,
  oneRunAnswer,
  runAnswer,
  runListAnswer,
  runListQuery,
  runParams,
} from './run-schemas.ts';

/** Whose eyes a request sees runs with. */
export function viewerOf(ctx: {
  readonly workspace: { readonly id: string };
  readonly principal: Principal;
}): RunViewer {
  return { workspaceId: ctx.workspace.id, userId: ctx.principal.userId };
}

/** Runs, read only: docs/contracts/missions.md, Runs. */
export function createRunRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Runs'];
  const authority = { access: 'member', action: 'read', scope: 'runs:read' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs',
      operationId: 'listRuns',
      summary: 'List agent runs, newest first, with the day’s figures',
      tags,
      authority,
      query: runListQuery,
      responses: { 200: runListAnswer },
      handler: async (ctx) => {
        const { limit, page } = ctx.query;
        const offset = page === undefined ? ctx.query.offset : (page - 1) * limit;
        const slice = { limit, offset, cursor: ctx.query.cursor };
        const filter = {
          agentId: ctx.query.agent_id,
          missionId: ctx.query.mission_id,
          status: ctx.query.status,
          triggerType: ctx.query.trigger,
          tag: ctx.query.tag,
        };
        const [runs, total, stats] = await Promise.all([
          listRuns(reads, viewerOf(ctx), filter, slice),
          countRuns(reads, viewerOf(ctx), filter),
          runStats(reads, ctx.workspace.id),
        ]);
        const pagination = {
          page: Math.floor(offset / limit) + 1,
          limit,
          total,
          total_pages: Math.ceil(total / limit),
        };
        const whole = { total, next: nextCursor(runs, slice) };
        return ok({ data: runs, stats, pagination }, pageHeaders(ctx.request.url, slice, whole));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/insights',
      operationId: 'getRunInsights',
      summary: 'Count runs of a window by outcome, trigger, model, crew and agent',
      tags,
      authority,
      query: insightsQuery,
      responses: { 200: insightsAnswer },
      handler: async (ctx) => {
        const { window } = ctx.query;
        const insights = await readRunInsights(reads, ctx.workspace.id, window);
        return ok({ window, ...insights });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/:runId',
      operationId: 'getRun',
      summary: 'Get a run',
      tags,
      authority,
      params: runParams,
      responses: { 200: oneRunAnswer },
      handler: async (ctx) => {
        const run = await getRun(reads, viewerOf(ctx), ctx.params.runId);
        return ok({ ...run, artifacts: [...(await listArtifactsOfRun(reads, run.workspace_id, run.id))] });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/agents/:agentId/runs',
      operationId: 'listAgentRuns',
      summary: 'List the runs of one agent, newest first',
      tags,
      authority,
      params: agentRunsParams,
      query: agentRunsQuery,
      responses: { 200: z.array(runAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const agent = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        const [runs, total] = await Promise.all([
          listRuns(reads, viewerOf(ctx), { agentId: agent.id }, ctx.query),
          countRuns(reads, viewerOf(ctx), { agentId: agent.id }),
        ]);
        return ok(runs, pageHeaders(ctx.request.url, ctx.query, { total, next: nextCursor(runs, ctx.query) }));
      },
    }),
  ];
}
