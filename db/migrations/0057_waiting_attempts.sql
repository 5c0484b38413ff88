-- An attempt that waits for somebody's answer gives its places back: since when, and when the call it waits in ends.
-- Its clock stands between the two. NULL: it works.
ALTER TABLE runs ADD COLUMN waiting_since timestamptz;
ALTER TABLE runs ADD COLUMN waiting_until timestamptz;
CREATE INDEX runs_waiting ON runs (host_id) WHERE waiting_since IS NOT NULL;

-- Gives the places of a running attempt to the next in line while it waits. False: it does not run, waits already (the
-- later end counts), or p_max attempts of its host wait (NULL: any number may).
CREATE FUNCTION crewship_start_waiting(p_run_id text, p_waited_ms bigint, p_left_ms bigint, p_max integer)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  r record;
  until timestamptz := clock_timestamp() + p_left_ms * interval '1 millisecond';
BEGIN
  SELECT host_id, waiting_since, started_at INTO r FROM runs
    WHERE id = p_run_id AND workspace_id = ANY (crewship_workspaces()) AND status = 'RUNNING' AND NOT reported
      AND cancel_requested_at IS NULL FOR UPDATE;
  IF NOT FOUND OR r.host_id IS NULL THEN RETURN false; END IF;
  IF r.waiting_since IS NOT NULL THEN
    UPDATE runs SET waiting_until = greatest(waiting_until, until) WHERE id = p_run_id;
    RETURN false;
  END IF;
  PERFORM 1 FROM slot_scopes WHERE kind = 'host' AND id = r.host_id FOR UPDATE;
  IF p_max IS NOT NULL AND p_max <= (
    SELECT count(*) FROM runs WHERE host_id = r.host_id AND waiting_since IS NOT NULL) THEN RETURN false; END IF;
  UPDATE runs SET waiting_until = until,
    waiting_since = greatest(r.started_at, clock_timestamp() - p_waited_ms * interval '1 millisecond')
    WHERE id = p_run_id;
  PERFORM crewship_release_slots(p_run_id);
  PERFORM crewship_admit_runs(r.host_id);
  RETURN true;
END
$$;

-- Goes on: takes the places again, beyond their number if need be, as an answer is never withheld; nobody is admitted
-- until they are below it again. The deadline moves on by the time the clock stood. Returns that in milliseconds; NULL:
-- it did not wait.
CREATE FUNCTION crewship_stop_waiting(p_run_id text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
$$;
ALTER FUNCTION crewship_start_waiting(text, bigint, bigint, integer) OWNER TO crewship_system;
ALTER FUNCTION crewship_stop_waiting(text) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_start_waiting(text, bigint, bigint, integer), crewship_stop_waiting(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_start_waiting(text, bigint, bigint, integer), crewship_stop_waiting(text)
  TO crewship_app;
