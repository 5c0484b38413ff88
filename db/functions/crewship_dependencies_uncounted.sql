CREATE OR REPLACE FUNCTION public.crewship_dependencies_uncounted()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
BEGIN
  -- With a mission go its tasks, and their edges one task at a time.
  IF NOT EXISTS (SELECT FROM old_edges) THEN RETURN NULL; END IF;
  -- Counted anew: where an edge went with the task that it named, nothing says any more what that one was.
  UPDATE tasks t SET open_dependencies = d.open, failed_dependencies = d.failed
  FROM (
    SELECT gone.task_id, count(*) FILTER (WHERE n.status NOT IN ('COMPLETED', 'SKIPPED')) AS open,
      count(*) FILTER (WHERE n.status IN ('FAILED', 'CANCELLED')) AS failed
    FROM (SELECT DISTINCT task_id FROM old_edges) gone
    LEFT JOIN task_dependencies e ON e.task_id = gone.task_id
    LEFT JOIN tasks n ON n.id = e.depends_on_task_id
    GROUP BY gone.task_id
  ) d WHERE t.id = d.task_id AND (t.open_dependencies <> d.open OR t.failed_dependencies <> d.failed);
  RETURN NULL;
END
$function$;
