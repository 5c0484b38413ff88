import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { expireEscalation } from './close-escalation.ts';

/** In one call: more are swept by the next. */
const MAX_SWEPT = 500;

/**
 * Expires what is past the people's time, whoever should have seen to it, each in a transaction of its own: one that is
 * answered meanwhile stays answered. Returns how many.
 */
export async function sweepExpiredEscalations(
  db: Pick<Database, 'reads' | 'transaction'>,
  scope: { readonly workspaceId: string; readonly requestId: string },
  actor: Actor,
): Promise<number> {
  const due = await db.reads.any<{ id: string }>(
    [scope.workspaceId],
    sql`
      SELECT id FROM escalations
      WHERE workspace_id = ${scope.workspaceId} AND status = 'PENDING' AND answer_deadline_at <= clock_timestamp()
      ORDER BY answer_deadline_at, id ${sql.limit(MAX_SWEPT)}`,
  );
  let expired = 0;
  for (const { id } of due) {
    const isExpired = await db.transaction({ workspaceIds: [scope.workspaceId], requestId: scope.requestId }, (tx) =>
      expireEscalation(tx, id, actor),
    );
    if (isExpired) expired += 1;
  }
  return expired;
}

/**
 * Deletes a crew's escalations that are over and that no attempt can still ask for. Returns how many; the journal keeps
 * that they were.
 */
export async function purgeEscalations(
  tx: Tx,
  crew: { readonly id: string; readonly workspaceId: string },
  actor: Actor,
): Promise<number> {
  const escalations = await tx.execute(sql`
    DELETE FROM escalations e
    WHERE e.crew_id = ${crew.id} AND e.workspace_id = ${crew.workspaceId} AND e.status <> 'PENDING'
      AND e.updated_at < now() - interval '2 minutes'
      AND (e.status <> 'RESOLVED' OR e.delivery IN ('waiter', 'none') OR e.delivered_at IS NOT NULL
        OR e.acknowledged_at IS NOT NULL OR EXISTS (
          SELECT 1 FROM missions m WHERE m.id = e.mission_id AND m.status IN ('COMPLETED', 'FAILED', 'CANCELLED')))`);
  if (escalations === 0) return 0;
  tx.journal({
    type: 'peer.escalations_purged',
    severity: 'warn',
    actor,
    workspaceId: crew.workspaceId,
    crewId: crew.id,
    targetType: 'crew',
    targetId: crew.id,
    summary: `${escalations} escalations deleted`,
    payload: { escalations },
  });
  return escalations;
}
