import type { TrustGrant } from '../../../domain/people/approvals/trust-grant.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import { sql } from '../../kernel/sql.ts';

export const trustGrantColumns = sql.fragment`
  id, crew_id, agent_id, kind, tool, max_uses, used, trim_scale(max_cost_usd)::text AS max_cost_usd, reason,
  CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= now() THEN 'expired'
    WHEN used >= max_uses THEN 'used_up' ELSE 'live' END AS status,
  expires_at, created_by, created_at, revoked_at, revoked_by`;

const ORDER = newestFirst('trust_grants');

const LIVE = sql.fragment`AND revoked_at IS NULL AND expires_at > now() AND used < max_uses`;

/** Grants of a workspace, newest first; of one crew, and only those that count now, where it says so. */
export function listTrustGrants(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId?: string | undefined; readonly isLive: boolean },
  page: PageRequest,
): Promise<Page<TrustGrant>> {
  const where = sql.fragment`workspace_id = ${workspaceId}
    ${filter.crewId === undefined ? sql.fragment`` : sql.fragment`AND crew_id = ${filter.crewId}`}
    ${filter.isLive ? LIVE : sql.fragment``}`;
  return readPage<TrustGrant>(
    reads,
    [workspaceId],
    sql`
      SELECT ${trustGrantColumns}, ${ORDER.key}, count(*) OVER () AS total FROM trust_grants
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM trust_grants WHERE ${where}`,
  );
}
