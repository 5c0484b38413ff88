import { requestJob } from '../../../commands/engine/jobs/request-job.ts';
import { actOnWiki } from '../../../commands/knowledge/wiki/act-on-wiki.ts';
import { readEffectiveDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { readNamedReach, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import { listMeditationRuns } from '../../../db/knowledge/wiki/meditation-store.ts';
import { countWikiQueues, listWikiItems } from '../../../db/knowledge/wiki/wiki-queues-store.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { meditationJob } from '../../../domain/knowledge/wiki/meditation-job.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { knowledgeCaller, onlookerOf } from '../namespaces/on-knowledge.ts';
import {
  actionsAnswer,
  actionsBody,
  governanceAnswer,
  governanceQuery,
  meditationsAnswer,
  meditationsQuery,
  queuedMeditationAnswer,
  toMeditationAnswer,
  triggerBody,
} from './wiki-schemas.ts';

/** What is to be done about entries, and who looks: docs/contracts/wiki.md. */
export function createWikiRoutes(deps: { readonly database: Pick<Database, 'reads' | 'systemReads'> }): Route[] {
  const { database: db } = deps;
  const { reads } = db;
  const tags = ['Knowledge'];
  const named = (name: string | undefined) => (name === undefined ? undefined : [name]);
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/knowledge/wiki-governance',
      operationId: 'listWikiItems',
      summary: 'List what waits for people about entries, the newest first',
      description: 'Of namespaces that the caller writes: 403 for one that they only read.',
      tags,
      authority: { access: 'member', action: 'read', scope: 'knowledge:read' },
      query: governanceQuery,
      responses: { 200: governanceAnswer },
      errors: ['not_found'],
      handler: async (ctx) => {
        const { namespace, queue, status, limit, offset } = ctx.query;
        const reach = await readNamedReach(reads, onlookerOf(ctx), named(namespace));
        const namespaceIds = sightIds(reach).writes;
        if (namespace !== undefined && namespaceIds.length === 0) {
          throw new CrewshipError('forbidden', `namespace ${namespace} is read-only to you`);
        }
        const [page, queues] = await Promise.all([
          listWikiItems(reads, ctx.workspace.id, { namespaceIds, queue, status }, ctx.query),
          countWikiQueues(reads, ctx.workspace.id, { namespaceIds, status }),
        ]);
        const body = { items: page.rows, queues, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/knowledge/wiki-governance/actions',
      operationId: 'actOnWiki',
      summary: 'Do something about findings and entries, or undo it',
      description:
        'Each counts for itself: `results` say what did not, and why. `undo` takes the `action_ids` of results.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'knowledge:write' },
      body: actionsBody,
      responses: { 200: actionsAnswer },
      handler: (ctx) => {
        const { action, item_ids: items, entry_ids: entries, action_ids: undone, target_id, reason } = ctx.body;
        const request = { action, ids: action === 'undo' ? undone : [...items, ...entries] };
        const more = { targetId: target_id ?? null, reason: reason ?? null };
        return ctx.write(async (tx) =>
          ok({ results: await actOnWiki(tx, knowledgeCaller(ctx), { ...request, ...more }, ctx.actor) }),
        );
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/knowledge/wiki-meditation/trigger',
      operationId: 'startMeditation',
      summary: 'Look through a namespace for what is to be done about its entries',
      description:
        'A job of the kind `wiki.meditation`. One of a namespace at a time: 409 with `reason` `running`. 503 ' +
        '`llm_not_configured` for the mode `full` without a model.',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'knowledge:write' },
      body: triggerBody,
      responses: { 202: queuedMeditationAnswer },
      errors: ['not_found', 'conflict', 'llm_not_configured', 'limit_reached'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const input = ctx.body;
        await readNamedReach(reads, onlookerOf(ctx), [input.namespace]);
        if (
          input.mode === 'full' &&
          (await readEffectiveDocument(db, { workspaceId, kind: 'llm', key: '' })) === null
        ) {
          throw new CrewshipError('llm_not_configured', 'no model is configured for this workspace or this instance');
        }
        return ctx.write(async (tx) => {
          const job = await requestJob(tx, { workspaceId, kind: meditationJob, input, actor: ctx.actor });
          return accepted({ run_id: job.id, job_id: job.id });
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/knowledge/wiki-meditation/runs',
      operationId: 'listMeditationRuns',
      summary: 'List looks through namespaces, newest first',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'knowledge:read' },
      query: meditationsQuery,
      responses: { 200: meditationsAnswer },
      errors: ['not_found'],
      handler: async (ctx) => {
        const { namespace, status: statuses, limit, offset } = ctx.query;
        const { reads: namespaceIds } = sightIds(await readNamedReach(reads, onlookerOf(ctx), named(namespace)));
        const page = await listMeditationRuns(reads, ctx.workspace.id, { namespaceIds, statuses }, ctx.query);
        const body = { items: page.rows.map(toMeditationAnswer), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
  ];
}
