import type { Actor } from '../../../domain/kernel/access/authority.ts';
import {
  type CredentialPart,
  canRotate,
  checkSecret,
  endpointUrlOf,
  SECRET_FIELD,
} from '../../../domain/vault/credentials/credential.ts';
import { type EndpointChange, withEndpointParts } from '../../../domain/vault/credentials/endpoint-parts.ts';
import { invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type CredentialRow, lockCredential } from '../../../db/vault/credentials/credentials-store.ts';
import { type CredentialRotation, rotationColumns } from '../../../db/vault/credentials/list-rotations.ts';

/** What is replaced: the value, the refresh token, one field, or parts of an endpoint. */
export type Replacement =
  | { readonly part: CredentialPart; readonly value: string }
  | { readonly endpoint: EndpointChange };

/**
 * Replaces a credential's value, or a part of it; the rest stays as it is. The old one stays, as it was sealed, for the
 * grace: until then it may be tried when the new one is refused; without a grace it is gone at once. A new value makes
 * the credential ACTIVE. Throws `not_found`, `wrong_state` (revoked, pending, rejected), `invalid_request`.
 */
export async function rotateCredential(
  tx: Tx,
  ring: Pick<KeyRing, 'seal' | 'open'>,
  rotation: {
    readonly credentialId: string;
    readonly replacement: Replacement;
    readonly graceSeconds: number;
  },
  actor: Actor,
): Promise<CredentialRotation> {
  const credential = await lockCredential(tx, rotation.credentialId);
  if (!canRotate(credential.status)) throw wrongState('credential', credential.status);
  const { workspace_id: workspaceId } = credential;
  const { part, value } = readReplacement(ring, credential, rotation.replacement);
  const sealed = ring.seal(value, { workspaceId, ownerId: credential.id, field: part });
  const old = await replacePart(tx, credential, part, { value, sealed });
  const isKept = rotation.graceSeconds > 0 && old !== null;
  const row = await tx.one<CredentialRotation>(sql`
    INSERT INTO credential_rotations (id, workspace_id, credential_id, part, sealed_old_value, grace_seconds, status,
      rotated_by, expires_at)
    VALUES (${newId()}, ${workspaceId}, ${credential.id}, ${part}, ${isKept ? old : null},
      ${rotation.graceSeconds}, ${isKept ? 'ACTIVE' : 'EXPIRED'}, ${actor.type === 'user' ? actor.id : null},
      now() + ${rotation.graceSeconds} * interval '1 second')
    RETURNING ${rotationColumns}`);
  journalRotation(tx, { workspaceId, credentialId: credential.id }, 'credential.rotated', row, actor);
  return row;
}

/** Which part it is, and what it is from now on. */
function readReplacement(
  ring: Pick<KeyRing, 'open'>,
  credential: CredentialRow,
  replacement: Replacement,
): { part: CredentialPart; value: string } {
  const { id: ownerId, workspace_id: workspaceId, type, sealed_value: sealed } = credential;
  if ('endpoint' in replacement) {
    if (type !== 'ENDPOINT_URL' || sealed === null) {
      throw invalidField('endpoint_base_url', 'is a part of an ENDPOINT_URL');
    }
    const now = ring.open(sealed, { workspaceId, ownerId, field: SECRET_FIELD.value });
    const value = withEndpointParts(now, replacement.endpoint);
    checkSecret(type, value);
    return { part: SECRET_FIELD.value, value };
  }
  if (replacement.part === SECRET_FIELD.value) checkSecret(type, replacement.value);
  return replacement;
}

/** Puts the new one in its place. Returns the old one as it was sealed; null where there was none. */
async function replacePart(
  tx: Tx,
  { id, type, sealed_value: oldValue }: CredentialRow,
  part: CredentialPart,
  next: { readonly value: string; readonly sealed: string },
): Promise<string | null> {
  if (part === SECRET_FIELD.value) {
    await tx.execute(sql`
      UPDATE credentials SET sealed_value = ${next.sealed}, status = 'ACTIVE', last_error = NULL,
        endpoint_url = ${endpointUrlOf(type, next.value)},
        token_expires_at = NULL, updated_at = now()
      WHERE id = ${id}`);
    return oldValue;
  }
  if (part === SECRET_FIELD.refreshToken) {
    const { old } = await tx.one<{ old: string | null }>(sql`
      SELECT sealed_refresh_token AS old FROM credentials WHERE id = ${id}`);
    if (old === null) throw invalidField('part', 'the credential has no refresh token');
    await tx.execute(sql`
      UPDATE credentials SET sealed_refresh_token = ${next.sealed}, updated_at = now() WHERE id = ${id}`);
    return old;
  }
  const key = part.slice('field:'.length);
  const field = await tx.maybeOne<{ old: string | null }>(sql`
    SELECT sealed_value AS old FROM credential_fields WHERE credential_id = ${id} AND key = ${key}`);
  if (field?.old == null) throw invalidField('field', 'names no secret field of this credential');
  await tx.execute(sql`
    UPDATE credential_fields SET sealed_value = ${next.sealed}, updated_at = now()
    WHERE credential_id = ${id} AND key = ${key}`);
  return field.old;
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
    summary:
      type === 'credential.rotated' ? `credential ${rotation.part} replaced` : 'the replaced value is gone early',
    payload: { rotation_id: rotation.id, grace_seconds: rotation.grace_seconds, part: rotation.part },
  });
}
