import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What a member has besides the role in the workspace. */
export interface RaisedRights {
  readonly role: Role;
  /** As stored: null is what the role brings. */
  readonly capabilities: readonly string[] | null;
  /** The role in the crew that was asked about; null where there is none. */
  readonly crew_role: Role | null;
}

/** `crewRef` is an id or slug, and an id wins. Null: no member any more. */
export async function findRaisedRights(
  reads: ReadPool,
  member: { readonly workspaceId: string; readonly userId: string; readonly crewRef: string | null },
): Promise<RaisedRights | null> {
  return reads.maybeOne<RaisedRights>(
    [member.workspaceId],
    sql`
      SELECT m.role, m.capabilities, (
        SELECT cm.role FROM crew_members cm WHERE cm.user_id = m.user_id AND cm.crew_id = (
          SELECT c.id FROM crews c WHERE c.workspace_id = m.workspace_id AND c.deleted_at IS NULL
            AND (c.id = ${member.crewRef} OR c.slug = ${member.crewRef})
          ORDER BY (c.id = ${member.crewRef}) DESC LIMIT 1)) AS crew_role
      FROM memberships m
      WHERE m.workspace_id = ${member.workspaceId} AND m.user_id = ${member.userId} AND m.disabled_at IS NULL`,
  );
}
