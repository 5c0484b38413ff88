import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { countsForSeconds, type KeyPurpose, PRIVATE_KEY_FIELD } from '../../../domain/instance/keys/instance-key.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { NewSigningKey } from '../../../platform/crypto/signing-keys.ts';

/** What a key's private half is sealed for. */
export function sealContextOf(kid: string) {
  return { workspaceId: 'instance', ownerId: kid, field: PRIVATE_KEY_FIELD };
}

interface NewKey {
  readonly purpose: KeyPurpose;
  readonly key: NewSigningKey;
  readonly ring: Pick<KeyRing, 'seal'>;
}

/** Those who make or replace a purpose's key pass one after the other. */
async function lockPurpose(tx: Tx, purpose: KeyPurpose): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`instance key ${purpose}`}, 0))`);
}

async function insertKey(tx: Tx, { purpose, key, ring }: NewKey): Promise<void> {
  const sealed = ring.seal(key.privateText, sealContextOf(key.kid));
  await tx.execute(sql`
    INSERT INTO instance_keys (id, purpose, public_jwk, sealed_private)
    VALUES (${key.kid}, ${purpose}, ${sql.jsonb({ ...key.publicJwk })}, ${sealed})`);
}

/** Makes this the purpose's first key; of any number of calls at once one does. A system transaction. */
export async function ensureKey(tx: Tx, made: NewKey, actor: Actor): Promise<void> {
  const { purpose, key } = made;
  await lockPurpose(tx, purpose);
  const { exists } = await tx.one<{ exists: boolean }>(sql`
    SELECT EXISTS (SELECT 1 FROM instance_keys WHERE purpose = ${purpose} AND retired_at IS NULL) AS exists`);
  if (exists) return;
  await insertKey(tx, made);
  tx.journal({
    type: 'instance_key.created',
    actor,
    workspaceId: null,
    targetType: 'instance_key',
    targetId: key.kid,
    summary: `the instance has a key for ${purpose}`,
    payload: { purpose },
  });
}

/**
 * Signs with this key from now on. The private half of the one before it is deleted; what it signed counts for as long
 * as the purpose says, or `isCompromised`: no longer. A system transaction.
 */
export async function rotateKey(
  tx: Tx,
  made: NewKey & { readonly isCompromised: boolean },
  actor: Actor,
): Promise<{ previousKid: string | null }> {
  const { purpose, key, isCompromised } = made;
  await lockPurpose(tx, purpose);
  const seconds = isCompromised ? 0 : countsForSeconds(purpose);
  const previous = await tx.maybeOne<{ id: string }>(sql`
    UPDATE instance_keys SET retired_at = now(), sealed_private = NULL,
      verifies_until = now() + make_interval(secs => ${seconds}::double precision)
    WHERE purpose = ${purpose} AND retired_at IS NULL RETURNING id`);
  // Those before it may be known to whoever took it.
  if (isCompromised) {
    await tx.execute(sql`
      UPDATE instance_keys SET verifies_until = now()
      WHERE purpose = ${purpose} AND retired_at IS NOT NULL AND (verifies_until IS NULL OR verifies_until > now())`);
  }
  await insertKey(tx, made);
  const previousKid = previous?.id ?? null;
  tx.journal({
    type: 'instance_key.rotated',
    severity: isCompromised ? 'warn' : 'notice',
    actor,
    workspaceId: null,
    targetType: 'instance_key',
    targetId: key.kid,
    summary: `the instance signs with another key for ${purpose}`,
    payload: { purpose, previous_kid: previousKid, counts_for_seconds: seconds },
  });
  return { previousKid };
}
