import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { BindingScope, CredentialBinding } from '../../../db/vault/credentials/credential-bindings-store.ts';
import { tellCredential } from '../../../db/vault/credentials/tell-credential.ts';
import { lockCredential } from '../../../db/vault/credentials/credentials-store.ts';

export interface NewBinding {
  readonly credentialId: string;
  readonly slot: string;
  readonly scope: BindingScope;
  readonly crewId: string | null;
  readonly agentId: string | null;
}

/**
 * Gives a credential to all of a workspace, to a crew or to an agent, under a slot's name. Throws `invalid_request` for
 * what is not the workspace's, `wrong_state` for a credential that is revoked or still to be decided on, `conflict` for
 * a slot that is taken there.
 */
export async function bindCredential(
  tx: Tx,
  workspaceId: string,
  binding: NewBinding,
  by: { readonly actor: Actor; readonly userId: string | null },
): Promise<CredentialBinding> {
  const { crewId, agentId, scope, slot } = binding;
  await requireLive(tx, 'crew_id', sql.fragment`crews`, crewId);
  await requireLive(tx, 'agent_id', sql.fragment`agents`, agentId);
  const credential = await lockCredential(tx, binding.credentialId).catch((error: unknown) => {
    if (!(error instanceof CrewshipError && error.code === 'not_found')) throw error;
    throw invalidField('credential_id', 'names no credential of this workspace');
  });
  if (['REVOKED', 'REJECTED', 'PENDING_APPROVAL'].includes(credential.status)) {
    throw wrongState('credential', credential.status);
  }
  const id = newId();
  let row: { created_at: string };
  try {
    row = await tx.one(sql`
      INSERT INTO credential_bindings (id, workspace_id, credential_id, scope, crew_id, agent_id, slot, created_by)
      VALUES (${id}, ${workspaceId}, ${credential.id}, ${scope}, ${crewId}, ${agentId}, ${slot}, ${by.userId})
      RETURNING created_at`);
  } catch (error) {
    if (!isUniqueViolation(error, 'credential_bindings_slot')) throw error;
    throw new CrewshipError('conflict', 'this slot holds a credential already', {
      fields: [{ path: 'slot', message: 'is taken' }],
      cause: error,
    });
  }
  journalBinding(tx, 'credential.bound', { ...binding, id, workspaceId }, by.actor);
  return {
    id,
    credential_id: credential.id,
    credential_name: credential.name,
    scope,
    crew_id: crewId,
    agent_id: agentId,
    slot,
    created_at: row.created_at,
  };
}

/** Takes a binding away. Throws `not_found`. */
export async function unbindCredential(tx: Tx, id: string, actor: Actor): Promise<void> {
  const gone = await tx.maybeOne<NewBinding & { workspaceId: string }>(sql`
    DELETE FROM credential_bindings WHERE id = ${id}
    RETURNING workspace_id AS "workspaceId", credential_id AS "credentialId", slot, scope, crew_id AS "crewId",
      agent_id AS "agentId"`);
  if (gone === null) throw notFound('binding');
  tellCredential(tx, gone.workspaceId, gone.credentialId);
  journalBinding(tx, 'credential.unbound', { ...gone, id }, actor);
}

/** Row-level security keeps other workspaces' rows out of sight. */
async function requireLive(tx: Tx, field: 'crew_id' | 'agent_id', table: Fragment, id: string | null): Promise<void> {
  if (id === null) return;
  const found = await tx.maybeOne(sql`SELECT 1 FROM ${table} WHERE id = ${id} AND deleted_at IS NULL FOR SHARE`);
  if (found === null) throw invalidField(field, 'names nothing of this workspace');
}

function journalBinding(
  tx: Tx,
  type: 'credential.bound' | 'credential.unbound',
  binding: NewBinding & { readonly id: string; readonly workspaceId: string },
  actor: Actor,
): void {
  tx.journal({
    type,
    severity: 'notice',
    actor,
    workspaceId: binding.workspaceId,
    crewId: binding.crewId,
    agentId: binding.agentId,
    targetType: 'credential',
    targetId: binding.credentialId,
    summary: type === 'credential.bound' ? 'credential bound to a slot' : 'credential taken from a slot',
    payload: { binding_id: binding.id, scope: binding.scope, slot: binding.slot },
  });
}
