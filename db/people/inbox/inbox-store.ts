import { ROLES, type Role } from '../../../domain/kernel/access/authority.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = newestFirst('inbox_items');

export interface InboxItem {
  readonly id: string;
  readonly type: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly crew_id: string | null;
  /** The lowest role that it is for. */
  readonly audience_role: Role;
  /** Whether it leaves only when what it is about is settled. */
  readonly blocking: boolean;
  readonly created_at: string;
}

export type NewInboxItem = Omit<InboxItem, 'id' | 'created_at'> & { readonly workspaceId: string };

/** Asks the people of a role to see to something. */
export async function addInboxItem(tx: Tx, item: NewInboxItem): Promise<void> {
  await tx.execute(sql`
    INSERT INTO inbox_items (id, workspace_id, type, subject_type, subject_id, crew_id, audience_role, blocking)
    VALUES (${newId()}, ${item.workspaceId}, ${item.type}, ${item.subject_type}, ${item.subject_id}, ${item.crew_id},
      ${item.audience_role}, ${item.blocking})`);
}

/** What the items about these subjects asked for is settled. */
export async function resolveInboxItems(tx: Tx, subjectType: string, subjectIds: readonly string[]): Promise<void> {
  if (subjectIds.length === 0) return;
  await tx.execute(sql`
    UPDATE inbox_items SET resolved_at = now()
    WHERE subject_type = ${subjectType} AND subject_id = ANY (${sql.array([...subjectIds], 'text')})
      AND resolved_at IS NULL`);
}

/** Open items for a role and those above it, newest first. */
export function listInbox(
  reads: ReadPool,
  workspaceId: string,
  role: Role,
  page: PageRequest,
): Promise<Page<InboxItem>> {
  const audiences = ROLES.slice(ROLES.indexOf(role));
  const where = sql.fragment`workspace_id = ${workspaceId} AND resolved_at IS NULL
    AND audience_role = ANY (${sql.array([...audiences], 'text')})`;
  return readPage<InboxItem>(
    reads,
    [workspaceId],
    sql`
      SELECT id, type, subject_type, subject_id, crew_id, audience_role, blocking, created_at,
        ${ORDER.key}, count(*) OVER () AS total
      FROM inbox_items WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM inbox_items WHERE ${where}`,
  );
}
