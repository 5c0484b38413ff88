import type { Role } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

const ORDER = oldestFirst('memberships');

export interface StoredCapabilities {
  readonly user_id: string;
  readonly role: Role;
  /** Null: what the role brings. */
  readonly capabilities: readonly string[] | null;
}

/** What was set for each member, oldest first. */
export async function listCapabilities(
  reads: ReadPool,
  workspaceId: string,
  page: PageRequest,
): Promise<Page<StoredCapabilities>> {
  return readPage<StoredCapabilities>(
    reads,
    [workspaceId],
    sql`SELECT user_id, role, capabilities, ${ORDER.key}, count(*) OVER () AS total FROM memberships
        WHERE workspace_id = ${workspaceId} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM memberships WHERE workspace_id = ${workspaceId}`,
  );
}

/** What was set for a member, by user id or membership. Throws `not_found`. */
export async function getCapabilities(reads: ReadPool, workspaceId: string, ref: string): Promise<StoredCapabilities> {
  const row = await reads.maybeOne<StoredCapabilities>(
    [workspaceId],
    sql`SELECT user_id, role, capabilities FROM memberships
        WHERE workspace_id = ${workspaceId} AND (user_id = ${ref} OR id = ${ref})`,
  );
  if (row === null) throw notFound('member');
  return row;
}
