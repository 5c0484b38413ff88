import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { resolveAgentIn } from '../../../db/crews/agents/resolve-agent-in.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

export interface AnsweringAgent {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly crew_id: string;
  readonly status: string;
  readonly timeout_seconds: number;
}

const select = sql.fragment`
  SELECT a.id, a.slug, a.name, a.crew_id, a.status, a.timeout_seconds FROM agents a
  JOIN crews c ON c.id = a.crew_id AND c.deleted_at IS NULL`;

/**
 * Who answers in a chat: whom the request names, else the chat's own agent, else the project's default, else the
 * workspace's, else the workspace's only LEAD. A default that is gone counts for nothing. Throws `not_found` and
 * `ambiguous_reference` for the agent that is named, `no_default_agent`.
 */
export async function findAnsweringAgent(
  tx: Tx,
  chat: { readonly workspaceId: string; readonly agentId: string | null; readonly projectId: string | null },
  ref: string | null,
): Promise<AnsweringAgent> {
  const agentWithId = async (id: string) => {
    const agent = await tx.maybeOne<AnsweringAgent>(sql`${select} WHERE a.id = ${id} AND a.deleted_at IS NULL`);
    if (agent === null) throw notFound('agent');
    return agent;
  };
  if (ref !== null) {
    return agentWithId((await resolveAgentIn(tx, chat.workspaceId, ref)).id);
  }
  if (chat.agentId !== null) return agentWithId(chat.agentId);
  const usual = await tx.any<AnsweringAgent & { place: number }>(sql`
    SELECT found.*, d.place FROM (
      SELECT 1 AS place, default_agent_id AS id FROM projects WHERE id = ${chat.projectId} AND deleted_at IS NULL
      UNION ALL SELECT 2, default_agent_id FROM workspaces WHERE id = ${chat.workspaceId}
    ) d CROSS JOIN LATERAL (${select} WHERE a.id = d.id AND a.deleted_at IS NULL) found ORDER BY d.place LIMIT 1`);
  if (usual[0] !== undefined) return usual[0];
  const leads = await tx.any<AnsweringAgent>(sql`
    ${select} WHERE a.workspace_id = ${chat.workspaceId} AND a.agent_role = 'LEAD' AND a.deleted_at IS NULL
    ORDER BY a.id LIMIT 2`);
  if (leads.length === 1) return leads[0]!;
  const why = leads.length === 0 ? 'no crew has a LEAD' : 'several crews have a LEAD';
  throw new CrewshipError('no_default_agent', `name an agent: ${why}, and there is no default_agent`);
}
