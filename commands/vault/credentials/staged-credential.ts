import {
  checkSecret,
  endpointUrlOf,
  envVarNameOf,
  SECRET_FIELD,
} from '../../../domain/vault/credentials/credential.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { CredentialDecision, CredentialProposal } from '../../../db/kernel/transaction-effects.ts';
import { insertGrant } from './credential-grant-commands.ts';
import { scrubCredential } from './credential-commands.ts';
import { credentialNameConflict, lockCredential } from '../../../db/vault/credentials/credentials-store.ts';

/**
 * Stores what an agent proposes, in PENDING_APPROVAL: nobody has it until its escalation is approved. Throws `conflict`
 * for a taken name and `invalid_request` for a value that is not of its type.
 */
export async function stageCredential(tx: Tx, proposal: CredentialProposal): Promise<void> {
  const { credentialId: id, agent, proposed, ring, actor } = proposal;
  const { workspaceId } = agent;
  if (proposed.value !== null) checkSecret(proposed.type, proposed.value);
  const sealed =
    proposed.value === null ? null : ring.seal(proposed.value, { workspaceId, ownerId: id, field: SECRET_FIELD.value });
  try {
    await tx.execute(sql`
      INSERT INTO credentials (id, workspace_id, name, type, provider, scope, status, sealed_value,
        endpoint_url, created_by_actor_type, created_by_actor_id)
      VALUES (${id}, ${workspaceId}, ${proposed.name}, ${proposed.type}, ${proposed.provider}, 'CREW',
        'PENDING_APPROVAL', ${sealed}, ${endpointUrlOf(proposed.type, proposed.value)}, 'agent', ${agent.id})`);
  } catch (error) {
    throw credentialNameConflict(error);
  }
  tx.journal(
    auditEntry('created', {
      actor,
      workspaceId,
      crewId: agent.crewId,
      agentId: agent.id,
      targetType: 'credential',
      targetId: id,
      label: proposed.name,
      payload: { type: proposed.type, scope: 'CREW', status: 'PENDING_APPROVAL' },
    }),
  );
}

/**
 * What people decided on a proposed credential, in the transaction that closes its escalation, which is locked.
 * Approved, it is ACTIVE and its agent's; `answer` is its value when the agent asked for one. Otherwise it is rejected
 * and nothing of it is left.
 */
export async function settleStagedCredential(tx: Tx, decision: CredentialDecision): Promise<void> {
  const { credentialId: id, workspaceId, crewId, agentId, approved, actor } = decision;
  const credential = await lockCredential(tx, id);
  if (approved !== null) {
    if (credential.sealed_value === null) checkSecret(credential.type, approved.answer);
    const sealed =
      credential.sealed_value ??
      approved.ring.seal(approved.answer, { workspaceId, ownerId: id, field: SECRET_FIELD.value });
    const endpointUrl = credential.sealed_value === null ? endpointUrlOf(credential.type, approved.answer) : null;
    await tx.execute(sql`
      UPDATE credentials SET status = 'ACTIVE', sealed_value = ${sealed},
        endpoint_url = coalesce(endpoint_url, ${endpointUrl}), updated_at = now()
      WHERE id = ${id}`);
  } else {
    await tx.execute(sql`UPDATE credentials SET status = 'REJECTED' WHERE id = ${id}`);
    await scrubCredential(tx, id);
  }
  const to = approved !== null ? 'ACTIVE' : 'REJECTED';
  tx.journal({
    type: 'credential.status_change',
    severity: 'notice',
    actor,
    workspaceId,
    crewId,
    agentId,
    targetType: 'credential',
    targetId: id,
    summary: `credential ${credential.status} → ${to}`,
    payload: { from: credential.status, to },
  });
  if (approved === null || agentId === null) return;
  const live = await tx.maybeOne(sql`SELECT 1 FROM agents WHERE id = ${agentId} AND deleted_at IS NULL FOR SHARE`);
  if (live === null) return;
  const grant = {
    agentId,
    credentialId: id,
    envVarName: envVarNameOf(credential.name),
    priority: 0,
    ttlSeconds: null,
    leaseSource: 'escalation_approve' as const,
  };
  await insertGrant(tx, grant, { workspaceId, crewId }, actor);
}
