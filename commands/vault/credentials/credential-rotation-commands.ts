import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { canRotate, checkSecret, SECRET_FIELD } from '../../../domain/vault/credentials/credential.ts';
import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockCredential } from '../../../db/vault/credentials/credentials-store.ts';
import { type CredentialRotation, rotationColumns } from '../../../db/vault/credentials/list-rotations.ts';

/**
 * Replaces a credential's value. The old one stays, as it was sealed, for the grace: until then it may be tried when
 * the new one is refused; without a grace it is gone at once. Throws `not_found`, `wrong_state` (revoked, pending,
 * rejected),
 * `invalid_request`.
 */
export async function rotateCredential(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  rotation: { readonly credentialId: string; readonly value: string; readonly graceSeconds: number },
  actor: Actor,
): Promise<CredentialRotation> {
  const credential = await lockCredential(tx, rotation.credentialId);
  if (!canRotate(credential.status)) throw wrongState('credential', credential.status);
  checkSecret(credential.type, rotation.value);
  const { workspace_id: workspaceId } = credential;
  const sealed = ring.seal(rotation.value, { workspaceId, ownerId: credential.id, field: SECRET_FIELD.value });
  const isKept = rotation.graceSeconds > 0;
  await tx.execute(sql`
    UPDATE credentials SET sealed_value = ${sealed}, status = 'ACTIVE', last_error = NULL, token_expires_at = NULL,
      updated_at = now()
    WHERE id = ${credential.id}`);
  const row = await tx.one<CredentialRotation>(sql`
    INSERT INTO credential_rotations (id, workspace_id, credential_id, sealed_old_value, grace_seconds, status,
      rotated_by, expires_at)
    VALUES (${newId()}, ${workspaceId}, ${credential.id}, ${isKept ? credential.sealed_value : null},
      ${rotation.graceSeconds}, ${isKept ? 'ACTIVE' : 'EXPIRED'}, ${actor.type === 'user' ? actor.id : null},
      now() + ${rotation.graceSeconds} * interval '1 second')
    RETURNING ${rotationColumns}`);
  journalRotation(tx, { workspaceId, credentialId: credential.id }, 'credential.rotated', row, actor);
  return row;
}

/** Ends a grace early: the old value is gone. One that has ended stays as it is. Throws `not_found`. */
export async function cancelRotation(tx: Tx, rotationId: string, actor: Actor): Promise<CredentialRotation['status']> {
  const found = await tx.maybeOne<{
    status: CredentialRotation['status'];
    credential_id: string;
    workspace_id: string;
  }>(sql`SELECT status, credential_id, workspace_id FROM credential_rotations WHERE id = ${rotationId} FOR UPDATE`);
  if (found === null) throw notFound('rotation');
  if (found.status !== 'ACTIVE') return found.status;
  const row = await tx.one<CredentialRotation>(sql`
    UPDATE credential_rotations SET status = 'CANCELLED', sealed_old_value = NULL, cancelled_at = now()
    WHERE id = ${rotationId} RETURNING ${rotationColumns}`);
  const { workspace_id: workspaceId, credential_id: credentialId } = found;
  journalRotation(tx, { workspaceId, credentialId }, 'credential.rotation_cancelled', row, actor);
  return row.status;
}

/** Scrubs the old values whose grace is over. Returns how many. */
export function expireRotations(db: Pick<Database, 'systemTransaction'>): Promise<number> {
  return db.systemTransaction({}, (tx) =>
    tx.execute(sql`
      UPDATE credential_rotations SET status = 'EXPIRED', sealed_old_value = NULL
      WHERE status = 'ACTIVE' AND expires_at <= now()`),
  );
}

function journalRotation(
  tx: Tx,
  of: { workspaceId: string; credentialId: string },
  type: 'credential.rotated' | 'credential.rotation_cancelled',
  rotation: CredentialRotation,
  actor: Actor,
): void {
  tx.journal({
    type,
    severity: 'notice',
    actor,
    workspaceId: of.workspaceId,
    targetType: 'credential',
    targetId: of.credentialId,
    summary: type === 'credential.rotated' ? 'credential value replaced' : 'the replaced value is gone early',
    payload: { rotation_id: rotation.id, grace_seconds: rotation.grace_seconds },
  });
}
