import { SECRET_FIELD } from '../../../domain/vault/credentials/credential.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

const works = sql.fragment`deleted_at IS NULL AND sealed_value IS NOT NULL AND type = 'API_KEY'
  AND status IN ('ACTIVE', 'RATE_LIMITED') AND (token_expires_at IS NULL OR token_expires_at > now())`;

/** The key that a credential of a workspace holds; null for one that is missing, foreign, or does not work any more. */
export async function openModelCredential(
  reads: ReadPool,
  ring: Pick<KeyRing, 'open'>,
  { workspaceId, credentialId }: { readonly workspaceId: string; readonly credentialId: string },
): Promise<string | null> {
  const row = await reads.maybeOne<{ sealed: string }>(
    [workspaceId],
    sql`SELECT sealed_value AS sealed FROM credentials
      WHERE id = ${credentialId} AND workspace_id = ${workspaceId} AND ${works}`,
  );
  if (row === null) return null;
  return ring.open(row.sealed, { workspaceId, ownerId: credentialId, field: SECRET_FIELD.value });
}

/** Which of these are API keys of the workspace that are there. */
export async function findModelCredentials(
  reads: ReadPool,
  workspaceId: string,
  credentialIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (credentialIds.length === 0) return new Set();
  const rows = await reads.any<{ id: string }>(
    [workspaceId],
    sql`SELECT id FROM credentials WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL AND type = 'API_KEY'
      AND id = ANY (${sql.array([...credentialIds], 'text')})`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** Which of these would work now. */
export async function findWorkingCredentials(
  reads: ReadPool,
  workspaceId: string,
  credentialIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (credentialIds.length === 0) return new Set();
  const rows = await reads.any<{ id: string }>(
    [workspaceId],
    sql`SELECT id FROM credentials
      WHERE workspace_id = ${workspaceId} AND id = ANY (${sql.array([...credentialIds], 'text')}) AND ${works}`,
  );
  return new Set(rows.map(({ id }) => id));
}
