import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** What a mission's agents wait for people with now: open questions within the agent's own window, and approvals. */
const asked = sql.fragment`
  FROM (
    SELECT mission_id, run_id, task_id, deadline_at FROM escalations
    WHERE status = 'PENDING' AND agent_gave_up_at IS NULL AND deadline_at > clock_timestamp()
    UNION ALL
    SELECT mission_id, run_id, task_id, deadline_at FROM approvals
    WHERE status = 'pending' AND run_id IS NOT NULL AND gate_mode = 'sync' AND deadline_at > clock_timestamp()
  ) e WHERE e.mission_id = s.id`;

/** Whether a mission `s` is paused, by itself or with its crew or workspace. */
const paused = sql.fragment`(s.paused_at IS NOT NULL
  OR EXISTS (SELECT 1 FROM crews c WHERE c.id = s.crew_id AND c.paused_at IS NOT NULL)
  OR EXISTS (SELECT 1 FROM workspaces w WHERE w.id = s.workspace_id AND w.paused_at IS NOT NULL))`;

/** Whether an attempt waits for an agent that is paused. */
function waitsForAgent(runId: Fragment): Fragment {
  return sql.fragment`EXISTS (SELECT 1 FROM runs r JOIN agents a ON a.id = r.agent_id AND a.paused_at IS NOT NULL
    WHERE r.id = ${runId} AND r.status = 'QUEUED')`;
}
const held = waitsForAgent(sql.fragment`t.run_id`);

/**
 * Stops or starts a running mission's clock, by what is true of it now: time does not count while it, its crew or its
 * workspace is paused, or while each of its tasks that is ready or under way (and its plan, if one is) waits: for an
 * approval, or for the answer to a question of its running attempt within the agent's window, or to be allowed what
 * that attempt asks for, or for an agent that is paused. A clock that starts again moves the deadline on by the time it
 * stood, up to the end of that window: an engine that was down when it ended gives no time away. Called in the
 * transaction of each change, so that an engine that is down costs a mission none of its time either. The mission is
 * locked. Returns whether anything changed.
 */
export async function syncMissionClock(tx: Tx, missionId: string): Promise<boolean> {
  return (await syncMissionClocks(tx, [missionId])).length > 0;
}

/** The same for several, which are locked; says which changed. */
export async function syncMissionClocks(tx: Tx, missionIds: readonly string[]): Promise<readonly string[]> {
  const ids = sql.array([...missionIds], 'text');
  const changed = await tx.any<{ id: string }>(sql`
    UPDATE missions m SET
      clock_stopped_at = CASE
        WHEN NOT wanted.stopped THEN NULL
        WHEN m.clock_stopped_at IS NULL OR m.clock_stop_ends_at <= clock_timestamp() THEN clock_timestamp()
        ELSE m.clock_stopped_at END,
      clock_stop_ends_at = wanted.ends_at,
      deadline_at = CASE
        WHEN wanted.stopped AND (m.clock_stop_ends_at IS NULL OR m.clock_stop_ends_at > clock_timestamp())
          THEN m.deadline_at
        ELSE m.deadline_at
          + coalesce(least(clock_timestamp(), m.clock_stop_ends_at) - m.clock_stopped_at, interval '0') END
    FROM (
      SELECT s.id, ${paused} OR (work.waits AND NOT work.goes_on) AS stopped,
        CASE WHEN NOT ${paused} AND work.waits AND NOT work.goes_on THEN (
          SELECT min(run.until) FROM (
            SELECT max(e.deadline_at) AS until ${asked} AND (e.run_id = s.planning_run_id OR EXISTS (
              SELECT 1 FROM tasks t WHERE t.id = e.task_id AND t.run_id = e.run_id AND t.status = 'IN_PROGRESS'))
            GROUP BY e.run_id
          ) run
        ) END AS ends_at
      FROM missions s
      CROSS JOIN LATERAL (SELECT s.planning_iteration IS NOT NULL AND s.planning_failure IS NULL AS is_open) plan
      CROSS JOIN LATERAL (
        SELECT
          EXISTS (SELECT 1 FROM tasks t WHERE t.mission_id = s.id AND t.status IN ('PENDING', 'IN_PROGRESS')
            AND NOT (t.status = 'IN_PROGRESS' AND EXISTS (SELECT 1 ${asked} AND e.run_id = t.run_id)) AND NOT ${held})
          OR (plan.is_open AND NOT EXISTS (SELECT 1 ${asked} AND e.run_id = s.planning_run_id)
            AND NOT ${waitsForAgent(sql.fragment`s.planning_run_id`)}) AS goes_on,
          plan.is_open OR EXISTS (SELECT 1 FROM tasks t WHERE t.mission_id = s.id
            AND (t.status IN ('AWAITING_APPROVAL', 'IN_PROGRESS') OR (t.status = 'PENDING' AND ${held}))) AS waits
      ) work
      WHERE s.id = ANY (${ids})
    ) wanted
    WHERE m.id = wanted.id AND m.status = 'IN_PROGRESS' AND (
      wanted.stopped <> (m.clock_stopped_at IS NOT NULL)
      OR m.clock_stop_ends_at <= clock_timestamp()
      OR m.clock_stop_ends_at IS DISTINCT FROM wanted.ends_at)
    RETURNING m.id`);
  return changed.map(({ id }) => id);
}
