import { z } from 'zod';
import {
  createEvalSuite,
  deleteEvalSuite,
  updateEvalSuite,
} from '../../../commands/evidence/eval/eval-suite-commands.ts';
import { requestSuiteRun } from '../../../commands/evidence/eval/eval-suite-runs.ts';
import {
  getEvalSuite,
  getSuiteRun,
  listEvalSuites,
  listSuiteResults,
  listSuiteRuns,
} from '../../../db/evidence/eval/eval-suites-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { evalJob } from '../../../domain/evidence/eval/eval-job.ts';
import { evalSuiteJob } from '../../../domain/evidence/eval/eval-suite-job.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { accepted, created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { readThresholds } from './read-thresholds.ts';
import {
  newSuiteBody,
  queuedSuiteAnswer,
  suiteAnswer,
  suiteParams,
  suitePatchBody,
  suiteRunBody,
  suiteRunParams,
  suiteRunsAnswer,
  suitesAnswer,
  suitesQuery,
  toSuiteAnswer,
  toThresholds,
  wholeSuiteRunAnswer,
} from './eval-suite-schemas.ts';

/** Baselines that are held against candidates again and again: docs/contracts/eval.md, Suites. */
export function createEvalSuiteRoutes(deps: { readonly database: Pick<Database, 'reads' | 'systemReads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Eval'];
  const withoutWorkspace = 'unauthenticated';
  const read = { access: 'member', action: 'read', scope: 'eval:read', withoutWorkspace } as const;
  const write = { access: 'member', action: 'manage', scope: 'eval:write', withoutWorkspace } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/suites',
      operationId: 'listEvalSuites',
      summary: 'List suites of evaluations by name',
      tags,
      authority: read,
      query: suitesQuery,
      responses: { 200: suitesAnswer },
      handler: async (ctx) => {
        const { limit, offset } = ctx.query;
        const page = await listEvalSuites(reads, ctx.workspace.id, ctx.query);
        const body = { items: page.rows.map(toSuiteAnswer), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/eval/suites',
      operationId: 'createEvalSuite',
      summary: 'Make a suite of evaluations',
      tags,
      authority: write,
      body: newSuiteBody,
      responses: { 201: suiteAnswer },
      errors: ['conflict', 'limit_reached'],
      handler: (ctx) => {
        const { thresholds, ...rest } = ctx.body;
        const fields = { ...rest, thresholds: thresholds === null ? null : toThresholds(thresholds) };
        const owner = { workspaceId: ctx.workspace.id, actor: ctx.actor };
        return ctx.write(async (tx) => created(toSuiteAnswer(await createEvalSuite(tx, fields, owner))));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/suites/:evalSuiteId',
      operationId: 'getEvalSuite',
      summary: 'Get a suite of evaluations',
      tags,
      authority: read,
      params: suiteParams,
      responses: { 200: suiteAnswer },
      handler: async (ctx) => ok(toSuiteAnswer(await getEvalSuite(reads, ctx.workspace.id, ctx.params.evalSuiteId))),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/eval/suites/:evalSuiteId',
      operationId: 'updateEvalSuite',
      summary: 'Change a suite of evaluations',
      description: 'Nothing is changed when `version` names another one.',
      tags,
      authority: write,
      params: suiteParams,
      body: suitePatchBody,
      responses: { 200: suiteAnswer },
      errors: ['conflict', 'version_conflict'],
      handler: (ctx) => {
        const { version, thresholds, name, cases } = ctx.body;
        const patch = {
          ...(name === undefined ? {} : { name }),
          ...(cases === undefined ? {} : { cases }),
          ...(thresholds === undefined ? {} : { thresholds: thresholds === null ? null : toThresholds(thresholds) }),
        };
        const owner = { workspaceId: ctx.workspace.id, actor: ctx.actor };
        const change = { id: ctx.params.evalSuiteId, patch, version };
        return ctx.write(async (tx) => ok(toSuiteAnswer(await updateEvalSuite(tx, change, owner))));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/eval/suites/:evalSuiteId',
      operationId: 'deleteEvalSuite',
      summary: 'Delete a suite of evaluations; its runs stay',
      tags,
      authority: write,
      params: suiteParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const owner = { workspaceId: ctx.workspace.id, actor: ctx.actor };
          await deleteEvalSuite(tx, ctx.params.evalSuiteId, owner);
          return noContent();
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/eval/suites/:evalSuiteId/run',
      operationId: 'runEvalSuite',
      summary: 'Hold a suite of evaluations against candidates',
      description: 'A job, and an evaluation for each candidate.',
      tags,
      authority: write,
      params: suiteParams,
      body: suiteRunBody,
      responses: { 202: queuedSuiteAnswer },
      errors: ['limit_reached'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const thresholds = await readThresholds(deps.database, workspaceId);
        const { label, candidates } = ctx.body;
        const request = {
          ...{ workspaceId, suiteId: ctx.params.evalSuiteId, label, candidates, thresholds, actor: ctx.actor },
          kinds: { suite: evalSuiteJob, eval: evalJob },
        };
        return ctx.write(async (tx) => {
          const id = await requestSuiteRun(tx, request);
          return accepted({ suite_run_id: id, job_id: id });
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/suites/:evalSuiteId/runs',
      operationId: 'listEvalSuiteRuns',
      summary: 'List what a suite of evaluations came to over time, newest first',
      tags,
      authority: read,
      params: suiteParams,
      query: suitesQuery,
      responses: { 200: suiteRunsAnswer },
      handler: async (ctx) => {
        const { limit, offset } = ctx.query;
        const suite = await getEvalSuite(reads, ctx.workspace.id, ctx.params.evalSuiteId);
        const page = await listSuiteRuns(reads, ctx.workspace.id, suite.id, ctx.query);
        return ok(
          { items: page.rows, total: page.total, limit, offset },
          pageHeaders(ctx.request.url, ctx.query, page),
        );
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/eval/suite-runs/:evalSuiteRunId',
      operationId: 'getEvalSuiteRun',
      summary: 'Get what each case of a suite of evaluations came to',
      tags,
      authority: read,
      params: suiteRunParams,
      responses: { 200: wholeSuiteRunAnswer },
      handler: async (ctx) => {
        const run = await getSuiteRun(reads, ctx.workspace.id, ctx.params.evalSuiteRunId);
        return ok({ ...run, results: await listSuiteResults(reads, ctx.workspace.id, run.id) });
      },
    }),
  ];
}
