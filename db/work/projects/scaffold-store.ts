import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { ScaffoldItem, ScaffoldItemKind, ScaffoldItemStatus } from '../../../domain/work/projects/scaffold.ts';
import type { ScaffoldInput } from '../../../domain/work/projects/scaffold-job.ts';
import { ascending, descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Of the newest job first, in the order in which they are made. */
const ORDER = listOrder(
  descending('time', sql.fragment`s.created_at`),
  ascending('integer', sql.fragment`s.position`),
  ascending('text', sql.fragment`s.id`),
);

const columns = sql.fragment`s.id, s.job_id, s.kind, s.path, s.title, s.status, s.created_ref, s.error`;

/** What jobs made for a project. */
export function listScaffoldItems(
  reads: ReadPool,
  project: { readonly id: string; readonly workspace_id: string },
  filter: {
    readonly statuses: readonly ScaffoldItemStatus[] | undefined;
    readonly kinds: readonly ScaffoldItemKind[] | undefined;
  },
  page: PageRequest,
): Promise<Page<ScaffoldItem>> {
  const conditions = [sql.fragment`s.project_id = ${project.id}`];
  if (filter.statuses !== undefined)
    conditions.push(sql.fragment`s.status = ANY (${sql.array([...filter.statuses], 'text')})`);
  if (filter.kinds !== undefined) conditions.push(sql.fragment`s.kind = ANY (${sql.array([...filter.kinds], 'text')})`);
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<ScaffoldItem>(
    reads,
    [project.workspace_id],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM scaffold_items s
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM scaffold_items s WHERE ${where}`,
  );
}

/** What a job is to do, for whom. */
export interface ScaffoldAtWork {
  readonly input: ScaffoldInput;
  readonly created_by: string | null;
  readonly isPlanned: boolean;
}

/** Null: the job is gone. */
export function findScaffoldAtWork(
  reads: ReadPool,
  workspaceId: string,
  jobId: string,
): Promise<ScaffoldAtWork | null> {
  return reads.maybeOne<ScaffoldAtWork>(
    [workspaceId],
    sql`
      SELECT j.input, j.created_by, EXISTS (SELECT FROM scaffold_items s WHERE s.job_id = j.id) AS "isPlanned"
      FROM jobs j WHERE j.id = ${jobId} AND j.workspace_id = ${workspaceId}`,
  );
}

/** An item that is to be made, and the role that who asked for it has now; null: none. */
export interface NextItem extends ScaffoldItem {
  readonly content: string | null;
  readonly project_id: string;
  readonly created_by: string;
  readonly role: Role | null;
}

/** Of a job that is held; null: there is none. */
export function nextItem(tx: Tx, jobId: string): Promise<NextItem | null> {
  return tx.maybeOne<NextItem>(sql`
    SELECT ${columns}, s.content, s.project_id, j.created_by, (
      SELECT m.role FROM memberships m WHERE m.workspace_id = s.workspace_id AND m.user_id = j.created_by
        AND m.disabled_at IS NULL) AS role
    FROM scaffold_items s JOIN jobs j ON j.id = s.job_id
    WHERE s.job_id = ${jobId} AND s.status = 'proposed' ORDER BY s.position LIMIT 1`);
}
