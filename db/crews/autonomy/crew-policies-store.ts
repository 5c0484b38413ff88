import type { CrewPolicy } from '../../../domain/crews/autonomy/crew-policy.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export const crewPolicyColumns = sql.fragment`
  id AS crew_id, autonomy_level, behavior_mode, policy_set_by AS set_by_user_id, policy_set_at AS set_at,
  policy_reason AS reason`;

const ORDER = listOrder(ascending('text', sql.fragment`name`), ascending('text', sql.fragment`id`));

/** Policies of a workspace's crews, by the crews' names. */
export function listCrewPolicies(
  reads: ReadPool,
  workspaceId: string,
  page: PageRequest,
): Promise<Page<CrewPolicy & { readonly crew_name: string }>> {
  return readPage<CrewPolicy & { readonly crew_name: string }>(
    reads,
    [workspaceId],
    sql`
      SELECT ${crewPolicyColumns}, name AS crew_name, ${ORDER.key}, count(*) OVER () AS total FROM crews
      WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM crews WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL`,
  );
}

/** Throws `not_found`. */
export async function getCrewPolicy(reads: ReadPool, workspaceId: string, crewId: string): Promise<CrewPolicy> {
  const row = await reads.maybeOne<CrewPolicy>(
    [workspaceId],
    sql`SELECT ${crewPolicyColumns} FROM crews
      WHERE id = ${crewId} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`,
  );
  if (row === null) throw notFound('crew');
  return row;
}
