import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/evidence/journal/journal-entry.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { RequiredAuthority } from '../../../domain/people/approvals/approval.ts';

export const APPROVAL_STATUSES = ['pending', 'approved', 'denied', 'timeout', 'cancelled'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** A decision that people are asked for, or have made. */
export interface Approval {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly agent_id: string | null;
  readonly mission_id: string | null;
  readonly requested_by: string | null;
  readonly kind: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly reason: string;
  readonly payload: JsonObject;
  readonly status: ApprovalStatus;
  readonly required_authority: RequiredAuthority;
  readonly four_eyes: boolean;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly decision_comment: string | null;
  readonly deadline_at: string | null;
  readonly created_at: string;
}

const columns = sql.fragment`
  id, workspace_id, crew_id, agent_id, mission_id, requested_by, kind, subject_type, subject_id, reason, payload, status,
  required_authority, four_eyes, decided_by, decided_at, decision_comment, deadline_at, created_at`;

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
      SELECT ${columns}, count(*) OVER () AS total FROM approvals
      WHERE workspace_id = ${workspaceId} ${ofStatus} ORDER BY created_at DESC, id DESC ${slice(page)}`,
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
