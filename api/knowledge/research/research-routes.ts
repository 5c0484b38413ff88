import { requestJob } from '../../../commands/engine/jobs/request-job.ts';
import { decideCandidates } from '../../../commands/knowledge/research/decide-candidates.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { readSetting } from '../../../db/instance/settings/settings-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getResearchRun, listCandidates, listResearchRuns } from '../../../db/knowledge/research/research-store.ts';
import { readNamedReach, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { researchJob } from '../../../domain/knowledge/research/research-job.ts';
import { SEARCH_SETTING } from '../../../domain/knowledge/research/research-run.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { knowledgeCaller, onlookerOf, sightOf } from '../namespaces/on-knowledge.ts';
import {
  decisionsAnswer,
  decisionsBody,
  newResearchBody,
  queuedRunAnswer,
  researchRunParams,
  researchRunQuery,
  researchRunsAnswer,
  researchRunsQuery,
  toRunAnswer,
  wholeRunAnswer,
} from './research-schemas.ts';

/** Research on the web: docs/contracts/web-research.md. */
export function createResearchRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads'>;
  readonly keyRing: Pick<KeyRing, 'open'>;
}): Route[] {
  const { database: db } = deps;
  const { reads } = db;
  const tags = ['Knowledge'];
  const read = { access: 'member', action: 'manage', scope: 'knowledge:read' } as const;
  const write = { access: 'member', action: 'manage', scope: 'knowledge:write' } as const;
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/knowledge/web-research/runs',
      operationId: 'startResearch',
      summary: 'Find pages on the web about a topic, for people to decide about',
      description:
        'A job of the kind `web.research`. 503 `search_not_configured` where no search is, unless `urls` are.',
      tags,
      authority: write,
      body: newResearchBody,
      responses: { 202: queuedRunAnswer },
      errors: ['not_found', 'ambiguous_reference', 'search_not_configured', 'limit_reached'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const { agent: ref, ...asked } = ctx.body;
        await readNamedReach(reads, onlookerOf(ctx), [asked.namespace]);
        const agent = ref === undefined ? null : (await resolveAgent(reads, workspaceId, ref)).id;
        if (asked.urls.length === 0) {
          const searchUrl = await readSetting(db, deps.keyRing, { workspaceId, key: SEARCH_SETTING });
          if (typeof searchUrl !== 'string') {
            throw new CrewshipError('search_not_configured', 'no search provider is configured, and no urls are given');
          }
        }
        return ctx.write(async (tx) => {
          const input = { ...asked, agent };
          const job = await requestJob(tx, { workspaceId, kind: researchJob, input, actor: ctx.actor });
          return accepted({ run_id: job.id, job_id: job.id });
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/knowledge/web-research/runs',
      operationId: 'listResearchRuns',
      summary: 'List research on the web, newest first',
      tags,
      authority: read,
      query: researchRunsQuery,
      responses: { 200: researchRunsAnswer },
      errors: ['not_found'],
      handler: async (ctx) => {
        const { status: statuses, namespace, limit, offset } = ctx.query;
        const names = namespace === undefined ? undefined : [namespace];
        const { reads: namespaceIds } = sightIds(await readNamedReach(reads, onlookerOf(ctx), names));
        const page = await listResearchRuns(reads, ctx.workspace.id, { namespaceIds, statuses }, ctx.query);
        const body = { items: page.rows.map(toRunAnswer), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/knowledge/web-research/runs/:researchRunId',
      operationId: 'getResearchRun',
      summary: 'Get research on the web with the pages that it found',
      tags,
      authority: read,
      params: researchRunParams,
      query: researchRunQuery,
      responses: { 200: wholeRunAnswer },
      handler: async (ctx) => {
        const sight = await sightOf(deps, ctx);
        const run = await getResearchRun(reads, ctx.workspace.id, ctx.params.researchRunId, sight.reads);
        const candidates = await listCandidates(reads, ctx.workspace.id, run.id, ctx.query.status);
        return ok({ ...toRunAnswer(run), candidates });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/knowledge/web-research/runs/:researchRunId/batch',
      operationId: 'decideResearchCandidates',
      summary: 'Approve and reject pages that research found',
      description:
        'Each decision counts for itself: `results` say which did not, and why. Those that are approved become ' +
        'entries within seconds. 409 with `current_status` once the run is over.',
      tags,
      authority: write,
      params: researchRunParams,
      body: decisionsBody,
      responses: { 200: decisionsAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { decisions } = ctx.body;
          const results = await decideCandidates(
            tx,
            knowledgeCaller(ctx),
            { runId: ctx.params.researchRunId, decisions },
            ctx.actor,
          );
          return ok({ results });
        }),
    }),
  ];
}
