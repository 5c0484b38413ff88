import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** An entry a crew of a host, in the stream of its workspace: what happened to the host, once. Only for the system login. */
export async function tellCrewsOfHost(
  tx: Tx,
  entry: {
    readonly hostId: string;
    readonly type: 'crew.host_lost' | 'crew.host_back';
    readonly severity: 'warn' | 'notice';
    readonly summary: string;
    readonly once: string;
    readonly payload: JsonObject;
  },
): Promise<void> {
  const crews = await tx.any<{ id: string; workspace_id: string }>(sql`
    SELECT id, workspace_id FROM crews WHERE host_id = ${entry.hostId} AND deleted_at IS NULL ORDER BY id`);
  for (const { id, workspace_id: workspaceId } of crews) {
    tx.journal({
      transitionId: `crew-${id}:${entry.once}`,
      type: entry.type,
      severity: entry.severity,
      actor: systemActor(),
      workspaceId,
      crewId: id,
      targetType: 'crew',
      targetId: id,
      summary: entry.summary,
      payload: entry.payload,
    });
  }
}
