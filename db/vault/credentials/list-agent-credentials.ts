import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { type ReachSource, reachOfAgent } from './reaching-credentials.ts';

/** What an agent has, by its own grant, a binding or through its crew (docs/contracts/credentials.md, Assignment). */
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
  /** Of a lease that ends with a run. */
  readonly run_id: string | null;
  readonly grant_source: ReachSource;
}

/** An agent's credentials in the order in which they win a slot. */
export function listAgentCredentials(
  reads: ReadPool,
  workspaceId: string,
  agentId: string,
): Promise<readonly AgentCredential[]> {
  return reads.any<AgentCredential>(
    [workspaceId],
    sql`
      SELECT r.id, a.id AS agent_id, c.id AS credential_id, c.name AS credential_name, c.type AS credential_type,
        c.provider AS credential_provider, c.status AS credential_status, r.slot AS env_var_name, r.priority,
        r.created_at, r.expires_at, coalesce(r.expires_at <= now(), false) AS expired, r.lease_source,
        r.lease_issued_at, r.run_id, r.source AS grant_source
      FROM agents a CROSS JOIN LATERAL ${reachOfAgent('every run')} r
      JOIN credentials c ON c.id = r.credential_id AND c.deleted_at IS NULL
      WHERE a.workspace_id = ${workspaceId} AND a.id = ${agentId}
      ORDER BY r.rank, r.priority DESC, r.created_at, r.id LIMIT 500`,
  );
}
