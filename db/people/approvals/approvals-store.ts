import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import { type ReviewReader, seesApproval } from '../../work/reviews/review-sight.ts';
import type { Approval, ApprovalStatus, GateMode } from '../../../domain/people/approvals/approval.ts';

const ORDER = newestFirst('a');

const columns = sql.fragment`
  id, workspace_id, crew_id, agent_id, mission_id, run_id, requested_by, kind, subject_type, subject_id, reason,
  payload, status, outcome, gate_mode, required_authority, four_eyes, acts_for_user_id, decided_by, decided_at,
  decision_comment, edits, self_approved, consumed_at, deadline_at, created_at`;

/** Approvals that somebody may know of, newest first; of any status when null. */
export function listApprovals(
  reads: ReadPool,
  reader: ReviewReader,
  status: ApprovalStatus | null,
  page: PageRequest,
): Promise<Page<Approval>> {
  const ofStatus = status === null ? sql.fragment`` : sql.fragment`AND a.status = ${status}`;
  const where = sql.fragment`${seesApproval(reader)} ${ofStatus}`;
  return readPage<Approval>(
    reads,
    [reader.workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM approvals a
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM approvals a WHERE ${where}`,
  );
}

/** Throws `not_found`, also for one that they may not know of. */
export async function getApproval(reads: ReadPool, reader: ReviewReader, id: string): Promise<Approval> {
  const row = await reads.maybeOne<Approval>(
    [reader.workspaceId],
    sql`SELECT ${columns} FROM approvals a WHERE a.id = ${id} AND ${seesApproval(reader)}`,
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

/** What an agent that waits needs to know of its approval. */
export interface WaitedApproval {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly status: ApprovalStatus;
  readonly gate_mode: GateMode;
  /** The attempt that asks. */
  readonly run_id: string | null;
  /** Milliseconds that people still have, by the database's clock; 0 or less when their time is over. */
  readonly left_ms: number;
}

/** Reads the approvals that agents wait on, across workspaces, in one query. */
export async function readWaitedApprovals(
  reads: ReadPool,
  workspaceIds: readonly string[],
  ids: readonly string[],
): Promise<WaitedApproval[]> {
  return reads.any<WaitedApproval>(
    workspaceIds,
    sql`
      SELECT id, workspace_id, crew_id, status, gate_mode, run_id,
        coalesce(ceil(extract(epoch FROM deadline_at - clock_timestamp()) * 1000), 0)::bigint AS left_ms
      FROM approvals WHERE id = ANY (${sql.array([...ids], 'text')})`,
  );
}

/** How what an agent of a crew asked for stands. Throws `not_found`. */
export async function getCrewApproval(
  reads: ReadPool,
  workspaceId: string,
  ref: { readonly crewId: string; readonly id: string },
): Promise<{ readonly id: string; readonly status: ApprovalStatus; readonly is_consumed: boolean }> {
  const row = await reads.maybeOne<{ id: string; status: ApprovalStatus; is_consumed: boolean }>(
    [workspaceId],
    sql`
      SELECT id, status, consumed_at IS NOT NULL AS is_consumed FROM approvals
      WHERE id = ${ref.id} AND workspace_id = ${workspaceId} AND crew_id = ${ref.crewId} AND subject_type = 'action'`,
  );
  if (row === null) throw notFound('approval');
  return row;
}
