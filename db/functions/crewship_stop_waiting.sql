CREATE OR REPLACE FUNCTION public.crewship_stop_waiting(p_run_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  r record;
  stood interval;
BEGIN
  SELECT host_id, crew_id, agent_id, workspace_id, waiting_since, waiting_until INTO r FROM runs
    WHERE id = p_run_id AND workspace_id = ANY (crewship_workspaces()) AND status = 'RUNNING'
      AND waiting_since IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM 1 FROM slot_scopes WHERE kind = 'host' AND id = r.host_id FOR UPDATE;
  UPDATE slot_scopes SET in_use = in_use + 1
    WHERE (kind = 'host' AND id = r.host_id) OR (kind = 'crew' AND id = r.crew_id)
      OR (kind = 'agent' AND id = r.agent_id);
  INSERT INTO slot_leases (run_id, kind, scope_id, workspace_id) VALUES
    (p_run_id, 'host', r.host_id, r.workspace_id), (p_run_id, 'crew', r.crew_id, r.workspace_id),
    (p_run_id, 'agent', r.agent_id, r.workspace_id);
  stood := greatest(least(clock_timestamp(), r.waiting_until) - r.waiting_since, interval '0');
  UPDATE runs SET deadline_at = deadline_at + stood, waiting_since = NULL, waiting_until = NULL WHERE id = p_run_id;
  RETURN (extract(epoch FROM stood) * 1000)::bigint;
END
$function$;
