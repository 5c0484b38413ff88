import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { CrewMember } from '../../../domain/people/members/member.ts';
import { oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = oldestFirst('cm');

const select = sql.fragment`
  SELECT cm.id, cm.crew_id, cm.user_id, cm.role, cm.created_at,
    jsonb_build_object('id', u.id, 'email', u.email, 'full_name', u.full_name) AS user`;
const rows = sql.fragment`FROM crew_members cm JOIN users u ON u.id = cm.user_id`;

/** Members of a crew, oldest first. */
export async function listCrewMembers(
  reads: ReadPool,
  crew: { readonly id: string; readonly workspace_id: string },
  page: PageRequest,
): Promise<Page<CrewMember>> {
  return readPage<CrewMember>(
    reads,
    [crew.workspace_id],
    sql`${select}, ${ORDER.key}, count(*) OVER () AS total ${rows} WHERE cm.crew_id = ${crew.id}
        ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM crew_members WHERE crew_id = ${crew.id}`,
  );
}

/** One of them, by its own id. Throws `not_found`. */
export async function getCrewMemberIn(tx: Tx, id: string): Promise<CrewMember> {
  const row = await tx.maybeOne<CrewMember>(sql`${select} ${rows} WHERE cm.id = ${id}`);
  if (row === null) throw notFound('member');
  return row;
}
