import { z } from 'zod';
import { requestJob } from '../../../commands/engine/jobs/request-job.ts';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import {
  getTestRun,
  listTestResults,
  listTestRuns,
  type TestResult,
  type TestRun,
} from '../../../db/evidence/testing/test-runs-store.ts';
import { readDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  allScenarios,
  RESULT_STATUSES,
  type Scenario,
  SCENARIOS,
  scenariosSchema,
} from '../../../domain/evidence/testing/scenario.ts';
import { SHIPPED_SCENARIOS } from '../../../domain/evidence/testing/shipped-scenarios.ts';
import { testRunInput, testRunJob } from '../../../domain/evidence/testing/test-run-job.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { JOB_STATUSES } from '../../../domain/work/jobs/job-status.ts';
import { idField, momentField, refField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const document = scenariosSchema(sharedFields);
const scenario = document.shape.scenarios.element;
const registry = createDocumentRegistry(z, DOCUMENT_KINDS);
const KIND = { kind: SCENARIOS, key: '' } as const;

const scenarioAnswer = scenario.extend({
  assertions: z.int().describe('how many are expected in all'),
  source: z.enum(['shipped', 'workspace']),
});
const scenariosAnswer = z.object({
  items: z.array(scenarioAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
  version: z.int().describe('of the workspace’s own; 0: it has none'),
});

const runAnswer = z.object({
  id: z.string(),
  status: z.enum(JOB_STATUSES).describe('the job’s'),
  outcome: z.enum(['passed', 'failed']).nullable().describe('null: it is not over, or was ended'),
  passed: z.int().nullable(),
  failed: z.int().nullable(),
  total: z.int(),
  agent: z.string().nullable().describe('the agent’s id; null: who answers by default'),
  baseline_run_id: z.string().nullable(),
  job_id: z.string(),
  created_by: z.string(),
  created_at: timeField,
});
const resultAnswer = z.object({
  scenario_id: z.string(),
  name: z.string(),
  attempt: z.int(),
  status: z.enum(RESULT_STATUSES),
  assertions: z.array(z.object({ step: z.int(), kind: z.string(), passed: z.boolean(), detail: z.string() })),
  error_code: z.string().nullable().describe('why a turn did not begin, or did not end well'),
  session_id: z.string().nullable().describe('a private session of who asked for the run'),
  cost_usd: z.string(),
  duration_ms: z.int().nullable(),
});
const wholeRunAnswer = runAnswer.extend({
  results: z.array(resultAnswer),
  comparison: z
    .object({
      newly_failed: z.array(z.string()),
      newly_passed: z.array(z.string()),
      not_compared: z.array(z.string()),
    })
    .nullable()
    .describe('ids of scenarios, beside those of the baseline: one has passed where each attempt has'),
});

function toRun({ agent_id: agent, size: total, ...run }: TestRun) {
  const outcome = run.failed === null ? null : run.failed > 0 ? ('failed' as const) : ('passed' as const);
  return { ...run, total, agent, outcome, job_id: run.id };
}

/** Whether each attempt at a scenario has passed, by its id. */
function passes(results: readonly TestResult[]): ReadonlyMap<string, boolean> {
  const all = new Map<string, boolean>();
  for (const { scenario_id: id, status } of results) all.set(id, (all.get(id) ?? true) && status === 'passed');
  return all;
}

function compare(results: readonly TestResult[], baseline: readonly TestResult[]) {
  const before = passes(baseline);
  const now = [...passes(results)];
  return {
    newly_failed: now.filter(([id, passed]) => before.get(id) === true && !passed).map(([id]) => id),
    newly_passed: now.filter(([id, passed]) => before.get(id) === false && passed).map(([id]) => id),
    not_compared: now.filter(([id]) => !before.has(id)).map(([id]) => id),
  };
}

/** Scenarios and what comes of playing them: docs/contracts/testing.md. */
export function createTestingRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Testing'];
  const read = { access: 'member', action: 'read', scope: 'testing:read' } as const;
  const write = { access: 'member', action: 'create', scope: 'testing:write' } as const;
  const manage = { access: 'member', action: 'manage', scope: 'testing:write' } as const;
  const url = '/api/v1/testing';

  function answerOf(
    own: readonly Scenario[],
    version: number,
    wanted: { tag?: string | undefined; q?: string | undefined },
  ) {
    const q = wanted.q?.toLowerCase();
    const items = allScenarios(SHIPPED_SCENARIOS, own)
      .filter(({ tags: its }) => wanted.tag === undefined || its.includes(wanted.tag))
      .filter(({ id, name }) => q === undefined || `${id} ${name}`.toLowerCase().includes(q))
      .map((one) => ({ ...one, assertions: one.steps.reduce((sum, { expect }) => sum + expect.length, 0) }));
    return { items, total: items.length, limit: items.length, offset: 0, version } as unknown as z.input<
      typeof scenariosAnswer
    >;
  }

  return [
    defineRoute({
      method: 'GET',
      url: `${url}/scenarios`,
      operationId: 'listScenarios',
      summary: 'List the scenarios that there are, by their ids',
      description: 'Those that come with the product, and the workspace’s own, which take their places by id.',
      tags,
      authority: read,
      query: z.object({
        workspace_id: idField.optional(),
        tag: z.string().min(1).max(64).optional(),
        q: z.string().min(1).max(200).optional().describe('part of the id or the name'),
      }),
      responses: { 200: scenariosAnswer },
      handler: async (ctx) => {
        const found = await readDocument(reads, { workspaceId: ctx.workspace.id, ...KIND });
        // What was written passed the schema.
        const own = (found?.body.scenarios ?? []) as readonly Scenario[];
        return ok(answerOf(own, found?.version ?? 0, ctx.query));
      },
    }),
    defineRoute({
      method: 'PUT',
      url: `${url}/scenarios`,
      operationId: 'putScenarios',
      summary: 'Say which scenarios the workspace has of its own, in place of those that it had',
      description: 'Runs that were asked for before play the ones that there were then. Earlier versions are kept.',
      tags,
      authority: manage,
      body: document.extend({ version: z.int().min(0).default(0).describe('the one that was read') }).meta({
        example: {
          scenarios: [
            {
              id: 'greets',
              name: 'Greets politely',
              steps: [{ message: 'Hello', expect: [{ kind: 'contains', text: 'hello' }] }],
            },
          ],
          version: 0,
        },
      }),
      responses: { 200: scenariosAnswer },
      errors: ['version_conflict'],
      handler: (ctx) => {
        const { version, ...body } = ctx.body;
        return ctx.write(async (tx) => {
          const ref = { workspaceId: ctx.workspace.id, ...KIND };
          const saved = await saveDocument(tx, registry, { ...ref, body, version, actor: ctx.actor });
          return ok(answerOf(body.scenarios as readonly Scenario[], saved.version, {}));
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${url}/run`,
      operationId: 'runScenarios',
      summary: 'Play scenarios with an agent',
      description:
        'A job. Each is played in a private session of the caller’s, without effects outside: 409 with `reason` ' +
        '`open_network` for an agent whose crew has an open network.',
      tags,
      authority: write,
      body: testRunInput(sharedFields).meta({ example: { tags: ['smoke'], repeat: 2 } }),
      responses: { 202: z.object({ run_id: z.string(), job_id: z.string() }) },
      errors: ['not_found', 'conflict', 'ambiguous_reference', 'limit_reached'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { id: workspaceId } = ctx.workspace;
          const job = await requestJob(tx, { workspaceId, kind: testRunJob, input: ctx.body, actor: ctx.actor });
          return accepted({ run_id: job.id, job_id: job.id });
        }),
    }),
    defineRoute({
      method: 'GET',
      url: `${url}/runs`,
      operationId: 'listTestRuns',
      summary: 'List runs of scenarios, newest first',
      tags,
      authority: read,
      query: z.object({
        workspace_id: idField.optional(),
        status: z.enum(JOB_STATUSES).optional(),
        agent: refField.optional(),
        from: momentField.optional(),
        to: momentField.optional(),
        ...pageQuery({ defaultLimit: 50 }),
      }),
      responses: { 200: z.object({ items: z.array(runAnswer), total: z.int(), limit: z.int(), offset: z.int() }) },
      errors: ['not_found', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { status, agent, from, to, limit, offset } = ctx.query;
        const agentId = agent === undefined ? undefined : (await resolveAgent(reads, ctx.workspace.id, agent)).id;
        const page = await listTestRuns(reads, ctx.workspace.id, { status, agentId, from, to }, ctx.query);
        const body = { items: page.rows.map(toRun), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: `${url}/runs/:testRunId`,
      operationId: 'getTestRun',
      summary: 'Get a run of scenarios with what came of each, beside its baseline',
      tags,
      authority: read,
      params: z.object({ testRunId: idField }),
      responses: { 200: wholeRunAnswer },
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const run = await getTestRun(reads, workspaceId, ctx.params.testRunId);
        const [results, baseline] = await Promise.all([
          listTestResults(reads, workspaceId, run.id),
          run.baseline_run_id === null ? null : listTestResults(reads, workspaceId, run.baseline_run_id),
        ]);
        const comparison = baseline === null ? null : compare(results, baseline);
        return ok({ ...toRun(run), results: results.map((one) => ({ ...one })), comparison });
      },
    }),
  ];
}
