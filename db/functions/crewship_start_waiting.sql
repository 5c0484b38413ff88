CREATE OR REPLACE FUNCTION public.crewship_start_waiting(p_run_id text, p_waited_ms bigint, p_left_ms bigint, p_max integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  r record;
  waiting record;
  until timestamptz := clock_timestamp() + p_left_ms * interval '1 millisecond';
BEGIN
  SELECT host_id, workspace_id, waiting_since, started_at INTO r FROM runs
    WHERE id = p_run_id AND workspace_id = ANY (crewship_workspaces()) AND status = 'RUNNING' AND NOT reported
      AND cancel_requested_at IS NULL FOR UPDATE;
  IF NOT FOUND OR r.host_id IS NULL THEN RETURN false; END IF;
  IF r.waiting_since IS NOT NULL THEN
    UPDATE runs SET waiting_until = greatest(waiting_until, until) WHERE id = p_run_id;
    RETURN false;
  END IF;
  PERFORM 1 FROM slot_scopes WHERE kind = 'host' AND id = r.host_id FOR UPDATE;
  SELECT count(*) AS every, count(*) FILTER (WHERE workspace_id = r.workspace_id) AS own INTO waiting FROM runs
    WHERE host_id = r.host_id AND waiting_since IS NOT NULL;
  -- The last eighth is for workspaces of which few wait, as in platform/limits/shared-places.ts.
  IF waiting.every >= p_max OR (waiting.every >= p_max - p_max / 8 AND waiting.own >= greatest(1, p_max / 64)) THEN
    RETURN false;
  END IF;
  UPDATE runs SET waiting_until = until,
    waiting_since = greatest(r.started_at, clock_timestamp() - p_waited_ms * interval '1 millisecond')
    WHERE id = p_run_id;
  PERFORM crewship_release_slots(p_run_id);
  PERFORM crewship_admit_runs(r.host_id);
  RETURN true;
END
$function$;
