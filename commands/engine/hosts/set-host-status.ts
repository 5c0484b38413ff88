import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * `draining`: crews that have the host keep it, and none is given it; `up` ends that. A host that is lost is up when it
 * is heard of, not when somebody says so. Repeating it changes nothing. Throws `not_found`, `wrong_state`.
 */
export async function setHostStatus(tx: Tx, hostId: string, status: 'up' | 'draining', actor: Actor): Promise<void> {
  const host = await tx.maybeOne<{ status: 'up' | 'draining' | 'lost'; lost: boolean }>(sql`
    SELECT status, lost_at IS NOT NULL AS lost FROM hosts WHERE id = ${hostId} FOR NO KEY UPDATE`);
  if (host === null) throw notFound('host');
  if (host.status === status) return;
  if (status === 'up' && host.lost) throw wrongState('host', 'lost');
  await tx.execute(sql`UPDATE hosts SET status = ${status}, updated_at = now() WHERE id = ${hostId}`);
  tx.journal({
    type: 'host.status_change',
    severity: 'notice',
    actor,
    workspaceId: null,
    targetType: 'host',
    targetId: hostId,
    summary: `host ${hostId}: ${host.status} → ${status}`,
    payload: { from: host.status, to: status },
  });
}
