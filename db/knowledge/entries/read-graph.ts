import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Relation } from '../../../domain/knowledge/entries/link.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import type { SightIds } from '../namespaces/reach.ts';
import { type GraphEdge, type GraphNode, readEdges, readNodes, readNodesOf } from './links-store.ts';

const MAX_EDGES = 5_000;

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly truncated: boolean;
}

/**
 * Entries and the active links between them, as somebody sees them: of a namespace, or around one of its entries into
 * all that they see. Throws `not_found` for a root that is not in the namespace.
 */
export async function readGraph(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  wanted: {
    readonly namespace: { readonly id: string; readonly name: string };
    readonly root: string | undefined;
    readonly depth: number;
    readonly relations: readonly Relation[] | undefined;
    readonly limit: number;
  },
): Promise<Graph> {
  const { namespace, root, relations, limit } = wanted;
  const found =
    root === undefined
      ? await readNodesOf(reads, workspaceId, sight, namespace.id, limit + 1)
      : await around(reads, workspaceId, sight, { ...wanted, root });
  const nodes = found.slice(0, limit);
  const from = { ids: nodes.map(({ id }) => id), relations, within: true, limit: MAX_EDGES + 1 };
  const edges = await readEdges(reads, workspaceId, sight, from);
  const truncated = found.length > limit || edges.length > MAX_EDGES;
  return { nodes, edges: edges.slice(0, MAX_EDGES), truncated };
}

/** Entries in so many steps from one, the nearest first; one more than the limit when there are more. */
async function around(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  wanted: {
    readonly namespace: { readonly name: string };
    readonly root: string;
    readonly depth: number;
    readonly relations: readonly Relation[] | undefined;
    readonly limit: number;
  },
): Promise<readonly GraphNode[]> {
  const { root, relations, limit } = wanted;
  const start = (await readNodes(reads, workspaceId, sight, [root]))[0];
  if (start === undefined || start.namespace !== wanted.namespace.name) throw notFound('entry');
  const ids = new Set([root]);
  let edge: readonly string[] = [root];
  for (let step = 0; step < wanted.depth && edge.length > 0 && ids.size <= limit; step += 1) {
    const from = { ids: edge, relations, within: false, limit: MAX_EDGES };
    const links = await readEdges(reads, workspaceId, sight, from);
    const next = new Set(links.flatMap(({ from: one, to }) => [one, to]).filter((id) => !ids.has(id)));
    for (const id of next) ids.add(id);
    edge = [...next];
  }
  const order = [...ids].slice(0, limit + 1);
  const nodes = new Map((await readNodes(reads, workspaceId, sight, order)).map((node) => [node.id, node]));
  return order.flatMap((id) => nodes.get(id) ?? []);
}
