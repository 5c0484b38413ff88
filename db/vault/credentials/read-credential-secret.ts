import { type CredentialType, SECRET_FIELD } from '../../../domain/vault/credentials/credential.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface OpenedCredential {
  readonly id: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly provider: string;
  /** Null: it has none, or none any more. */
  readonly value: string | null;
}

/** A live credential with its value opened; null for one that is not there. Throws `SealError`. */
export async function openCredential(
  reads: ReadPool,
  ring: Pick<KeyRing, 'open'>,
  workspaceId: string,
  id: string,
): Promise<OpenedCredential | null> {
  const row = await reads.maybeOne<Omit<OpenedCredential, 'value'> & { sealed: string | null }>(
    [workspaceId],
    sql`
      SELECT id, name, type, provider, sealed_value AS sealed FROM credentials
      WHERE id = ${id} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`,
  );
  if (row === null) return null;
  const { sealed, ...credential } = row;
  const value = sealed === null ? null : ring.open(sealed, { workspaceId, ownerId: id, field: SECRET_FIELD.value });
  return { ...credential, value };
}
