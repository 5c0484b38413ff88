import { moveGapFinding } from '../../../commands/evidence/gaps/gap-commands.ts';
import { createGapTask } from '../../../commands/evidence/gaps/create-gap-task.ts';
import { requestJob } from '../../../commands/engine/jobs/request-job.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import {
  getGapReport,
  listFindingsOfReport,
  listGapFindings,
  listGapReports,
} from '../../../db/evidence/gaps/gaps-store.ts';
import { readManagedTaskIn } from '../../../db/work/tasks/tasks-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { gapReportJob } from '../../../domain/evidence/gaps/gap-report-job.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { agentIdOf, readerOf } from '../../work/tasks/on-task.ts';
import { accepted, created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  findingAnswer,
  findingsAnswer,
  findingsQuery,
  findingStatusBody,
  gapFindingParams,
  gapTaskAnswer,
  gapTaskBody,
  gapReportParams,
  newReportBody,
  queuedReportAnswer,
  reportsAnswer,
  reportsQuery,
  toReportAnswer,
  wholeReportAnswer,
} from './gap-schemas.ts';

/** What agents could not do again and again: docs/contracts/capability-gaps.md. */
export function createGapRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Capability gaps'];
  const read = { access: 'member', action: 'read', scope: 'testing:read' } as const;
  const write = { access: 'member', action: 'create', scope: 'testing:write' } as const;
  const agentOf = async (workspaceId: string, ref: string | undefined) =>
    ref === undefined ? undefined : (await resolveAgent(reads, workspaceId, ref)).id;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/capability-gaps/reports',
      operationId: 'listGapReports',
      summary: 'List reports of capability gaps, newest first',
      tags,
      authority: read,
      query: reportsQuery,
      responses: { 200: reportsAnswer },
      handler: async (ctx) => {
        const { status, limit, offset } = ctx.query;
        const page = await listGapReports(reads, ctx.workspace.id, status, ctx.query);
        const body = { items: page.rows.map(toReportAnswer), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/capability-gaps/reports/run',
      operationId: 'runGapReport',
      summary: 'Make a report of capability gaps',
      description: 'A job. One of a workspace is made at a time: 409 with `reason` `running`.',
      tags,
      authority: write,
      body: newReportBody,
      responses: { 202: queuedReportAnswer },
      errors: ['not_found', 'conflict', 'ambiguous_reference', 'limit_reached'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const { agent: ref, from, to, min_evidence } = ctx.body ?? {};
        const agent = await agentOf(workspaceId, ref);
        const input = {
          ...{ min_evidence: min_evidence ?? 2 },
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          ...(agent === undefined ? {} : { agent }),
        };
        return ctx.write(async (tx) => {
          const job = await requestJob(tx, { workspaceId, kind: gapReportJob, input, actor: ctx.actor });
          return accepted({ report_id: job.id, job_id: job.id });
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/capability-gaps/reports/:gapReportId',
      operationId: 'getGapReport',
      summary: 'Get a report of capability gaps with its findings, as they are now',
      tags,
      authority: read,
      params: gapReportParams,
      responses: { 200: wholeReportAnswer },
      handler: async (ctx) => {
        const report = await getGapReport(reads, ctx.workspace.id, ctx.params.gapReportId);
        const findings = await listFindingsOfReport(reads, readerOf(ctx), report.id);
        return ok({ ...toReportAnswer(report), findings });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/capability-gaps/findings',
      operationId: 'listGapFindings',
      summary: 'List capability gaps, those seen last first',
      tags,
      authority: read,
      query: findingsQuery,
      responses: { 200: findingsAnswer },
      errors: ['not_found', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { status, severity, category, agent, q: search, limit, offset } = ctx.query;
        const agentId = await agentOf(ctx.workspace.id, agent);
        const filter = { statuses: status, severities: severity, categories: category, agentId, search };
        const page = await listGapFindings(reads, readerOf(ctx), filter, ctx.query);
        return ok(
          { items: page.rows, total: page.total, limit, offset },
          pageHeaders(ctx.request.url, ctx.query, page),
        );
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/capability-gaps/findings/:gapFindingId/status',
      operationId: 'moveGapFinding',
      summary: 'Put a capability gap into another state',
      description: 'What has ended is only opened again: else a 409 with `current_status`.',
      tags,
      authority: write,
      params: gapFindingParams,
      body: findingStatusBody,
      responses: { 200: findingAnswer },
      errors: ['wrong_state'],
      handler: (ctx) => {
        const { status, note } = ctx.body;
        const change = { id: ctx.params.gapFindingId, status, note: note ?? null };
        return ctx.write(async (tx) => ok(await moveGapFinding(tx, readerOf(ctx), change, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/capability-gaps/findings/:gapFindingId/create-task',
      operationId: 'createGapTask',
      summary: 'Make a task of a capability gap',
      description:
        'Of no project for MANAGER, of a project for its editors. Once: 409 with `reason` `task_exists`. The gap is ' +
        '`in_progress` then.',
      tags,
      authority: write,
      params: gapFindingParams,
      body: gapTaskBody,
      responses: { 201: gapTaskAnswer },
      errors: ['conflict', 'wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { project_id: projectId, title, agent, priority, reviewer_id: reviewerId } = ctx.body ?? {};
        const reader = readerOf(ctx);
        const agentId = (await agentIdOf(deps, reader.workspaceId, agent)) ?? null;
        const task = {
          ...reader,
          ...{ findingId: ctx.params.gapFindingId, agentId, title: title ?? null, priority: priority ?? 'none' },
          ...{ projectId: projectId ?? null, reviewerId: reviewerId ?? null },
        };
        return ctx.write(async (tx) => {
          const { taskId, finding } = await createGapTask(tx, task, ctx.actor);
          return created({ finding, task: await readManagedTaskIn(tx, reader, taskId) });
        });
      },
    }),
  ];
}
