import { sealedFieldOf } from '../../../domain/vault/credentials/credential.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A part of a credential beside its value. `value` is null for what is secret. */
export interface CredentialField {
  readonly key: string;
  readonly is_secret: boolean;
  readonly ordinal: number;
  readonly value: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export const credentialFieldColumns = sql.fragment`key, is_secret, ordinal, value, created_at, updated_at`;

/** Of one credential; so many it may have. */
export const MAX_CREDENTIAL_FIELDS = 50;

export function listCredentialFields(
  reads: ReadPool,
  workspaceId: string,
  credentialId: string,
): Promise<readonly CredentialField[]> {
  return reads.any<CredentialField>(
    [workspaceId],
    sql`
      SELECT ${credentialFieldColumns} FROM credential_fields
      WHERE workspace_id = ${workspaceId} AND credential_id = ${credentialId}
      ORDER BY ordinal, key ${sql.limit(MAX_CREDENTIAL_FIELDS)}`,
  );
}

/** What a field says, opened where it is secret; null for one that is not there. Throws `SealError`. */
export async function openCredentialField(
  reads: ReadPool,
  ring: Pick<KeyRing, 'open'>,
  ref: { readonly workspaceId: string; readonly credentialId: string; readonly key: string },
): Promise<string | null> {
  const { workspaceId, credentialId, key } = ref;
  const row = await reads.maybeOne<{ value: string | null; sealed: string | null }>(
    [workspaceId],
    sql`
      SELECT f.value, f.sealed_value AS sealed FROM credential_fields f
      JOIN credentials c ON c.id = f.credential_id AND c.deleted_at IS NULL
      WHERE f.workspace_id = ${workspaceId} AND f.credential_id = ${credentialId} AND f.key = ${key}`,
  );
  if (row === null) return null;
  if (row.sealed === null) return row.value;
  return ring.open(row.sealed, { workspaceId, ownerId: credentialId, field: sealedFieldOf(key) });
}
