import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What an agent has, by its own grant or through its crew (docs/contracts/credentials.md, Assignment). */
export interface AgentCredential {
  readonly id: string;
  readonly agent_id: string;
  readonly credential_id: string;
  readonly credential_name: string;
  readonly credential_type: Credential['type'];
  readonly credential_provider: string;
  readonly credential_status: Credential['status'];
  readonly env_var_name: string | null;
  readonly priority: number;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly expired: boolean;
  readonly lease_source: 'manual' | 'keeper_allow' | 'escalation_approve' | null;
  readonly lease_issued_at: string | null;
  readonly grant_source: 'explicit' | 'crew';
}

/** An agent's credentials: its own grants first, by priority, then those of its crew. */
export function listAgentCredentials(
  reads: ReadPool,
  workspaceId: string,
  agentId: string,
): Promise<readonly AgentCredential[]> {
  return reads.any<AgentCredential>(
    [workspaceId],
    sql`
      SELECT g.id, g.agent_id, c.id AS credential_id, c.name AS credential_name, c.type AS credential_type,
        c.provider AS credential_provider, c.status AS credential_status, g.env_var_name, g.priority, g.created_at,
        g.expires_at, coalesce(g.expires_at <= now(), false) AS expired, g.lease_source, g.lease_issued_at,
        'explicit' AS grant_source
      FROM credential_grants g JOIN credentials c ON c.id = g.credential_id AND c.deleted_at IS NULL
      WHERE g.workspace_id = ${workspaceId} AND g.agent_id = ${agentId}
      UNION ALL
      SELECT c.id, a.id, c.id, c.name, c.type, c.provider, c.status, NULL, 0, k.created_at, NULL, false, NULL, NULL,
        'crew'
      FROM agents a JOIN credential_crews k ON k.crew_id = a.crew_id
        JOIN credentials c ON c.id = k.credential_id AND c.deleted_at IS NULL
      WHERE a.workspace_id = ${workspaceId} AND a.id = ${agentId}
      ORDER BY grant_source DESC, priority DESC, created_at, id LIMIT 500`,
  );
}
