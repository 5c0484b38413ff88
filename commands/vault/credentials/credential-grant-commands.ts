import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { tellCredential } from '../../../db/vault/credentials/tell-credential.ts';
import { lockCredential } from '../../../db/vault/credentials/credentials-store.ts';

export interface NewGrant {
  readonly agentId: string;
  readonly credentialId: string;
  readonly envVarName: string;
  readonly priority: number;
  /** null: without end. */
  readonly ttlSeconds: number | null;
  readonly leaseSource: 'manual' | 'escalation_approve';
}

/**
 * Gives an agent a credential. Throws `not_found` for the agent, `invalid_request` for a credential that is not the
 * workspace's, `conflict` when the agent has it already, `wrong_state` for one that is revoked or still to be decided
 * on.
 */
export async function assignCredential(tx: Tx, grant: NewGrant, actor: Actor): Promise<string> {
  const agent = await tx.maybeOne<{ workspace_id: string; crew_id: string | null }>(sql`
    SELECT workspace_id, crew_id FROM agents WHERE id = ${grant.agentId} AND deleted_at IS NULL FOR SHARE`);
  if (agent === null) throw notFound('agent');
  const credential = await lockCredential(tx, grant.credentialId).catch((error: unknown) => {
    throw error instanceof CrewshipError
      ? invalidField('credential_id', 'names no credential of this workspace')
      : error;
  });
  if (['REVOKED', 'REJECTED', 'PENDING_APPROVAL'].includes(credential.status)) {
    throw wrongState('credential', credential.status);
  }
  return insertGrant(tx, grant, { workspaceId: agent.workspace_id, crewId: agent.crew_id }, actor);
}

/** The grant itself, of a locked credential. */
export async function insertGrant(
  tx: Tx,
  grant: NewGrant,
  agent: { readonly workspaceId: string; readonly crewId: string | null },
  actor: Actor,
): Promise<string> {
  const id = newId();
  const isLease = grant.ttlSeconds !== null || grant.leaseSource === 'escalation_approve';
  try {
    await tx.execute(sql`
      INSERT INTO credential_grants (id, workspace_id, credential_id, agent_id, env_var_name, priority, lease_source,
        lease_issued_at, expires_at)
      VALUES (${id}, ${agent.workspaceId}, ${grant.credentialId}, ${grant.agentId}, ${grant.envVarName},
        ${grant.priority}, ${isLease ? grant.leaseSource : null}, CASE WHEN ${isLease} THEN now() END,
        now() + ${grant.ttlSeconds}::integer * interval '1 second')`);
  } catch (error) {
    if (!isUniqueViolation(error, 'credential_grants_agent_id_credential_id_key')) throw error;
    throw new CrewshipError('conflict', 'the agent has this credential already', { cause: error });
  }
  tx.journal({
    type: 'credential.assigned',
    severity: 'notice',
    actor,
    workspaceId: agent.workspaceId,
    crewId: agent.crewId,
    agentId: grant.agentId,
    targetType: 'credential',
    targetId: grant.credentialId,
    summary: 'credential given to an agent',
    payload: { assignment_id: id, env_var_name: grant.envVarName, lease: isLease },
  });
  return id;
}

/** Takes a credential back. Throws `not_found`. */
export async function unassignCredential(
  tx: Tx,
  ref: { readonly agentId: string; readonly grantId: string },
  actor: Actor,
): Promise<void> {
  const found = await tx.maybeOne<{ workspace_id: string; credential_id: string }>(sql`
    SELECT workspace_id, credential_id FROM credential_grants WHERE id = ${ref.grantId} AND agent_id = ${ref.agentId}`);
  if (found === null) throw notFound('assignment');
  const gone = await tx.execute(sql`DELETE FROM credential_grants WHERE id = ${ref.grantId}`);
  if (gone === 0) throw notFound('assignment');
  tellCredential(tx, found.workspace_id, found.credential_id);
  tx.journal({
    type: 'credential.unassigned',
    severity: 'notice',
    actor,
    workspaceId: found.workspace_id,
    agentId: ref.agentId,
    targetType: 'credential',
    targetId: found.credential_id,
    summary: 'credential taken from an agent',
    payload: { assignment_id: ref.grantId },
  });
}
