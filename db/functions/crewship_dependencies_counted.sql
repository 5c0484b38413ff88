CREATE OR REPLACE FUNCTION public.crewship_dependencies_counted()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
BEGIN
  UPDATE tasks t SET open_dependencies = t.open_dependencies + d.open, failed_dependencies = t.failed_dependencies + d.failed
  FROM (
    SELECT e.task_id, count(*) FILTER (WHERE n.status NOT IN ('COMPLETED', 'SKIPPED')) AS open,
      count(*) FILTER (WHERE n.status IN ('FAILED', 'CANCELLED')) AS failed
    FROM new_edges e JOIN tasks n ON n.id = e.depends_on_task_id GROUP BY e.task_id
  ) d WHERE t.id = d.task_id AND (d.open > 0 OR d.failed > 0);
  RETURN NULL;
END
$function$;
