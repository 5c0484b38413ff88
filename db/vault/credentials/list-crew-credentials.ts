import { type Credential, PROVIDER_KEY_TYPES } from '../../../domain/vault/credentials/credential.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import { boundToCrew, reachOfAgent } from './reaching-credentials.ts';

export type CrewCredential = Pick<
  Credential,
  'id' | 'workspace_id' | 'name' | 'type' | 'provider' | 'account_label' | 'status' | 'token_expires_at'
>;

/** Keys of models' providers that are the workspace's are every crew's; anything else of it takes a binding. */
const everybodys = sql.fragment`
  (c.scope = 'WORKSPACE' AND c.type = ANY (${sql.array([...PROVIDER_KEY_TYPES], 'text')}))`;

/** What a crew may use: the workspace's keys of providers, its own, and what one of its agents holds now. */
export function usableBy(crewId: string): Fragment {
  return sql.fragment`
    c.deleted_at IS NULL AND c.status NOT IN ('PENDING_APPROVAL', 'REJECTED') AND (
      ${everybodys}
      OR EXISTS (SELECT 1 FROM credential_crews k WHERE k.credential_id = c.id AND k.crew_id = ${crewId})
      OR EXISTS (
        SELECT 1 FROM credential_grants g JOIN agents a ON a.id = g.agent_id AND a.deleted_at IS NULL
        WHERE g.credential_id = c.id AND a.crew_id = ${crewId} AND (g.expires_at IS NULL OR g.expires_at > now()))
      OR ${boundToCrew(crewId)}
      OR EXISTS (
        SELECT 1 FROM credential_bindings b JOIN agents a ON a.id = b.agent_id AND a.deleted_at IS NULL
        WHERE b.credential_id = c.id AND a.crew_id = ${crewId}))`;
}

/** What an agent may use, in this run. */
function usableByAgent(agentId: string, runId: string | null): Fragment {
  return sql.fragment`
    c.deleted_at IS NULL AND c.status NOT IN ('PENDING_APPROVAL', 'REJECTED') AND (
      ${everybodys}
      OR EXISTS (
        SELECT 1 FROM agents a CROSS JOIN LATERAL ${reachOfAgent({ runId })} r
        WHERE a.id = ${agentId} AND a.deleted_at IS NULL AND r.credential_id = c.id
          AND (r.expires_at IS NULL OR r.expires_at > now())))`;
}

/** A value that works, as far as anybody knows. */
const works = sql.fragment`
  c.status IN ('ACTIVE', 'RATE_LIMITED') AND c.sealed_value IS NOT NULL
  AND (c.token_expires_at IS NULL OR c.token_expires_at > now())`;

/** The credentials that a run's agent may use, or else its crew, without their values. */
export function listCrewCredentials(
  reads: ReadPool,
  workspaceId: string,
  filter: {
    readonly crewId: string;
    /** Null: nobody has proven which agent asks. */
    readonly agentId: string | null;
    readonly runId: string | null;
    readonly provider: string | undefined;
    /** Those too that do not work now. */
    readonly includeInactive: boolean;
  },
): Promise<readonly CrewCredential[]> {
  const { crewId, agentId, runId } = filter;
  const parts: Fragment[] = [
    sql.fragment`c.workspace_id = ${workspaceId}`,
    agentId === null ? usableBy(crewId) : usableByAgent(agentId, runId),
  ];
  if (!filter.includeInactive) parts.push(works);
  if (filter.provider !== undefined) parts.push(sql.fragment`upper(c.provider) = upper(${filter.provider})`);
  return reads.any<CrewCredential>(
    [workspaceId],
    sql`
      SELECT c.id, c.workspace_id, c.name, c.type, c.provider, c.account_label, c.status, c.token_expires_at
      FROM credentials c WHERE ${sql.join(parts, sql.fragment` AND `)}
      ORDER BY c.name, c.id LIMIT 500`,
  );
}
