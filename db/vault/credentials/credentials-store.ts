import type { Credential, CredentialStatus, CredentialType } from '../../../domain/vault/credentials/credential.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { isUniqueViolation } from '../../kernel/database-errors.ts';
import { ascending, descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = listOrder(
  ascending('text', sql.fragment`c.type`),
  descending('time', sql.fragment`c.created_at`),
  descending('text', sql.fragment`c.id`),
);

/** Everything that may be shown: no ciphertext is ever read with it. */
const columns = sql.fragment`
  c.id, c.workspace_id, c.name, c.type, c.provider, c.scope, c.status, c.sensitivity, c.security_level, c.description,
  c.tags, c.account_label, c.account_email, c.username, c.endpoint_url, c.token_expires_at, c.last_error,
  c.last_checked_at, c.last_used_at, c.created_by_actor_type, c.created_by_actor_id, c.created_at, c.updated_at,
  ARRAY (SELECT k.crew_id FROM credential_crews k WHERE k.credential_id = c.id ORDER BY k.crew_id) AS crew_ids,
  ARRAY (
    SELECT g.agent_id FROM credential_grants g
    WHERE g.credential_id = c.id AND g.run_id IS NULL ORDER BY g.agent_id) AS agent_ids,
  ARRAY (
    SELECT a.name FROM credential_grants g JOIN agents a ON a.id = g.agent_id
    WHERE g.credential_id = c.id AND g.run_id IS NULL ORDER BY g.agent_id) AS agent_names`;

export interface CredentialFilter {
  /** Part of the name or description. */
  readonly search?: string | undefined;
  readonly tag?: string | undefined;
  /** Who creates nothing sees what every crew may use, and what is of their own crews. Null: all of them. */
  readonly seenBy: string | null;
}

/** Whether this person sees the credential `c`. */
export function visibleCredential(seenBy: string): Fragment {
  return sql.fragment`(c.scope = 'WORKSPACE' OR EXISTS (
    SELECT 1 FROM credential_crews k JOIN crew_members m ON m.crew_id = k.crew_id
    WHERE k.credential_id = c.id AND m.user_id = ${seenBy}))`;
}

function matching(workspaceId: string, filter: CredentialFilter): Fragment {
  const parts: Fragment[] = [sql.fragment`c.workspace_id = ${workspaceId} AND c.deleted_at IS NULL`];
  if (filter.seenBy !== null) parts.push(visibleCredential(filter.seenBy));
  if (filter.tag !== undefined) parts.push(sql.fragment`${filter.tag} = ANY (c.tags)`);
  if (filter.search !== undefined) {
    parts.push(
      sql.fragment`(strpos(lower(c.name), lower(${filter.search})) > 0
        OR strpos(lower(coalesce(c.description, '')), lower(${filter.search})) > 0)`,
    );
  }
  return sql.join(parts, sql.fragment` AND `);
}

/** Live credentials of a workspace by type, newest first. */
export function listCredentials(
  reads: ReadPool,
  workspaceId: string,
  filter: CredentialFilter,
  page: PageRequest,
): Promise<Page<Credential>> {
  const where = matching(workspaceId, filter);
  return readPage<Credential>(
    reads,
    [workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM credentials c WHERE ${where} ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM credentials c WHERE ${where}`,
  );
}

/** One that the caller may see. Throws `not_found`. */
export async function getCredential(
  reads: ReadPool,
  workspaceId: string,
  id: string,
  filter: Pick<CredentialFilter, 'seenBy'>,
): Promise<Credential> {
  const row = await reads.maybeOne<Credential>(
    [workspaceId],
    sql`SELECT ${columns} FROM credentials c WHERE c.id = ${id} AND ${matching(workspaceId, filter)}`,
  );
  if (row === null) throw notFound('credential');
  return row;
}

export async function getCredentialIn(tx: Tx, id: string): Promise<Credential> {
  const row = await tx.maybeOne<Credential>(
    sql`SELECT ${columns} FROM credentials c WHERE c.id = ${id} AND c.deleted_at IS NULL`,
  );
  if (row === null) throw notFound('credential');
  return row;
}

/** What commands on a credential need to know of it. */
export interface CredentialRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly scope: Credential['scope'];
  readonly status: CredentialStatus;
  readonly security_level: number;
  readonly sealed_value: string | null;
}

/**
 * Locks a live credential. Whoever locks an escalation too locks that first. Throws `not_found`.
 */
export async function lockCredential(tx: Tx, id: string): Promise<CredentialRow> {
  const row = await tx.maybeOne<CredentialRow>(sql`
    SELECT id, workspace_id, name, type, scope, status, security_level, sealed_value FROM credentials
    WHERE id = ${id} AND deleted_at IS NULL FOR UPDATE`);
  if (row === null) throw notFound('credential');
  return row;
}

/** The conflict of a taken name; any other error as it came. */
export function credentialNameConflict(error: unknown): unknown {
  if (!isUniqueViolation(error, 'credentials_name_live')) return error;
  return new CrewshipError('conflict', 'a credential with this name exists', {
    fields: [{ path: 'name', message: 'is taken' }],
    cause: error,
  });
}
