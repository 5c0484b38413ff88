import { sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';

/**
 * Stops or starts a running mission's clock, by what is true of it now: time does not count while it is paused, or while
 * a task waits for approval and none is ready or under way. A clock that starts again moves the deadline on by the time
 * it stood. Called in the transaction of each change, so that an engine that is down costs a mission none of its time.
 * The mission is locked. Returns whether anything changed.
 */
export async function syncMissionClock(tx: Tx, missionId: string): Promise<boolean> {
  const changed = await tx.execute(sql`
    UPDATE missions m SET
      clock_stopped_at = CASE WHEN wanted.stopped THEN clock_timestamp() END,
      deadline_at = CASE WHEN wanted.stopped THEN m.deadline_at
        ELSE m.deadline_at + (clock_timestamp() - m.clock_stopped_at) END
    FROM (
      SELECT s.paused_at IS NOT NULL OR (
        EXISTS (SELECT 1 FROM tasks t WHERE t.mission_id = s.id AND t.status = 'AWAITING_APPROVAL')
        AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.mission_id = s.id AND t.status IN ('PENDING', 'IN_PROGRESS'))
      ) AS stopped
      FROM missions s WHERE s.id = ${missionId}
    ) wanted
    WHERE m.id = ${missionId} AND m.status = 'IN_PROGRESS' AND wanted.stopped <> (m.clock_stopped_at IS NOT NULL)`);
  return changed > 0;
}
