import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * An entry a crew of a host, in the stream of its workspace: what happened to the host, once. Only for the system
 * login.
 */
export async function tellCrewsOfHost(
  tx: Tx,
  entry: {
    readonly hostId: string;
    readonly severity: 'warn' | 'notice';
    readonly summary: string;
    readonly once: string;
    readonly says: EntryParts<'crew.host_lost' | 'crew.host_back' | 'crew.host_disk_low' | 'crew.host_disk_ok'>;
  },
): Promise<void> {
  const crews = await tx.any<{ id: string; workspace_id: string }>(sql`
    SELECT id, workspace_id FROM crews WHERE host_id = ${entry.hostId} AND deleted_at IS NULL ORDER BY id`);
  for (const { id, workspace_id: workspaceId } of crews) {
    tx.journal({
      transitionId: `crew-${id}:${entry.once}`,
      severity: entry.severity,
      actor: systemActor(),
      workspaceId,
      crewId: id,
      targetType: 'crew',
      targetId: id,
      summary: entry.summary,
      ...entry.says,
    });
  }
}
