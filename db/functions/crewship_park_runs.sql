CREATE OR REPLACE FUNCTION public.crewship_park_runs(p_mission_id text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  parked integer;
BEGIN
  PERFORM 1 FROM slot_scopes s WHERE s.kind = 'host' AND s.id IN (
    SELECT r.host_id FROM runs r
    WHERE r.mission_id = p_mission_id AND r.status = 'QUEUED' AND r.workspace_id = ANY (crewship_workspaces())
  ) ORDER BY s.id FOR UPDATE OF s;
  UPDATE runs SET host_id = NULL
    WHERE mission_id = p_mission_id AND status = 'QUEUED' AND workspace_id = ANY (crewship_workspaces());
  GET DIAGNOSTICS parked = ROW_COUNT;
  RETURN parked;
END
$function$;
