import type { CredentialPart } from '../../../domain/vault/credentials/credential.ts';
import { descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
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

const ROTATIONS = listOrder(descending('time', sql.fragment`rotated_at`), descending('text', sql.fragment`id`));

/** Rotations of a credential, newest first. */
export function listRotations(
  reads: ReadPool,
  workspaceId: string,
  credentialId: string,
  page: PageRequest,
): Promise<Page<CredentialRotation>> {
  const where = sql.fragment`workspace_id = ${workspaceId} AND credential_id = ${credentialId}`;
  return readPage<CredentialRotation>(
    reads,
    [workspaceId],
    sql`
      SELECT ${rotationColumns}, ${ROTATIONS.key}, count(*) OVER () AS total FROM credential_rotations
      WHERE ${where} ${ROTATIONS.after(page)} ORDER BY ${ROTATIONS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM credential_rotations WHERE ${where}`,
  );
}
