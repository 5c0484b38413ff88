import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { sealedFieldOf } from '../../../domain/vault/credentials/credential.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  type CredentialField,
  credentialFieldColumns,
  MAX_CREDENTIAL_FIELDS,
} from '../../../db/vault/credentials/credential-fields-store.ts';
import { type CredentialRow, lockCredential } from '../../../db/vault/credentials/credentials-store.ts';

export interface NewField {
  readonly key: string;
  readonly value: string;
  readonly isSecret: boolean;
  readonly ordinal: number;
}

/**
 * Adds a field to a credential, sealed by itself where it is secret. Throws `not_found`, `conflict` for a key that it
 * has, `limit_reached`, `wrong_state` for a credential that nobody may use any more.
 */
export async function addCredentialField(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  credentialId: string,
  field: NewField,
  actor: Actor,
): Promise<CredentialField> {
  const credential = await lockUsable(tx, credentialId);
  const { count, taken } = await tx.one<{ count: number; taken: boolean }>(sql`
    SELECT count(*)::integer AS count, coalesce(bool_or(key = ${field.key}), false) AS taken
    FROM credential_fields WHERE credential_id = ${credentialId}`);
  if (taken) {
    throw new CrewshipError('conflict', 'the credential has a field with this key', {
      fields: [{ path: 'key', message: 'is taken' }],
    });
  }
  if (count >= MAX_CREDENTIAL_FIELDS) {
    throw new CrewshipError('limit_reached', `a credential has at most ${MAX_CREDENTIAL_FIELDS} fields`, {
      extensions: { limit: MAX_CREDENTIAL_FIELDS },
    });
  }
  const { plain, sealed } = stored(ring, credential, field);
  const row = await tx.one<CredentialField>(sql`
    INSERT INTO credential_fields (id, workspace_id, credential_id, key, is_secret, ordinal, value, sealed_value)
    VALUES (${newId()}, ${credential.workspace_id}, ${credentialId}, ${field.key}, ${field.isSecret},
      ${field.ordinal}, ${plain}, ${sealed})
    RETURNING ${credentialFieldColumns}`);
  journalField(tx, credential, 'credential.field_set', field, actor);
  return row;
}

/**
 * Replaces a field. What was secret is gone at once, so replacing that is for those who manage; `rotate` keeps the old
 * one for a while. Throws `not_found`, `forbidden`, `wrong_state`.
 */
export async function replaceCredentialField(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  credentialId: string,
  field: NewField,
  by: { readonly actor: Actor; readonly mayReplaceSecrets: boolean },
): Promise<CredentialField> {
  const credential = await lockUsable(tx, credentialId);
  const before = await tx.maybeOne<{ is_secret: boolean }>(sql`
    SELECT is_secret FROM credential_fields WHERE credential_id = ${credentialId} AND key = ${field.key}`);
  if (before === null) throw notFound('field');
  if (before.is_secret && !by.mayReplaceSecrets) {
    throw new CrewshipError('forbidden', 'replacing a secret without a grace is for OWNER and ADMIN');
  }
  const { plain, sealed } = stored(ring, credential, field);
  const row = await tx.one<CredentialField>(sql`
    UPDATE credential_fields SET is_secret = ${field.isSecret}, ordinal = ${field.ordinal}, value = ${plain},
      sealed_value = ${sealed}, updated_at = now()
    WHERE credential_id = ${credentialId} AND key = ${field.key} RETURNING ${credentialFieldColumns}`);
  journalField(tx, credential, 'credential.field_set', field, by.actor);
  return row;
}

/**
 * Takes a field away, and what is kept of values it had. Throws `not_found`, and `forbidden` for a secret one where the
 * caller may not replace those.
 */
export async function deleteCredentialField(
  tx: Tx,
  credentialId: string,
  key: string,
  by: { readonly actor: Actor; readonly mayReplaceSecrets: boolean },
): Promise<void> {
  const credential = await lockCredential(tx, credentialId);
  const gone = await tx.maybeOne<{ is_secret: boolean }>(sql`
    DELETE FROM credential_fields WHERE credential_id = ${credentialId} AND key = ${key} RETURNING is_secret`);
  if (gone === null) throw notFound('field');
  if (gone.is_secret && !by.mayReplaceSecrets) {
    throw new CrewshipError('forbidden', 'deleting a secret field is for OWNER and ADMIN');
  }
  await tx.execute(sql`
    UPDATE credential_rotations SET sealed_old_value = NULL, status = 'EXPIRED'
    WHERE credential_id = ${credentialId} AND part = ${sealedFieldOf(key)} AND status = 'ACTIVE'`);
  journalField(tx, credential, 'credential.field_deleted', { key, isSecret: gone.is_secret }, by.actor);
}

async function lockUsable(tx: Tx, credentialId: string): Promise<CredentialRow> {
  const credential = await lockCredential(tx, credentialId);
  if (['REVOKED', 'REJECTED', 'PENDING_APPROVAL'].includes(credential.status)) {
    throw wrongState('credential', credential.status);
  }
  return credential;
}

function stored(ring: Pick<KeyRing, 'seal'>, { id, workspace_id: workspaceId }: CredentialRow, field: NewField) {
  if (!field.isSecret) return { plain: field.value, sealed: null };
  return { plain: null, sealed: ring.seal(field.value, { workspaceId, ownerId: id, field: sealedFieldOf(field.key) }) };
}

function journalField(
  tx: Tx,
  credential: CredentialRow,
  type: 'credential.field_set' | 'credential.field_deleted',
  field: Pick<NewField, 'key' | 'isSecret'>,
  actor: Actor,
): void {
  tx.journal({
    type,
    severity: 'notice',
    actor,
    workspaceId: credential.workspace_id,
    targetType: 'credential',
    targetId: credential.id,
    summary: `field ${field.key} of ${credential.name} ${type === 'credential.field_set' ? 'set' : 'deleted'}`,
    payload: { key: field.key, is_secret: field.isSecret },
  });
}
