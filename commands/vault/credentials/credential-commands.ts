import { SECRET_FIELD } from '../../../domain/vault/credentials/credential.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import {
  type Credential,
  type CredentialScope,
  type CredentialType,
  checkSecret,
  endpointUrlOf,
  type SecurityLevel,
} from '../../../domain/vault/credentials/credential.ts';
import { checkRegistryChange, checkRegistryCredential } from '../../../domain/vault/credentials/registry-credential.ts';
import { invalidField, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { scrubAnswers } from '../../engine/escalations/scrub-answers.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { tellCredential } from '../../../db/vault/credentials/tell-credential.ts';
import {
  credentialNameConflict,
  getCredentialIn,
  lockCredential,
} from '../../../db/vault/credentials/credentials-store.ts';

/** What a caller may set besides the secrets. Field names are those of the API. */
export interface CredentialFields {
  readonly name: string;
  readonly provider: string;
  readonly scope: CredentialScope;
  readonly security_level: SecurityLevel;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly account_label: string | null;
  readonly account_email: string | null;
  readonly username: string | null;
  readonly token_expires_at: string | null;
}

export interface NewCredential extends CredentialFields {
  readonly type: CredentialType;
  readonly crew_ids: readonly string[];
  /** null: the credential waits for its first value. */
  readonly value: string | null;
  readonly refresh_token: string | null;
}

/**
 * Stores a credential; its secrets are sealed here and are in nothing else that is written. ACTIVE with a value,
 * PENDING without. Throws `conflict` for a taken name, `invalid_request` for a value that is not of its type and for
 * crews that are not the workspace's.
 */
export async function createCredential(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  workspaceId: string,
  credential: NewCredential,
  actor: Actor,
): Promise<Credential> {
  if (credential.type === 'USERPASS' && credential.username === null) {
    throw invalidField('username', 'is required for USERPASS');
  }
  if (credential.value !== null) checkSecret(credential.type, credential.value);
  const id = newId();
  const { crew_ids: crewIds, value, refresh_token: refreshToken, type, ...fields } = credential;
  const scope = crewIds.length > 0 ? 'CREW' : fields.scope;
  checkRegistryCredential({ ...fields, type, scope });
  const seal = (text: string | null, field: string) =>
    text === null ? null : ring.seal(text, { workspaceId, ownerId: id, field });
  const columns: Record<string, Fragment> = {
    ...columnsOf({ ...fields, scope }),
    type: sql.fragment`${type}`,
    status: sql.fragment`${value === null ? 'PENDING' : 'ACTIVE'}`,
    sealed_value: sql.fragment`${seal(value, SECRET_FIELD.value)}`,
    endpoint_url: sql.fragment`${endpointUrlOf(type, value)}`,
    sealed_refresh_token: sql.fragment`${seal(refreshToken, SECRET_FIELD.refreshToken)}`,
    created_by_actor_type: sql.fragment`${actor.type === 'user' ? 'user' : 'agent'}`,
    created_by_actor_id: sql.fragment`${actor.id}`,
  };
  try {
    await tx.execute(sql`
      INSERT INTO credentials (id, workspace_id, ${sql.join(
        Object.keys(columns).map((name) => sql.identifier([name])),
        sql.fragment`, `,
      )})
      VALUES (${id}, ${workspaceId}, ${sql.join(Object.values(columns), sql.fragment`, `)})`);
  } catch (error) {
    throw credentialNameConflict(error);
  }
  await linkCrews(tx, { id, workspaceId }, crewIds);
  tx.journal(
    auditEntry('created', {
      actor,
      workspaceId,
      targetType: 'credential',
      targetId: id,
      label: fields.name,
      payload: { type, scope },
    }),
  );
  return getCredentialIn(tx, id);
}

type CredentialPatch = Partial<CredentialFields> & { readonly crew_ids?: readonly string[] | undefined };

/**
 * Changes what is not secret; the row is locked first, so that `change` sees what it changes. `crew_ids` replaces the
 * crews, and any crew makes the scope CREW. Throws `not_found`, `conflict`, `invalid_request`.
 */
export async function updateCredential(
  tx: Tx,
  id: string,
  change: (current: Credential) => CredentialPatch,
  actor: Actor,
): Promise<Credential> {
  await lockCredential(tx, id);
  const current = await getCredentialIn(tx, id);
  const { crew_ids: crewIds, ...rest } = change(current);
  if (rest.username === null && current.type === 'USERPASS') {
    throw invalidField('username', 'is required for USERPASS');
  }
  const fields = crewIds !== undefined && crewIds.length > 0 ? { ...rest, scope: 'CREW' as const } : rest;
  checkRegistryChange(current, {
    type: current.type,
    provider: fields.provider ?? current.provider,
    account_label: fields.account_label === undefined ? current.account_label : fields.account_label,
    scope: fields.scope ?? current.scope,
  });
  const columns = columnsOf(fields);
  const changedFields = [...Object.keys(columns), ...(crewIds === undefined ? [] : ['crew_ids'])];
  if (changedFields.length === 0) return current;
  try {
    await tx.execute(sql`
      UPDATE credentials SET ${assignments({ ...columns, updated_at: sql.fragment`now()` })} WHERE id = ${id}`);
  } catch (error) {
    throw credentialNameConflict(error);
  }
  if (crewIds !== undefined || fields.scope === 'WORKSPACE') {
    await tx.execute(sql`DELETE FROM credential_crews WHERE credential_id = ${id}`);
    await linkCrews(tx, { id, workspaceId: current.workspace_id }, crewIds ?? []);
  }
  if (crewIds !== undefined || fields.scope !== undefined) tellCredential(tx, current.workspace_id, id);
  tx.journal(
    auditEntry('updated', {
      actor,
      workspaceId: current.workspace_id,
      targetType: 'credential',
      targetId: id,
      label: fields.name ?? current.name,
      payload: { changed_fields: changedFields },
    }),
  );
  return getCredentialIn(tx, id);
}

/**
 * Soft-deletes a credential: its ciphertexts, those of values it replaced and of answers that held it are scrubbed, and
 * nobody has it any more. Throws `wrong_state` for one that a person has still to decide on.
 */
export async function deleteCredential(tx: Tx, id: string, actor: Actor): Promise<void> {
  await tx.any(sql`SELECT 1 FROM escalations WHERE credential_id = ${id} ORDER BY id FOR UPDATE`);
  const credential = await lockCredential(tx, id);
  if (credential.status === 'PENDING_APPROVAL') {
    throw wrongState('credential', credential.status, 'the credential waits for its escalation to be answered');
  }
  await scrubCredential(tx, id);
  await scrubAnswers(tx, id);
  tellCredential(tx, credential.workspace_id, id);
  tx.journal(
    auditEntry('deleted', {
      actor,
      workspaceId: credential.workspace_id,
      targetType: 'credential',
      targetId: id,
      label: credential.name,
    }),
  );
}

/** Leaves nothing of a locked credential that could be opened or used. */
export async function scrubCredential(tx: Tx, id: string): Promise<void> {
  await tx.execute(sql`
    UPDATE credentials SET sealed_value = NULL, sealed_refresh_token = NULL, endpoint_url = NULL,
      deleted_at = now(), updated_at = now()
    WHERE id = ${id}`);
  await tx.execute(sql`
    UPDATE credential_rotations SET sealed_old_value = NULL, status = 'EXPIRED'
    WHERE credential_id = ${id} AND status = 'ACTIVE'`);
  await tx.execute(sql`DELETE FROM credential_fields WHERE credential_id = ${id}`);
  await tx.execute(sql`DELETE FROM credential_grants WHERE credential_id = ${id}`);
  await tx.execute(sql`DELETE FROM credential_crews WHERE credential_id = ${id}`);
  await tx.execute(sql`DELETE FROM credential_bindings WHERE credential_id = ${id}`);
}

function columnsOf(fields: Partial<CredentialFields>): Record<string, Fragment> {
  const set: Record<string, Fragment> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    set[name] = Array.isArray(value)
      ? sql.fragment`${sql.array(value as string[], 'text')}`
      : sql.fragment`${value as string | number | null}`;
  }
  return set;
}

async function linkCrews(
  tx: Tx,
  credential: { id: string; workspaceId: string },
  crewIds: readonly string[],
): Promise<void> {
  const wanted = [...new Set(crewIds)];
  if (wanted.length === 0) return;
  const linked = await tx.execute(sql`
    INSERT INTO credential_crews (workspace_id, credential_id, crew_id)
    SELECT workspace_id, ${credential.id}, id FROM crews
    WHERE id = ANY (${sql.array(wanted, 'text')}) AND workspace_id = ${credential.workspaceId} AND deleted_at IS NULL`);
  if (linked < wanted.length) throw invalidField('crew_ids', 'names no crew of this workspace');
}
