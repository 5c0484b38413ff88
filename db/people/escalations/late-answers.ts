import { type Fragment, sql } from '../../kernel/sql.ts';

/**
 * Whether the late answer `e` may go to the run `r` of its mission: it belongs to no attempt, or to one that ended
 * without having had it, or was lost or restarted after. While the task that it is for is open, only that task's
 * attempts get it.
 */
export const isFreeAnswer: Fragment = sql.fragment`
  e.status = 'RESOLVED' AND e.type <> 'CREDENTIAL' AND e.delivery IN ('running_task', 'next_task')
  AND e.acknowledged_at IS NULL AND e.mission_id = r.mission_id AND e.delivery_run_id IS DISTINCT FROM r.id
  AND NOT EXISTS (
    SELECT 1 FROM runs c WHERE c.id = e.delivery_run_id AND (
      c.status IN ('QUEUED', 'ADMITTED', 'RUNNING')
      OR (e.delivered_at IS NOT NULL AND coalesce(c.error_code, '') NOT IN ('lost', 'restarted'))))
  AND NOT EXISTS (
    SELECT 1 FROM tasks t
    WHERE t.id = coalesce((SELECT c.task_id FROM runs c WHERE c.id = e.delivery_run_id), e.task_id)
      AND t.id IS DISTINCT FROM r.task_id AND t.status IN ('PENDING', 'BLOCKED', 'IN_PROGRESS'))`;

/** Whether there is a late answer for the attempt `r`, its own or a free one. */
export const hasLateAnswers: Fragment = sql.fragment`(
  EXISTS (SELECT 1 FROM escalations e WHERE e.delivery_run_id = r.id AND e.acknowledged_at IS NULL
    AND e.delivery IN ('running_task', 'next_task') AND e.delivered_via IS DISTINCT FROM 'request')
  OR EXISTS (SELECT 1 FROM escalations e WHERE ${isFreeAnswer}))`;
