CREATE OR REPLACE FUNCTION public.crewship_set_capacity(p_kind text, p_scope_id text, p_capacity integer, p_host_id text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM 1 FROM slot_scopes WHERE kind = 'host' AND id = p_host_id FOR UPDATE;
  UPDATE slot_scopes SET capacity = p_capacity
    WHERE kind = p_kind AND kind IN ('crew', 'agent') AND id = p_scope_id AND workspace_id = ANY (crewship_workspaces());
  RETURN crewship_admit_runs(p_host_id);
END
$function$;
