CREATE OR REPLACE FUNCTION public.crewship_tasks_moved()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
BEGIN
  IF NOT EXISTS (SELECT id, status FROM new_tasks EXCEPT SELECT id, status FROM old_tasks) THEN RETURN NULL; END IF;
  UPDATE missions m SET tasks_pending = m.tasks_pending + d.pending, tasks_blocked = m.tasks_blocked + d.blocked,
    tasks_in_progress = m.tasks_in_progress + d.in_progress,
    tasks_awaiting_approval = m.tasks_awaiting_approval + d.awaiting_approval,
    tasks_completed = m.tasks_completed + d.completed, tasks_failed = m.tasks_failed + d.failed,
    tasks_skipped = m.tasks_skipped + d.skipped, tasks_cancelled = m.tasks_cancelled + d.cancelled
  FROM (
    SELECT mission_id, coalesce(sum(sign) FILTER (WHERE status = 'PENDING'), 0) AS pending,
      coalesce(sum(sign) FILTER (WHERE status = 'BLOCKED'), 0) AS blocked,
      coalesce(sum(sign) FILTER (WHERE status = 'IN_PROGRESS'), 0) AS in_progress,
      coalesce(sum(sign) FILTER (WHERE status = 'AWAITING_APPROVAL'), 0) AS awaiting_approval,
      coalesce(sum(sign) FILTER (WHERE status = 'COMPLETED'), 0) AS completed,
      coalesce(sum(sign) FILTER (WHERE status = 'FAILED'), 0) AS failed,
      coalesce(sum(sign) FILTER (WHERE status = 'SKIPPED'), 0) AS skipped,
      coalesce(sum(sign) FILTER (WHERE status = 'CANCELLED'), 0) AS cancelled
    FROM (
      SELECT mission_id, status, 1 AS sign FROM new_tasks UNION ALL SELECT mission_id, status, -1 FROM old_tasks
    ) change GROUP BY mission_id
  ) d WHERE m.id = d.mission_id;
  UPDATE tasks t SET open_dependencies = t.open_dependencies + d.open, failed_dependencies = t.failed_dependencies + d.failed
  FROM (
    SELECT e.task_id, sum(moved.open) AS open, sum(moved.failed) AS failed
    FROM (
      SELECT id, sum(sign) FILTER (WHERE status NOT IN ('COMPLETED', 'SKIPPED')) AS open,
        sum(sign) FILTER (WHERE status IN ('FAILED', 'CANCELLED')) AS failed
      FROM (SELECT id, status, 1 AS sign FROM new_tasks UNION ALL SELECT id, status, -1 FROM old_tasks) change
      GROUP BY id
    ) unsummed
    CROSS JOIN LATERAL (SELECT coalesce(unsummed.open, 0) AS open, coalesce(unsummed.failed, 0) AS failed) moved
    JOIN task_dependencies e ON e.depends_on_task_id = unsummed.id
    WHERE moved.open <> 0 OR moved.failed <> 0
    GROUP BY e.task_id
  ) d WHERE t.id = d.task_id;
  RETURN NULL;
END
$function$;
