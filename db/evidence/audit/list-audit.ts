import type { AuditFilter, AuditRow } from '../../../domain/evidence/audit/audit.ts';
import type { JournalCursor } from '../../../domain/evidence/journal/journal-filter.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** Entries that are counted and paged through at most: a log without end has no last page. */
export const AUDIT_DEPTH = 10_000;

const SOURCES: Readonly<Record<NonNullable<AuditFilter['source']>, Fragment>> = {
  workspace: sql.fragment`e.crew_id IS NULL AND e.target_type IS DISTINCT FROM 'credential'`,
  crews: sql.fragment`(e.crew_id IS NOT NULL OR e.target_type IN ('crew', 'agent'))`,
  credentials: sql.fragment`e.target_type = 'credential'`,
  keeper: sql.fragment`e.actor_type = 'keeper'`,
};

/** A text as a pattern that holds it anywhere. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`;
}

function conditions(workspaceId: string, filter: AuditFilter): Fragment {
  const all: Fragment[] = [
    sql.fragment`e.workspace_id = ${workspaceId}`,
    // As the index has it.
    sql.fragment`e.actor_type IN ('user', 'keeper')`,
  ];
  if (filter.action !== undefined) all.push(sql.fragment`e.entry_type = ${filter.action}`);
  if (filter.entityType !== undefined) all.push(sql.fragment`e.target_type = ${filter.entityType}`);
  if (filter.entityId !== undefined) all.push(sql.fragment`e.target_id = ${filter.entityId}`);
  if (filter.userId !== undefined) all.push(sql.fragment`e.actor_id = ${filter.userId}`);
  if (filter.actorType !== undefined) all.push(sql.fragment`e.actor_type = ${filter.actorType}`);
  if (filter.apiKeyId !== undefined) {
    all.push(sql.fragment`e.auth_method = 'api_key' AND e.auth_token_id = ${filter.apiKeyId}`);
  }
  if (filter.from !== undefined) all.push(sql.fragment`e.ts >= ${filter.from}::timestamptz`);
  if (filter.until !== undefined) all.push(sql.fragment`e.ts < ${filter.until}::timestamptz`);
  if (filter.search !== undefined) {
    const pattern = containing(filter.search);
    all.push(
      sql.fragment`(e.summary ILIKE ${pattern} OR e.entry_type ILIKE ${pattern} OR e.target_id ILIKE ${pattern})`,
    );
  }
  if (filter.source !== undefined) all.push(SOURCES[filter.source]);
  return sql.fragment`${sql.join(all, sql.fragment` AND `)}`;
}

/** What people did, newest first: strictly before `cursor`, where there is one. */
export async function listAudit(
  reads: ReadPool,
  workspaceId: string,
  filter: AuditFilter,
  page: { readonly limit: number; readonly offset?: number; readonly cursor?: JournalCursor | null },
): Promise<AuditRow[]> {
  const { cursor = null, offset = 0 } = page;
  const before =
    cursor === null ? sql.fragment`` : sql.fragment`AND (e.ts, e.id) < (${cursor.ts}::timestamptz, ${cursor.id})`;
  return reads.any<AuditRow>(
    [workspaceId],
    sql`
      SELECT e.*, u.email AS user_email, u.full_name AS user_name FROM (
        SELECT e.id, e.workspace_id, e.actor_id AS user_id, e.entry_type AS action, e.target_type AS entity_type,
          e.target_id AS entity_id, e.summary, e.payload AS metadata, e.address AS ip_address, e.user_agent,
          e.auth_method, e.request_id, e.ts AS created_at, e.actor_type,
          CASE WHEN e.auth_method = 'api_key' THEN e.auth_token_id END AS api_key_id
        FROM journal_entries e WHERE ${conditions(workspaceId, filter)} ${before}
        ORDER BY e.ts DESC, e.id DESC LIMIT ${page.limit} OFFSET ${offset}
      ) e LEFT JOIN users u ON u.id = e.user_id ORDER BY e.created_at DESC, e.id DESC`,
  );
}

/** How many there are, up to {@link AUDIT_DEPTH}. */
export async function countAudit(reads: ReadPool, workspaceId: string, filter: AuditFilter): Promise<number> {
  const row = await reads.maybeOne<{ total: number }>(
    [workspaceId],
    sql`SELECT count(*) AS total FROM (
          SELECT 1 FROM journal_entries e WHERE ${conditions(workspaceId, filter)} LIMIT ${AUDIT_DEPTH}) counted`,
  );
  return row?.total ?? 0;
}
