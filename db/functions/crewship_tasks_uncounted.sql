CREATE OR REPLACE FUNCTION public.crewship_tasks_uncounted()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
BEGIN
  UPDATE missions m SET tasks_pending = m.tasks_pending - d.pending, tasks_blocked = m.tasks_blocked - d.blocked,
    tasks_in_progress = m.tasks_in_progress - d.in_progress,
    tasks_awaiting_approval = m.tasks_awaiting_approval - d.awaiting_approval,
    tasks_completed = m.tasks_completed - d.completed, tasks_failed = m.tasks_failed - d.failed,
    tasks_skipped = m.tasks_skipped - d.skipped, tasks_cancelled = m.tasks_cancelled - d.cancelled
  FROM (
    SELECT mission_id, count(*) FILTER (WHERE status = 'PENDING') AS pending,
      count(*) FILTER (WHERE status = 'BLOCKED') AS blocked,
      count(*) FILTER (WHERE status = 'IN_PROGRESS') AS in_progress,
      count(*) FILTER (WHERE status = 'AWAITING_APPROVAL') AS awaiting_approval,
      count(*) FILTER (WHERE status = 'COMPLETED') AS completed, count(*) FILTER (WHERE status = 'FAILED') AS failed,
      count(*) FILTER (WHERE status = 'SKIPPED') AS skipped, count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled
    FROM old_tasks GROUP BY mission_id
  ) d WHERE m.id = d.mission_id;
  RETURN NULL;
END
$function$;
