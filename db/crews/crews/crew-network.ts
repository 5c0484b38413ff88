import type { NetworkPolicy } from '../../../domain/crews/egress/egress-target.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What a crew may reach, as its row says now; null for a crew that is not live. */
export function readCrewNetwork(
  reads: ReadPool,
  crew: { readonly workspaceId: string; readonly crewId: string },
): Promise<NetworkPolicy | null> {
  return reads.maybeOne<NetworkPolicy>(
    [crew.workspaceId],
    sql`
      SELECT network_mode, allowed_domains FROM crews
      WHERE id = ${crew.crewId} AND workspace_id = ${crew.workspaceId} AND deleted_at IS NULL`,
  );
}
