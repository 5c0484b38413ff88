-- Mission lifecycle: a clock that stops while a mission is paused or waits for people only, parked attempts of paused
-- missions, runs that crews report themselves, and indexes for metrics, insights and the activity feed.

-- Since when the mission's time does not count; its deadline moves on by that long when the clock runs again.
ALTER TABLE missions ADD COLUMN clock_stopped_at timestamptz;
-- Made by an agent through the internal routes: such missions are capped per crew.
ALTER TABLE missions ADD COLUMN agent_created boolean NOT NULL DEFAULT false;
CREATE INDEX missions_agent_active ON missions (crew_id)
  WHERE agent_created AND status IN ('PLANNING', 'IN_PROGRESS', 'REVIEW');
CREATE INDEX missions_ended ON missions (workspace_id, completed_at) WHERE completed_at IS NOT NULL;

CREATE INDEX tasks_ended ON tasks (workspace_id, completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX tasks_awaiting_approval ON tasks (mission_id) WHERE status = 'AWAITING_APPROVAL';

-- Written by a crew about work it does itself: no workflow, no place, nothing for the host to stop.
ALTER TABLE runs ADD COLUMN reported boolean NOT NULL DEFAULT false;

CREATE INDEX approvals_mission_open ON approvals (mission_id) WHERE status = 'pending';
CREATE INDEX escalations_newest ON escalations (workspace_id, created_at DESC, id DESC);

-- Takes a paused mission's waiting attempts out of their host's queue: a QUEUED run without a host is in none, and keeps
-- its time of arrival. Locks the host first, as admission does, so that none is admitted meanwhile. Only of missions in
-- the session's workspaces. Returns how many were parked.
CREATE FUNCTION crewship_park_runs(p_mission_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
$$;
ALTER FUNCTION crewship_park_runs(text) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_park_runs(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_park_runs(text) TO crewship_app;
