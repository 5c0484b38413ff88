import { type CredentialType, envVarNameOf } from '../../../domain/vault/credentials/credential.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { reachOfAgent } from '../../vault/credentials/reaching-credentials.ts';

/** A credential that works and that an agent has, by whatever way. */
export interface RequestedCredential {
  readonly id: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly provider: string;
  readonly security_level: number;
  /** The variable that it is handed over in. */
  readonly env_var: string;
  /** Whether the agent has it by a grant or a binding, and not only as one of its crew. */
  readonly has_grant: boolean;
}

type Reached = Omit<RequestedCredential, 'has_grant' | 'env_var'> & {
  readonly slot: string | null;
  readonly source: string;
};

/**
 * For this agent and run, by its id, or by the variable that the agent has it in; null for one that does not work or
 * does not reach it.
 */
export async function findRequestedCredential(
  tx: Tx,
  agent: { readonly id: string; readonly runId: string | null },
  wanted: { readonly id: string } | { readonly envVar: string },
): Promise<RequestedCredential | null> {
  const which =
    'id' in wanted ? sql.fragment`c.id = ${wanted.id}` : sql.fragment`(r.slot IS NULL OR r.slot = ${wanted.envVar})`;
  const reached = await tx.any<Reached>(sql`
    SELECT c.id, c.name, c.type, c.provider, c.security_level, r.slot, r.source
    FROM agents a CROSS JOIN LATERAL ${reachOfAgent(agent)} r JOIN credentials c ON c.id = r.credential_id
    WHERE a.id = ${agent.id} AND a.deleted_at IS NULL AND ${which}
      AND c.workspace_id = a.workspace_id AND c.deleted_at IS NULL AND c.status = 'ACTIVE'
      AND c.sealed_value IS NOT NULL AND (c.token_expires_at IS NULL OR c.token_expires_at > now())
      AND (r.expires_at IS NULL OR r.expires_at > now())
    ORDER BY r.rank, r.priority DESC, r.created_at, r.id LIMIT 500`);
  const first = reached.find((one) => 'id' in wanted || (one.slot ?? envVarNameOf(one.name)) === wanted.envVar);
  if (first === undefined) return null;
  const { slot, source: _, ...credential } = first;
  const has_grant = reached.some(({ id, source }) => id === first.id && source !== 'crew');
  return { ...credential, env_var: slot ?? envVarNameOf(first.name), has_grant };
}
