import type { CredentialPart } from '../../../domain/vault/credentials/credential.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface CredentialRotation {
  readonly id: string;
  readonly credential_id: string;
  readonly part: CredentialPart;
  readonly grace_seconds: number;
  readonly rotated_at: string;
  readonly expires_at: string;
  readonly rotated_by: string | null;
  readonly status: 'ACTIVE' | 'EXPIRED' | 'CANCELLED';
  readonly old_value_gone: boolean;
  readonly cancelled_at: string | null;
}

export const rotationColumns = sql.fragment`
  id, credential_id, part, grace_seconds, rotated_at, expires_at, rotated_by, status,
  sealed_old_value IS NULL AS old_value_gone, cancelled_at`;

/** Rotations of a credential, newest first. */
export function listRotations(
  reads: ReadPool,
  workspaceId: string,
  credentialId: string,
): Promise<readonly CredentialRotation[]> {
  return reads.any<CredentialRotation>(
    [workspaceId],
    sql`
      SELECT ${rotationColumns} FROM credential_rotations
      WHERE workspace_id = ${workspaceId} AND credential_id = ${credentialId}
      ORDER BY rotated_at DESC, id DESC LIMIT 100`,
  );
}
