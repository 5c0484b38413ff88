CREATE OR REPLACE FUNCTION public.crewship_release_slots(p_run_id text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  freed integer;
BEGIN
  PERFORM 1 FROM slot_scopes s JOIN slot_leases l ON l.kind = s.kind AND l.scope_id = s.id
    WHERE l.run_id = p_run_id AND l.workspace_id = ANY (crewship_workspaces()) AND s.kind = 'host' FOR UPDATE OF s;
  WITH gone AS (
    DELETE FROM slot_leases WHERE run_id = p_run_id AND workspace_id = ANY (crewship_workspaces())
    RETURNING kind, scope_id
  )
  UPDATE slot_scopes s SET in_use = s.in_use - 1 FROM gone WHERE s.kind = gone.kind AND s.id = gone.scope_id;
  GET DIAGNOSTICS freed = ROW_COUNT;
  RETURN freed;
END
$function$;
