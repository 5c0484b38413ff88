import { REGISTRY_PROVIDER } from '../../../domain/vault/credentials/registry-credential.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { SECRET_FIELD } from '../../../domain/vault/credentials/credential.ts';

/** What a registry is asked with for a workspace. Its password leaves this process only to that registry. */
export interface RegistryCredential {
  readonly id: string;
  readonly name: string;
  /** As it was asked for. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** A credential `c` that works and that every crew of its workspace may use: images are their workspace's. */
const usable = (workspaceId: string, host: Fragment): Fragment => sql.fragment`
  c.workspace_id = ${workspaceId} AND c.deleted_at IS NULL AND c.type = 'USERPASS'
  AND upper(c.provider) = ${REGISTRY_PROVIDER} AND lower(c.account_label) = lower(${host}) AND c.scope = 'WORKSPACE'
  AND c.status = 'ACTIVE' AND c.sealed_value IS NOT NULL AND c.username IS NOT NULL
  AND (c.token_expires_at IS NULL OR c.token_expires_at > now())`;

/** Whether a workspace has a credential for any of these registries. */
export async function hasRegistryCredential(tx: Tx, workspaceId: string, hosts: readonly string[]): Promise<boolean> {
  const { found } = await tx.one<{ found: boolean }>(sql`
    SELECT EXISTS (
      SELECT 1 FROM unnest(${sql.array([...hosts], 'text')}) AS asked (host)
      JOIN credentials c ON ${usable(workspaceId, sql.fragment`asked.host`)}
    ) AS found`);
  return found;
}

/** The workspace's credentials for these registries: of several for one the newest. Throws `SealError`. */
export async function openRegistryCredentials(
  reads: ReadPool,
  ring: Pick<KeyRing, 'open'>,
  workspaceId: string,
  hosts: readonly string[],
): Promise<readonly RegistryCredential[]> {
  const rows = await reads.any<Omit<RegistryCredential, 'password'> & { sealed: string }>(
    [workspaceId],
    sql`
      SELECT DISTINCT ON (asked.host) asked.host, c.id, c.name, c.username, c.sealed_value AS sealed
      FROM unnest(${sql.array([...hosts], 'text')}) AS asked (host)
      JOIN credentials c ON ${usable(workspaceId, sql.fragment`asked.host`)}
      ORDER BY asked.host, c.created_at DESC, c.id DESC`,
  );
  return rows.map(({ sealed, ...credential }) => ({
    ...credential,
    password: ring.open(sealed, { workspaceId, ownerId: credential.id, field: SECRET_FIELD.value }),
  }));
}
