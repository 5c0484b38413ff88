import type { CheckResult, Judgement } from '../../../domain/evidence/validation/judgement.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What came of validating one content. */
export interface ValidationLog {
  readonly id: string;
  readonly created_by: string | null;
  readonly agent_id: string | null;
  readonly subject_type: 'task' | null;
  readonly subject_id: string | null;
  readonly content_sha256: string;
  readonly passed: boolean;
  readonly score: number | null;
  readonly checks: readonly CheckResult[];
  readonly judge: Judgement | null;
  readonly config_version: number;
  readonly created_at: string;
}

export interface ValidationLogFilter {
  /** Null: everybody's. */
  readonly createdBy: string | null;
  readonly passed: boolean | undefined;
  readonly agentId: string | undefined;
  readonly subjectType: 'task' | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const ORDER = newestFirst('validation_logs');

/** Newest first. */
export function listValidationLogs(
  reads: ReadPool,
  workspaceId: string,
  filter: ValidationLogFilter,
  page: PageRequest,
): Promise<Page<ValidationLog>> {
  const conditions = [sql.fragment`workspace_id = ${workspaceId}`];
  if (filter.createdBy !== null) conditions.push(sql.fragment`created_by = ${filter.createdBy}`);
  if (filter.passed !== undefined) conditions.push(sql.fragment`passed = ${filter.passed}`);
  if (filter.agentId !== undefined) conditions.push(sql.fragment`agent_id = ${filter.agentId}`);
  if (filter.subjectType !== undefined) conditions.push(sql.fragment`subject_type = ${filter.subjectType}`);
  if (filter.from !== undefined) conditions.push(sql.fragment`created_at >= ${filter.from}::timestamptz`);
  if (filter.to !== undefined) conditions.push(sql.fragment`created_at < ${filter.to}::timestamptz`);
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<ValidationLog>(
    reads,
    [workspaceId],
    sql`
      SELECT id, created_by, agent_id, subject_type, subject_id, content_sha256, passed, score, checks, judge,
        config_version, created_at, ${ORDER.key}, count(*) OVER () AS total
      FROM validation_logs WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM validation_logs WHERE ${where}`,
  );
}

/** What a task came to, as its agent said; null: there is no such task. */
export async function findTaskResult(
  reads: ReadPool,
  workspaceId: string,
  taskId: string,
): Promise<{ readonly result: string; readonly agentId: string | null } | null> {
  return reads.maybeOne<{ result: string; agentId: string | null }>(
    [workspaceId],
    sql`
      SELECT coalesce(result_summary, '') AS result, assigned_agent_id AS "agentId" FROM tasks
      WHERE id = ${taskId} AND workspace_id = ${workspaceId}`,
  );
}
