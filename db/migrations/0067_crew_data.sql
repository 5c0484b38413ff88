-- What a host keeps of a crew, as long as it keeps anything: written by that host alone.
CREATE TABLE crew_data (
  host_id text NOT NULL REFERENCES hosts (id),
  crew_id text NOT NULL,
  workspace_id text NOT NULL,
  -- Directories and volumes; NULL: not measured yet.
  disk_bytes bigint CHECK (disk_bytes >= 0),
  measured_at timestamptz,
  -- Since when it is more than the operator wants to hear of.
  over_since timestamptz,
  PRIMARY KEY (host_id, crew_id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id)
);
CREATE INDEX crew_data_crew ON crew_data (crew_id);

-- What it keeps of a run: its directory, until that is trimmed.
CREATE TABLE run_data (
  run_id text PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  workspace_id text NOT NULL,
  crew_id text NOT NULL,
  host_id text NOT NULL REFERENCES hosts (id),
  disk_bytes bigint NOT NULL CHECK (disk_bytes >= 0)
);
CREATE INDEX run_data_crew ON run_data (crew_id, disk_bytes DESC);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['crew_data', 'run_data'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
    EXECUTE format('GRANT SELECT ON %I TO crewship_app', tenant_table);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO crewship_system', tenant_table);
  END LOOP;
END
$$;

-- The file system that a host's data is on, as its last heartbeat saw it; `low`: it has so little room that nobody is
-- admitted. `quotas`: it keeps quotas of projects.
ALTER TABLE hosts ADD COLUMN disk_total_bytes bigint;
ALTER TABLE hosts ADD COLUMN disk_free_bytes bigint;
ALTER TABLE hosts ADD COLUMN disk_quotas boolean;
ALTER TABLE hosts ADD COLUMN disk_low_since timestamptz;

CREATE OR REPLACE FUNCTION public.crewship_admit_runs(p_host_id text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  host_room integer;
  admitted integer := 0;
  next_id text;
  turn record;
  r record;
BEGIN
  SELECT capacity - in_use INTO host_room FROM slot_scopes WHERE kind = 'host' AND id = p_host_id FOR UPDATE;
  -- Whoever makes room there admits again.
  IF EXISTS (SELECT 1 FROM hosts WHERE id = p_host_id AND disk_low_since IS NOT NULL) THEN RETURN 0; END IF;
  WHILE host_room > 0 LOOP
    next_id := NULL;
    FOR turn IN
      WITH RECURSIVE waiting AS (
        (SELECT crew_id FROM runs
          WHERE host_id = p_host_id AND status = 'QUEUED' AND crew_id IS NOT NULL AND agent_id IS NOT NULL
          ORDER BY crew_id LIMIT 1)
        UNION ALL
        SELECT next.crew_id FROM waiting w CROSS JOIN LATERAL (
          SELECT crew_id FROM runs
          WHERE host_id = p_host_id AND status = 'QUEUED' AND crew_id > w.crew_id AND agent_id IS NOT NULL
          ORDER BY crew_id LIMIT 1
        ) next
      )
      SELECT array_agg(w.crew_id) AS crew_ids
        FROM waiting w
        JOIN slot_scopes c ON c.kind = 'crew' AND c.id = w.crew_id AND c.in_use < c.capacity
        LEFT JOIN (
          SELECT workspace_id, count(*) AS runs FROM slot_leases WHERE kind = 'host' AND scope_id = p_host_id GROUP BY 1
        ) has ON has.workspace_id = c.workspace_id
        LEFT JOIN host_turns t ON t.host_id = p_host_id AND t.workspace_id = c.workspace_id
        GROUP BY coalesce(has.runs, 0), t.admitted_at, c.in_use, c.admitted_at
        ORDER BY coalesce(has.runs, 0), t.admitted_at NULLS FIRST, c.in_use, c.admitted_at NULLS FIRST
    LOOP
      SELECT head.id INTO next_id
        FROM unnest(turn.crew_ids) AS crew(id)
        CROSS JOIN LATERAL (
          WITH RECURSIVE waiting AS (
            (SELECT agent_id FROM runs
              WHERE host_id = p_host_id AND status = 'QUEUED' AND crew_id = crew.id AND agent_id IS NOT NULL
              ORDER BY agent_id LIMIT 1)
            UNION ALL
            SELECT next.agent_id FROM waiting w CROSS JOIN LATERAL (
              SELECT agent_id FROM runs
              WHERE host_id = p_host_id AND status = 'QUEUED' AND crew_id = crew.id AND agent_id > w.agent_id
              ORDER BY agent_id LIMIT 1
            ) next
          )
          SELECT q.id, q.queued_at
            FROM waiting w
            JOIN slot_scopes a ON a.kind = 'agent' AND a.id = w.agent_id AND a.in_use < a.capacity
            CROSS JOIN LATERAL (
              SELECT id, queued_at FROM runs
              WHERE host_id = p_host_id AND status = 'QUEUED' AND crew_id = crew.id AND agent_id = w.agent_id
              ORDER BY queued_at, id LIMIT 1
            ) q
        ) head
        ORDER BY head.queued_at, head.id LIMIT 1;
      EXIT WHEN next_id IS NOT NULL;
    END LOOP;
    EXIT WHEN next_id IS NULL;
    -- Waits for whoever holds the run: skipping it would leave a free place and a waiting run if that one rolls back.
    SELECT id, workspace_id, crew_id, agent_id INTO r FROM runs WHERE id = next_id AND status = 'QUEUED' FOR UPDATE;
    CONTINUE WHEN NOT FOUND;
    UPDATE slot_scopes SET in_use = in_use + 1, admitted_at = clock_timestamp()
      WHERE (kind = 'host' AND id = p_host_id) OR (kind = 'crew' AND id = r.crew_id)
        OR (kind = 'agent' AND id = r.agent_id);
    INSERT INTO host_turns (host_id, workspace_id, admitted_at) VALUES (p_host_id, r.workspace_id, clock_timestamp())
      ON CONFLICT (host_id, workspace_id) DO UPDATE SET admitted_at = excluded.admitted_at;
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
$function$;
