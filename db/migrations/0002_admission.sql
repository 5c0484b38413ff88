-- Admission and capacity of slots: finds the next run without reading the whole queue, keeps what belongs to one
-- workspace out of another's, and leaves the application login nothing to write in the slot tables but new scopes.

-- Next run of one agent on one host; the first part alone lists which agents wait.
CREATE INDEX runs_queue_agent ON runs (host_id, agent_id, queued_at, id) WHERE status = 'QUEUED';
DROP INDEX runs_queue;

-- Admits waiting runs of one host, oldest first, while the host, the run's crew and its agent have room. Takes the
-- places, writes their leases and the command that starts each run's workflow. Called in the transaction that queues
-- a run and in the one that frees a place, so a free place never waits for anyone to look. Runs as the system role
-- because the next in line may belong to another workspace. Scope rows are locked host first, which serialises
-- admission per host.
--
-- Looks at the oldest run of each waiting agent, agent by agent through the index: reading the queue in order took 45 ms
-- with 10,000 runs queued behind a full crew, and the host was locked meanwhile.
CREATE OR REPLACE FUNCTION crewship_admit_runs(p_host_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  host_room integer;
  admitted integer := 0;
  next_id text;
  r record;
BEGIN
  SELECT capacity - in_use INTO host_room FROM slot_scopes WHERE kind = 'host' AND id = p_host_id FOR UPDATE;
  WHILE host_room > 0 LOOP
    WITH RECURSIVE waiting AS (
      (SELECT agent_id FROM runs WHERE host_id = p_host_id AND status = 'QUEUED' ORDER BY agent_id LIMIT 1)
      UNION ALL
      SELECT next.agent_id FROM waiting w CROSS JOIN LATERAL (
        SELECT agent_id FROM runs WHERE host_id = p_host_id AND status = 'QUEUED' AND agent_id > w.agent_id
        ORDER BY agent_id LIMIT 1
      ) next
    )
    SELECT q.id INTO next_id
      FROM waiting w
      JOIN slot_scopes a ON a.kind = 'agent' AND a.id = w.agent_id AND a.in_use < a.capacity
      CROSS JOIN LATERAL (
        SELECT id, crew_id, queued_at FROM runs WHERE host_id = p_host_id AND status = 'QUEUED' AND agent_id = w.agent_id
        ORDER BY queued_at, id LIMIT 1
      ) q
      JOIN slot_scopes c ON c.kind = 'crew' AND c.id = q.crew_id AND c.in_use < c.capacity
      ORDER BY q.queued_at, q.id LIMIT 1;
    EXIT WHEN NOT FOUND;
    -- Waits for whoever holds the run: skipping it would leave a free place and a waiting run if that one rolls back.
    SELECT id, workspace_id, crew_id, agent_id INTO r FROM runs WHERE id = next_id AND status = 'QUEUED' FOR UPDATE;
    CONTINUE WHEN NOT FOUND;
    UPDATE slot_scopes SET in_use = in_use + 1
      WHERE (kind = 'host' AND id = p_host_id) OR (kind = 'crew' AND id = r.crew_id) OR (kind = 'agent' AND id = r.agent_id);
    INSERT INTO slot_leases (run_id, kind, scope_id, workspace_id) VALUES
      (r.id, 'host', p_host_id, r.workspace_id), (r.id, 'crew', r.crew_id, r.workspace_id),
      (r.id, 'agent', r.agent_id, r.workspace_id);
    UPDATE runs SET status = 'ADMITTED', admitted_at = clock_timestamp() WHERE id = r.id;
    -- The request is its own workspace's: another one's run is not told of it.
    INSERT INTO outbox (workspace_id, kind, target, payload, request_id)
      VALUES (r.workspace_id, 'workflow', 'run-' || r.id,
        jsonb_build_object('actor', 'run', 'workspaceId', r.workspace_id, 'id', r.id, 'generation', 0),
        CASE WHEN r.workspace_id = ANY (crewship_workspaces())
          THEN nullif(current_setting('crewship.request_id', true), '') END);
    admitted := admitted + 1;
    host_room := host_room - 1;
  END LOOP;
  RETURN admitted;
END
$$;

-- Gives back a run's places; only of a run in the session's workspaces. Returns how many it held, so that a second
-- release of the same run frees nothing.
CREATE OR REPLACE FUNCTION crewship_release_slots(p_run_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
$$;

-- Sets how many runs a crew or an agent of the session's workspaces may have at once, and admits those that now have
-- room on its host (null: it has none yet). Locks the host first, as admission does. Returns how many were admitted.
CREATE FUNCTION crewship_set_capacity(p_kind text, p_scope_id text, p_capacity integer, p_host_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM slot_scopes WHERE kind = 'host' AND id = p_host_id FOR UPDATE;
  UPDATE slot_scopes SET capacity = p_capacity
    WHERE kind = p_kind AND kind IN ('crew', 'agent') AND id = p_scope_id AND workspace_id = ANY (crewship_workspaces());
  RETURN crewship_admit_runs(p_host_id);
END
$$;
ALTER FUNCTION crewship_set_capacity(text, text, integer, text) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_set_capacity(text, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_set_capacity(text, text, integer, text) TO crewship_app;

-- Places are taken and given back by these functions alone; the application login adds scopes and reads them.
REVOKE INSERT, UPDATE ON slot_scopes FROM crewship_app;
GRANT INSERT (kind, id, workspace_id, capacity) ON slot_scopes TO crewship_app;
REVOKE INSERT, DELETE ON slot_leases FROM crewship_app;
DROP POLICY app_scopes ON slot_scopes;
CREATE POLICY app_read ON slot_scopes FOR SELECT TO crewship_app
  USING (workspace_id IS NULL OR workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY app_append ON slot_scopes FOR INSERT TO crewship_app
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
