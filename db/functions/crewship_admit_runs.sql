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
        JOIN crews k ON k.id = w.crew_id AND k.paused_at IS NULL
        JOIN workspaces o ON o.id = c.workspace_id AND o.paused_at IS NULL
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
            JOIN agents g ON g.id = w.agent_id AND g.paused_at IS NULL
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
