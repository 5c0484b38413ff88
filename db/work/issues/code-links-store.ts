import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { SECRET_FIELD } from '../../../domain/vault/credentials/credential.ts';
import type { CodeLink, CodeProvider } from '../../../domain/work/issues/code-link.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = oldestFirst('l');

const columns = sql.fragment`
  l.id, l.provider, l.host, l.owner, l.repo, l.number, l.kind, l.url, l.title, l.state, l.author, l.source_branch,
  l.target_branch, l.remote_merged_at, l.credential_id, l.last_synced_at, l.last_sync_error`;

/** Pull and merge requests of an issue, the first that was linked first. */
export function listCodeLinks(
  reads: ReadPool,
  workspaceId: string,
  issueId: string,
  page: PageRequest,
): Promise<Page<CodeLink>> {
  return readPage<CodeLink>(
    reads,
    [workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM issue_code_links l
      WHERE l.issue_id = ${issueId} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM issue_code_links l WHERE l.issue_id = ${issueId}`,
  );
}

/** Throws `not_found`. */
export async function getCodeLink(
  reads: ReadPool,
  workspaceId: string,
  issueId: string,
  id: string,
): Promise<CodeLink> {
  const row = await reads.maybeOne<CodeLink>(
    [workspaceId],
    sql`SELECT ${columns} FROM issue_code_links l WHERE l.id = ${id} AND l.issue_id = ${issueId}`,
  );
  if (row === null) throw notFound('code link');
  return row;
}

/** The same in a transaction. */
export async function getCodeLinkIn(tx: Tx, issueId: string, id: string): Promise<CodeLink> {
  const row = await tx.maybeOne<CodeLink>(sql`
    SELECT ${columns} FROM issue_code_links l WHERE l.id = ${id} AND l.issue_id = ${issueId}`);
  if (row === null) throw notFound('code link');
  return row;
}

/** A token that a host is asked with; its value leaves this process in that call alone. */
export interface HostToken {
  readonly id: string;
  readonly name: string;
  readonly value: string;
}

/** Types whose value is a token by itself. */
const TOKENS = ['API_KEY', 'CLI_TOKEN', 'SECRET', 'GENERIC_SECRET'];

/**
 * The token of a provider that the issue's crew holds, else the workspace's. What the keeper guards above the lowest
 * tiers is asked for by agents, and used for nothing by itself. Null: there is none that works.
 */
export async function findHostToken(
  reads: ReadPool,
  ring: Pick<KeyRing, 'open'>,
  { workspaceId, crewId }: { readonly workspaceId: string; readonly crewId: string },
  provider: CodeProvider,
): Promise<HostToken | null> {
  const row = await reads.maybeOne<{ id: string; name: string; sealed: string }>(
    [workspaceId],
    sql`
      SELECT c.id, c.name, c.sealed_value AS sealed FROM credentials c
      CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT 1 FROM credential_crews k WHERE k.credential_id = c.id AND k.crew_id = ${crewId}) AS by_crew) held
      WHERE c.workspace_id = ${workspaceId} AND upper(c.provider) = upper(${provider}) AND c.deleted_at IS NULL
        AND c.sealed_value IS NOT NULL AND c.status = 'ACTIVE' AND c.security_level <= 2
        AND c.type = ANY (${sql.array(TOKENS, 'text')}) AND (held.by_crew OR c.scope = 'WORKSPACE')
        AND (c.token_expires_at IS NULL OR c.token_expires_at > now())
      ORDER BY held.by_crew DESC, c.created_at, c.id LIMIT 1`,
  );
  if (row === null) return null;
  const value = ring.open(row.sealed, { workspaceId, ownerId: row.id, field: SECRET_FIELD.value });
  return { id: row.id, name: row.name, value };
}
