import { Readable } from 'node:stream';
import { z } from 'zod';
import { cancelEval, requestEval } from '../../../commands/evidence/eval/eval-commands.ts';
import { getEvalFindings, getEvalRun, getEvalRunIn, listEvalRuns } from '../../../db/evidence/eval/eval-runs-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { evalJob } from '../../../domain/evidence/eval/eval-job.ts';
import { type EvalReport, junitReport, markdownReport } from '../../../domain/evidence/eval/eval-report.ts';
import type { Step } from '../../../domain/evidence/eval/trajectory.ts';
import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { readThresholds } from './read-thresholds.ts';
import {
  evalListAnswer,
  evalListQuery,
  evalParams,
  evalQueuedAnswer,
  evalReportAnswer,
  evalRunAnswer,
  regressionBody,
  replayBody,
} from './eval-schemas.ts';

const shownStep = (step: Step | null) =>
  step === null ? null : { entry_id: step.entryId, ts: step.ts, type: step.type, tool: step.tool };

function jsonReport({ run, findings }: EvalReport): z.input<typeof evalReportAnswer> {
  const { thresholds, measured, comparison, divergence } = findings;
  return {
    run,
    thresholds: {
      tool_success_drop: thresholds.toolSuccessDrop,
      steps_rise: thresholds.stepsRise,
      cost_rise: thresholds.costRise,
      hallucinations_rise: thresholds.hallucinationsRise,
    },
    mission: (measured.mission as z.input<typeof evalReportAnswer>['mission'] | undefined) ?? null,
    baseline: (measured.baseline as z.input<typeof evalReportAnswer>['mission'] | undefined) ?? null,
    candidate: (measured.candidate as z.input<typeof evalReportAnswer>['mission'] | undefined) ?? null,
    comparison: comparison === null ? null : [...comparison.metrics],
    divergence:
      divergence === null
        ? null
        : {
            step: divergence.step,
            baseline: shownStep(divergence.baseline),
            candidate: shownStep(divergence.candidate),
          },
  };
}

/** What missions did, computed from their journal: docs/contracts/eval.md. */
export function createEvalRoutes(deps: { readonly database: Pick<Database, 'reads' | 'systemReads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Eval'];
  const withoutWorkspace = 'unauthenticated';
  const read = { access: 'member', action: 'read', scope: 'eval:read', withoutWorkspace } as const;
  const write = { access: 'member', action: 'manage', scope: 'eval:write', withoutWorkspace } as const;

  /** Throws `wrong_state` for one that is not over. */
  async function reportOf(workspaceId: string, id: string): Promise<EvalReport> {
    const report = await getEvalFindings(reads, workspaceId, id);
    const { status } = report.run;
    if (status === 'completed' || status === 'failed') return report;
    throw wrongState('eval run', status);
  }

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/eval/replay',
      operationId: 'replayMission',
      summary: 'Compute what a mission did, from its journal',
      description: 'Read how far it is at `GET /eval/runs/{id}`. A mission that has not ended is a failed evaluation.',
      tags,
      authority: write,
      body: replayBody,
      responses: { 202: evalQueuedAnswer },
      errors: ['not_found', 'limit_reached'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const thresholds = await readThresholds(deps.database, workspaceId);
        const { mission_id: missionId, seed, generation = null } = ctx.body;
        return ctx.write(async (tx) => {
          const { id } = await requestEval(tx, {
            ...{ workspaceId, jobKind: evalJob, kind: 'replay', actor: ctx.actor, thresholds, seed },
            ...{ mission: { missionId, generation }, baseline: null },
          });
          return accepted({ run_id: id, status: 'queued' as const });
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/eval/regression',
      operationId: 'compareMissions',
      summary: 'Compute whether a mission is worse than another',
      description: 'By the thresholds that the workspace has now.',
      tags,
      authority: write,
      body: regressionBody,
      responses: { 202: evalQueuedAnswer },
      errors: ['not_found', 'limit_reached'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const thresholds = await readThresholds(deps.database, workspaceId);
        const { body } = ctx;
        return ctx.write(async (tx) => {
          const { id } = await requestEval(tx, {
            ...{ workspaceId, jobKind: evalJob, kind: 'regression', actor: ctx.actor, thresholds, seed: 0 },
            mission: { missionId: body.candidate_mission_id, generation: body.candidate_generation ?? null },
            baseline: { missionId: body.baseline_mission_id, generation: body.baseline_generation ?? null },
          });
          return accepted({ run_id: id, status: 'queued' as const });
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/runs',
      operationId: 'listEvalRuns',
      summary: 'List evaluations, newest first',
      tags,
      authority: read,
      query: evalListQuery,
      responses: { 200: evalListAnswer },
      handler: async (ctx) => {
        const page = await listEvalRuns(reads, ctx.workspace.id, ctx.query);
        const { rows } = page;
        const headers = pageHeaders(ctx.request.url, ctx.query, page);
        return ok({ rows: [...rows], count: rows.length, limit: ctx.query.limit }, headers);
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/runs/:evalRunId',
      operationId: 'getEvalRun',
      summary: 'Get an evaluation',
      tags,
      authority: read,
      params: evalParams,
      responses: { 200: evalRunAnswer },
      handler: async (ctx) => ok(await getEvalRun(reads, ctx.workspace.id, ctx.params.evalRunId)),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/eval/runs/:evalRunId/cancel',
      operationId: 'cancelEvalRun',
      summary: 'Cancel an evaluation',
      description: 'It has failed with the text `cancelled` when nothing of it goes on. 409 once it is over.',
      tags,
      authority: write,
      params: evalParams,
      responses: { 202: evalRunAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await cancelEval(tx, ctx.workspace.id, ctx.params.evalRunId, ctx.actor);
          return accepted(await getEvalRunIn(tx, ctx.workspace.id, ctx.params.evalRunId));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/runs/:evalRunId/report',
      operationId: 'getEvalReport',
      summary: 'Get all that an evaluation found',
      tags,
      authority: read,
      params: evalParams,
      responses: { 200: evalReportAnswer },
      errors: ['wrong_state'],
      handler: async (ctx) => ok(jsonReport(await reportOf(ctx.workspace.id, ctx.params.evalRunId))),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/runs/:evalRunId/report.md',
      operationId: 'getEvalReportMarkdown',
      summary: 'Get what an evaluation found as Markdown',
      tags,
      authority: read,
      params: evalParams,
      responses: { 200: z.unknown() },
      contentType: 'text/markdown',
      errors: ['wrong_state'],
      handler: async (ctx) => {
        const text = markdownReport(await reportOf(ctx.workspace.id, ctx.params.evalRunId));
        return ok(Readable.from([text]), { 'content-type': 'text/markdown; charset=utf-8' });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/runs/:evalRunId/report.xml',
      operationId: 'getEvalReportJunit',
      summary: 'Get what an evaluation found as JUnit XML',
      tags,
      authority: read,
      params: evalParams,
      responses: { 200: z.unknown() },
      contentType: 'application/xml',
      errors: ['wrong_state'],
      handler: async (ctx) => {
        const text = junitReport(await reportOf(ctx.workspace.id, ctx.params.evalRunId));
        return ok(Readable.from([text]), { 'content-type': 'application/xml; charset=utf-8' });
      },
    }),
  ];
}
