import { readGraph } from '../../../db/knowledge/entries/read-graph.ts';
import { readReach, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { type KnowledgeDeps, onlookerOf } from '../namespaces/on-knowledge.ts';
import { graphAnswer, graphQuery } from './entry-schemas.ts';

/** Entries and links as a graph: docs/contracts/knowledge.md, Links. */
export function createGraphRoutes({ database }: KnowledgeDeps): Route[] {
  const { reads } = database;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/knowledge/wiki-graph',
      operationId: 'getWikiGraph',
      summary: 'Show entries and the active links between them',
      description:
        'Of a namespace, those changed last first; or around one of its entries, into other namespaces too, the ' +
        'nearest first. At most 5,000 edges, the heaviest.',
      tags: ['Knowledge'],
      authority: { access: 'member', action: 'read', scope: 'knowledge:read' },
      query: graphQuery,
      responses: { 200: graphAnswer },
      errors: ['not_found'],
      handler: async (ctx) => {
        const { root, depth, relation: relations, limit } = ctx.query;
        const reach = await readReach(reads, onlookerOf(ctx));
        const namespace = reach.find(({ name }) => name === ctx.query.namespace);
        if (namespace === undefined) throw notFound('namespace');
        const wanted = { namespace, root, depth, relations, limit };
        const graph = await readGraph(reads, ctx.workspace.id, sightIds(reach), wanted);
        const linked = new Set(graph.edges.flatMap(({ from, to }) => [from, to]));
        const { nodes, edges } = graph;
        const unlinked = nodes.filter(({ id }) => !linked.has(id)).length;
        return ok({ ...graph, stats: { nodes: nodes.length, edges: edges.length, unlinked } });
      },
    }),
  ];
}
