import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Approval, ApprovalStatus } from '../../../domain/people/approvals/approval.ts';

const ORDER = newestFirst('approvals');

const columns = sql.fragment`
  id, workspace_id, crew_id, agent_id, mission_id, requested_by, kind, subject_type, subject_id, reason, payload,
  status, required_authority, four_eyes, decided_by, decided_at, decision_comment, deadline_at, created_at`;

/** Approvals of a workspace, newest first; of any status when null. */
export function listApprovals(
  reads: ReadPool,
  workspaceId: string,
  status: ApprovalStatus | null,
  page: PageRequest,
): Promise<Page<Approval>> {
  const ofStatus = status === null ? sql.fragment`` : sql.fragment`AND status = ${status}`;
  return readPage<Approval>(
    reads,
    [workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM approvals
      WHERE workspace_id = ${workspaceId} ${ofStatus} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM approvals WHERE workspace_id = ${workspaceId} ${ofStatus}`,
  );
}

/** Throws `not_found`. */
export async function getApproval(reads: ReadPool, workspaceId: string, id: string): Promise<Approval> {
  const row = await reads.maybeOne<Approval>(
    [workspaceId],
    sql`SELECT ${columns} FROM approvals WHERE id = ${id} AND workspace_id = ${workspaceId}`,
  );
  if (row === null) throw notFound('approval');
  return row;
}

/** {@link getApproval} in a transaction, not locked: its subject is locked before it. */
export async function getApprovalIn(
  tx: { maybeOne<Row>(query: Query): Promise<Row | null> },
  id: string,
): Promise<Approval & { readonly is_late: boolean }> {
  const row = await tx.maybeOne<Approval & { is_late: boolean }>(sql`
    SELECT ${columns}, coalesce(deadline_at <= clock_timestamp(), false) AS is_late FROM approvals WHERE id = ${id}`);
  if (row === null) throw notFound('approval');
  return row;
}
