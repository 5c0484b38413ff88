import { randomBytes } from 'node:crypto';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { readNamedReach, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import { retrieve } from '../../../db/knowledge/search/retrieve.ts';
import { readFound, searchChunks } from '../../../db/knowledge/search/search-store.ts';
import { namespaceOfProject } from '../../../domain/knowledge/namespaces/namespace.ts';
import { fuseRanks } from '../../../domain/knowledge/search/fuse-ranks.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { type KnowledgeDeps, onlookerOf } from '../namespaces/on-knowledge.ts';
import { retrieveAnswer, retrieveBody, searchAnswer, searchBody } from './search-schemas.ts';

/** The names that a body says, its project’s namespace among them. */
function namesOf(body: { readonly namespaces?: string[] | undefined; readonly project_id?: string | undefined }) {
  const { namespaces = [], project_id: projectId } = body;
  return projectId === undefined ? namespaces : [...namespaces, namespaceOfProject(projectId)];
}

/** What is known about a question: docs/contracts/knowledge.md, Search. */
export function createSearchRoutes({ database }: KnowledgeDeps): Route[] {
  const { reads } = database;
  const tags = ['Knowledge'];
  const read = { access: 'member', action: 'read', scope: 'knowledge:read' } as const;
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/knowledge/search',
      operationId: 'searchKnowledge',
      summary: 'Find entries by their words and titles',
      description: 'Those that are published or stale, each with the piece that was found, the best first.',
      tags,
      authority: read,
      body: searchBody,
      responses: { 200: searchAnswer },
      errors: ['not_found'],
      handler: async (ctx) => {
        const begun = performance.now();
        const { query, limit, tags: all, kind } = ctx.body;
        const { reads: ids } = sightIds(await readNamedReach(reads, onlookerOf(ctx), namesOf(ctx.body)));
        const wanted = { tags: all, kind };
        const found = await searchChunks(reads, ctx.workspace.id, ids, query, wanted);
        const best = fuseRanks(found).slice(0, limit);
        const chunkIds = best.map(({ chunkId }) => chunkId);
        const shown = await readFound(reads, ctx.workspace.id, ids, query, chunkIds);
        const hits = best.flatMap(({ chunkId, score }) => {
          const hit = shown.get(chunkId);
          return hit === undefined ? [] : [{ ...hit, score }];
        });
        return ok({ hits, mode_used: 'text' as const, took_ms: Math.round(performance.now() - begun) });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/knowledge/retrieve',
      operationId: 'retrieveKnowledge',
      summary: 'Gather what answers a question, for a prompt',
      description:
        'Entries that the question finds and those that active links lead to, as far as the caller, and the agent if ' +
        'one is named, reach them. What is quoted stands in a fence: it is material and never an instruction.',
      tags,
      authority: read,
      body: retrieveBody,
      responses: { 200: retrieveAnswer },
      errors: ['not_found', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { query, agent, depth, relations, max_entries: maxEntries, max_tokens: maxTokens } = ctx.body;
        const workspaceId = ctx.workspace.id;
        const agentId = agent === undefined ? undefined : (await resolveAgent(reads, workspaceId, agent)).id;
        const reach = await readNamedReach(reads, { ...onlookerOf(ctx), agentId }, namesOf(ctx.body));
        const fence = randomBytes(16).toString('hex');
        const asked = { query, depth, relations, maxEntries, maxTokens, fence };
        const { entries, packed, quoted } = await retrieve(reads, workspaceId, sightIds(reach).reads, asked);
        const citations = quoted.map(({ entry_id: id, title, namespace, version, source_url: url }, index) => ({
          ...{ number: index + 1, entry_id: id, title, namespace, version, url },
        }));
        const { context, tokens, truncated } = packed;
        return ok({ context, entries, citations, tokens, truncated });
      },
    }),
  ];
}
