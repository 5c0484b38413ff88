import {
  type AgentPolicy,
  type ReachedNamespace,
  UNSAID_POLICY,
  withinPolicy,
} from '../../../domain/knowledge/namespaces/namespace.ts';
import { AGENT_POLICY } from '../../../domain/knowledge/namespaces/agent-policy-kind.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Who looks, in which workspace; for which agent, if for one. */
export interface Onlooker {
  readonly workspaceId: string;
  readonly userId: string;
  readonly agentId?: string | undefined;
}

/**
 * Rows of all namespaces `n` that a member `m` reaches, and how: those of projects by their role in the project, which
 * no grant replaces; the others by their role in the workspace, or by a grant.
 */
export const reachedNamespaces = sql.fragment`
  memberships m
  JOIN knowledge_namespaces n ON n.workspace_id = m.workspace_id
  LEFT JOIN projects p ON p.id = n.project_id
  LEFT JOIN knowledge_grants g ON g.namespace_id = n.id AND g.user_id = m.user_id
  CROSS JOIN LATERAL (SELECT CASE
    WHEN n.project_id IS NOT NULL THEN CASE crewship_project_role(n.project_id, m.user_id)
      WHEN 'viewer' THEN 'read' WHEN 'editor' THEN 'write' WHEN 'owner' THEN 'write' END
    WHEN m.role IN ('OWNER', 'ADMIN', 'MANAGER') THEN 'write'
    WHEN m.role = 'MEMBER' AND (n.name = 'team' OR g.access = 'write') THEN 'write'
    WHEN n.name = 'team' OR g.access IS NOT NULL THEN 'read'
  END AS access) a`;

function reachQuery({ workspaceId, userId }: Onlooker, names: readonly string[] | null, id: string | null): Query {
  const named = names === null ? sql.fragment`` : sql.fragment`AND n.name = ANY (${sql.array([...names], 'text')})`;
  const one = id === null ? sql.fragment`` : sql.fragment`AND n.id = ${id}`;
  return sql`
    SELECT n.id, n.name, coalesce(p.name, n.title) AS title, n.project_id, n.review_required, a.access
    FROM ${reachedNamespaces}
    WHERE m.workspace_id = ${workspaceId} AND m.user_id = ${userId} AND m.disabled_at IS NULL
      AND a.access IS NOT NULL ${named} ${one}
    ORDER BY n.name`;
}

/**
 * The namespaces that somebody reaches now, and how: all of them, or those of these names. What a name that is not in
 * the answer stands for, is nobody's business.
 */
export async function readReach(
  reads: ReadPool,
  onlooker: Onlooker,
  names: readonly string[] | null = null,
): Promise<readonly ReachedNamespace[]> {
  const { workspaceId, agentId } = onlooker;
  const [reach, policy] = await Promise.all([
    reads.any<ReachedNamespace>([workspaceId], reachQuery(onlooker, names, null)),
    agentId === undefined ? null : readAgentPolicy(reads, workspaceId, agentId),
  ]);
  return policy === null ? reach : withinPolicy(reach, policy);
}

/** Those of these names, all of them. Throws `not_found` when one is missing or out of reach. */
export async function readNamedReach(
  reads: ReadPool,
  onlooker: Onlooker,
  names: readonly string[] | undefined,
): Promise<readonly ReachedNamespace[]> {
  if (names === undefined || names.length === 0) return readReach(reads, onlooker);
  const reach = await readReach(reads, onlooker, names);
  if (new Set(names).size !== reach.length) throw notFound('namespace');
  return reach;
}

/** One of them as the transaction sees it; null when it is missing or out of reach. */
export async function reachIn(
  tx: Tx,
  onlooker: Omit<Onlooker, 'agentId'>,
  named: { readonly id: string } | { readonly name: string },
): Promise<ReachedNamespace | null> {
  const [names, id] = 'id' in named ? [null, named.id] : [[named.name], null];
  return tx.maybeOne<ReachedNamespace>(reachQuery(onlooker, names, id));
}

/** What an agent reaches, or what one of which nothing was said does. */
async function readAgentPolicy(reads: ReadPool, workspaceId: string, agentId: string): Promise<AgentPolicy> {
  const row = await reads.maybeOne<{ body: AgentPolicy }>(
    [workspaceId],
    sql`
      SELECT body FROM config_documents
      WHERE workspace_id = ${workspaceId} AND kind = ${AGENT_POLICY} AND key = ${agentId}`,
  );
  return row?.body ?? UNSAID_POLICY;
}

/** The ids that go into every query of entries: what is read, and what of it is written. */
export interface SightIds {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

export function sightIds(reach: readonly ReachedNamespace[]): SightIds {
  return {
    reads: reach.map(({ id }) => id),
    writes: reach.filter(({ access }) => access === 'write').map(({ id }) => id),
  };
}
