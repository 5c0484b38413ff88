-- Missions of thousands of tasks and queues of thousands of runs: what a mission's step and an admission decide by is
-- kept as rows change, so that both read what is next and not everything there is.

-- How many of a mission's tasks are in each state.
ALTER TABLE missions
  ADD COLUMN tasks_pending integer NOT NULL DEFAULT 0,
  ADD COLUMN tasks_blocked integer NOT NULL DEFAULT 0,
  ADD COLUMN tasks_in_progress integer NOT NULL DEFAULT 0,
  ADD COLUMN tasks_awaiting_approval integer NOT NULL DEFAULT 0,
  ADD COLUMN tasks_completed integer NOT NULL DEFAULT 0,
  ADD COLUMN tasks_failed integer NOT NULL DEFAULT 0,
  ADD COLUMN tasks_skipped integer NOT NULL DEFAULT 0,
  ADD COLUMN tasks_cancelled integer NOT NULL DEFAULT 0;

-- How many of a task's dependencies it still waits for, and how many of those can't be satisfied any more. The indexes
-- below are on whether there are any: a count that changes without reaching zero leaves them alone.
ALTER TABLE tasks
  ADD COLUMN open_dependencies integer NOT NULL DEFAULT 0,
  ADD COLUMN failed_dependencies integer NOT NULL DEFAULT 0;
ALTER TABLE tasks
  ADD COLUMN waits boolean NOT NULL GENERATED ALWAYS AS (open_dependencies > 0) STORED,
  ADD COLUMN hopeless boolean NOT NULL GENERATED ALWAYS AS (failed_dependencies > 0) STORED;

-- The owner is bound by row-level security too and has no policy.
ALTER TABLE missions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE task_dependencies NO FORCE ROW LEVEL SECURITY;
UPDATE missions m SET tasks_pending = c.pending, tasks_blocked = c.blocked, tasks_in_progress = c.in_progress,
  tasks_awaiting_approval = c.awaiting_approval, tasks_completed = c.completed, tasks_failed = c.failed,
  tasks_skipped = c.skipped, tasks_cancelled = c.cancelled
FROM (
  SELECT mission_id, count(*) FILTER (WHERE status = 'PENDING') AS pending,
    count(*) FILTER (WHERE status = 'BLOCKED') AS blocked, count(*) FILTER (WHERE status = 'IN_PROGRESS') AS in_progress,
    count(*) FILTER (WHERE status = 'AWAITING_APPROVAL') AS awaiting_approval,
    count(*) FILTER (WHERE status = 'COMPLETED') AS completed, count(*) FILTER (WHERE status = 'FAILED') AS failed,
    count(*) FILTER (WHERE status = 'SKIPPED') AS skipped, count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled
  FROM tasks GROUP BY mission_id
) c WHERE m.id = c.mission_id;
UPDATE tasks t SET open_dependencies = c.open, failed_dependencies = c.failed
FROM (
  SELECT e.task_id, count(*) FILTER (WHERE d.status NOT IN ('COMPLETED', 'SKIPPED')) AS open,
    count(*) FILTER (WHERE d.status IN ('FAILED', 'CANCELLED')) AS failed
  FROM task_dependencies e JOIN tasks d ON d.id = e.depends_on_task_id GROUP BY e.task_id
) c WHERE t.id = c.task_id;
ALTER TABLE missions FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
ALTER TABLE task_dependencies FORCE ROW LEVEL SECURITY;

-- What a mission's step reads: tasks to unblock, to fail, to dispatch (and the next retry).
CREATE INDEX tasks_unblockable ON tasks (mission_id) WHERE status = 'BLOCKED' AND NOT waits;
CREATE INDEX tasks_hopeless ON tasks (mission_id)
  WHERE hopeless AND status IN ('BLOCKED', 'PENDING') AND run_id IS NULL;
CREATE INDEX tasks_due ON tasks (mission_id, retry_at) WHERE status = 'PENDING' AND run_id IS NULL;
-- What stops and starts its clock, beside tasks_awaiting_approval.
CREATE INDEX tasks_under_way ON tasks (mission_id) WHERE status IN ('PENDING', 'IN_PROGRESS');

-- The counts move in the statement that moves the tasks, whichever that is. They are the system role's to write, so that
-- they do not depend on what the session may see. Joins by hash or merge are off because a plan that was kept from a
-- statement on many rows would read all tasks of all missions for one.
CREATE FUNCTION crewship_tasks_counted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  UPDATE missions m SET tasks_pending = m.tasks_pending + d.pending, tasks_blocked = m.tasks_blocked + d.blocked,
    tasks_in_progress = m.tasks_in_progress + d.in_progress,
    tasks_awaiting_approval = m.tasks_awaiting_approval + d.awaiting_approval,
    tasks_completed = m.tasks_completed + d.completed, tasks_failed = m.tasks_failed + d.failed,
    tasks_skipped = m.tasks_skipped + d.skipped, tasks_cancelled = m.tasks_cancelled + d.cancelled
  FROM (
    SELECT mission_id, count(*) FILTER (WHERE status = 'PENDING') AS pending,
      count(*) FILTER (WHERE status = 'BLOCKED') AS blocked,
      count(*) FILTER (WHERE status = 'IN_PROGRESS') AS in_progress,
      count(*) FILTER (WHERE status = 'AWAITING_APPROVAL') AS awaiting_approval,
      count(*) FILTER (WHERE status = 'COMPLETED') AS completed, count(*) FILTER (WHERE status = 'FAILED') AS failed,
      count(*) FILTER (WHERE status = 'SKIPPED') AS skipped, count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled
    FROM new_tasks GROUP BY mission_id
  ) d WHERE m.id = d.mission_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION crewship_tasks_uncounted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  UPDATE missions m SET tasks_pending = m.tasks_pending - d.pending, tasks_blocked = m.tasks_blocked - d.blocked,
    tasks_in_progress = m.tasks_in_progress - d.in_progress,
    tasks_awaiting_approval = m.tasks_awaiting_approval - d.awaiting_approval,
    tasks_completed = m.tasks_completed - d.completed, tasks_failed = m.tasks_failed - d.failed,
    tasks_skipped = m.tasks_skipped - d.skipped, tasks_cancelled = m.tasks_cancelled - d.cancelled
  FROM (
    SELECT mission_id, count(*) FILTER (WHERE status = 'PENDING') AS pending,
      count(*) FILTER (WHERE status = 'BLOCKED') AS blocked,
      count(*) FILTER (WHERE status = 'IN_PROGRESS') AS in_progress,
      count(*) FILTER (WHERE status = 'AWAITING_APPROVAL') AS awaiting_approval,
      count(*) FILTER (WHERE status = 'COMPLETED') AS completed, count(*) FILTER (WHERE status = 'FAILED') AS failed,
      count(*) FILTER (WHERE status = 'SKIPPED') AS skipped, count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled
    FROM old_tasks GROUP BY mission_id
  ) d WHERE m.id = d.mission_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION crewship_tasks_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF NOT EXISTS (SELECT id, status FROM new_tasks EXCEPT SELECT id, status FROM old_tasks) THEN RETURN NULL; END IF;
  UPDATE missions m SET tasks_pending = m.tasks_pending + d.pending, tasks_blocked = m.tasks_blocked + d.blocked,
    tasks_in_progress = m.tasks_in_progress + d.in_progress,
    tasks_awaiting_approval = m.tasks_awaiting_approval + d.awaiting_approval,
    tasks_completed = m.tasks_completed + d.completed, tasks_failed = m.tasks_failed + d.failed,
    tasks_skipped = m.tasks_skipped + d.skipped, tasks_cancelled = m.tasks_cancelled + d.cancelled
  FROM (
    SELECT mission_id, coalesce(sum(sign) FILTER (WHERE status = 'PENDING'), 0) AS pending,
      coalesce(sum(sign) FILTER (WHERE status = 'BLOCKED'), 0) AS blocked,
      coalesce(sum(sign) FILTER (WHERE status = 'IN_PROGRESS'), 0) AS in_progress,
      coalesce(sum(sign) FILTER (WHERE status = 'AWAITING_APPROVAL'), 0) AS awaiting_approval,
      coalesce(sum(sign) FILTER (WHERE status = 'COMPLETED'), 0) AS completed,
      coalesce(sum(sign) FILTER (WHERE status = 'FAILED'), 0) AS failed,
      coalesce(sum(sign) FILTER (WHERE status = 'SKIPPED'), 0) AS skipped,
      coalesce(sum(sign) FILTER (WHERE status = 'CANCELLED'), 0) AS cancelled
    FROM (
      SELECT mission_id, status, 1 AS sign FROM new_tasks UNION ALL SELECT mission_id, status, -1 FROM old_tasks
    ) change GROUP BY mission_id
  ) d WHERE m.id = d.mission_id;
  UPDATE tasks t SET open_dependencies = t.open_dependencies + d.open, failed_dependencies = t.failed_dependencies + d.failed
  FROM (
    SELECT e.task_id, sum(moved.open) AS open, sum(moved.failed) AS failed
    FROM (
      SELECT id, sum(sign) FILTER (WHERE status NOT IN ('COMPLETED', 'SKIPPED')) AS open,
        sum(sign) FILTER (WHERE status IN ('FAILED', 'CANCELLED')) AS failed
      FROM (SELECT id, status, 1 AS sign FROM new_tasks UNION ALL SELECT id, status, -1 FROM old_tasks) change
      GROUP BY id
    ) unsummed
    CROSS JOIN LATERAL (SELECT coalesce(unsummed.open, 0) AS open, coalesce(unsummed.failed, 0) AS failed) moved
    JOIN task_dependencies e ON e.depends_on_task_id = unsummed.id
    WHERE moved.open <> 0 OR moved.failed <> 0
    GROUP BY e.task_id
  ) d WHERE t.id = d.task_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION crewship_dependencies_counted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  UPDATE tasks t SET open_dependencies = t.open_dependencies + d.open, failed_dependencies = t.failed_dependencies + d.failed
  FROM (
    SELECT e.task_id, count(*) FILTER (WHERE n.status NOT IN ('COMPLETED', 'SKIPPED')) AS open,
      count(*) FILTER (WHERE n.status IN ('FAILED', 'CANCELLED')) AS failed
    FROM new_edges e JOIN tasks n ON n.id = e.depends_on_task_id GROUP BY e.task_id
  ) d WHERE t.id = d.task_id AND (d.open > 0 OR d.failed > 0);
  RETURN NULL;
END
$$;

CREATE FUNCTION crewship_dependencies_uncounted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  -- With a mission go its tasks, and their edges one task at a time.
  IF NOT EXISTS (SELECT FROM old_edges) THEN RETURN NULL; END IF;
  -- Counted anew: where an edge went with the task that it named, nothing says any more what that one was.
  UPDATE tasks t SET open_dependencies = d.open, failed_dependencies = d.failed
  FROM (
    SELECT gone.task_id, count(*) FILTER (WHERE n.status NOT IN ('COMPLETED', 'SKIPPED')) AS open,
      count(*) FILTER (WHERE n.status IN ('FAILED', 'CANCELLED')) AS failed
    FROM (SELECT DISTINCT task_id FROM old_edges) gone
    LEFT JOIN task_dependencies e ON e.task_id = gone.task_id
    LEFT JOIN tasks n ON n.id = e.depends_on_task_id
    GROUP BY gone.task_id
  ) d WHERE t.id = d.task_id AND (t.open_dependencies <> d.open OR t.failed_dependencies <> d.failed);
  RETURN NULL;
END
$$;

ALTER FUNCTION crewship_tasks_counted() OWNER TO crewship_system;
ALTER FUNCTION crewship_tasks_uncounted() OWNER TO crewship_system;
ALTER FUNCTION crewship_tasks_moved() OWNER TO crewship_system;
ALTER FUNCTION crewship_dependencies_counted() OWNER TO crewship_system;
ALTER FUNCTION crewship_dependencies_uncounted() OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_tasks_counted(), crewship_tasks_uncounted(), crewship_tasks_moved(),
  crewship_dependencies_counted(), crewship_dependencies_uncounted() FROM PUBLIC;
GRANT SELECT ON task_dependencies TO crewship_system;

CREATE TRIGGER counted AFTER INSERT ON tasks REFERENCING NEW TABLE AS new_tasks
  FOR EACH STATEMENT EXECUTE FUNCTION crewship_tasks_counted();
CREATE TRIGGER uncounted AFTER DELETE ON tasks REFERENCING OLD TABLE AS old_tasks
  FOR EACH STATEMENT EXECUTE FUNCTION crewship_tasks_uncounted();
-- Not for the counts that these functions write.
CREATE TRIGGER moved AFTER UPDATE ON tasks REFERENCING OLD TABLE AS old_tasks NEW TABLE AS new_tasks
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crewship_tasks_moved();
CREATE TRIGGER counted AFTER INSERT ON task_dependencies REFERENCING NEW TABLE AS new_edges
  FOR EACH STATEMENT EXECUTE FUNCTION crewship_dependencies_counted();
CREATE TRIGGER uncounted AFTER DELETE ON task_dependencies REFERENCING OLD TABLE AS old_edges
  FOR EACH STATEMENT EXECUTE FUNCTION crewship_dependencies_uncounted();

-- ------------------------------------------------------------------------------------------------------- fairness

-- When a workspace last had a run admitted on a host: those with as many runs there take turns.
CREATE TABLE host_turns (
  host_id text NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  admitted_at timestamptz NOT NULL,
  PRIMARY KEY (host_id, workspace_id)
);
ALTER TABLE host_turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE host_turns FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON host_turns TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON host_turns TO crewship_system;
-- The same of a crew on its host.
ALTER TABLE slot_scopes ADD COLUMN admitted_at timestamptz;
CREATE INDEX slot_leases_host ON slot_leases (scope_id, workspace_id) WHERE kind = 'host';

-- Its first column after the host lists which crews wait, the next which of their agents.
CREATE INDEX runs_queue ON runs (host_id, crew_id, agent_id, queued_at, id)
  WHERE status = 'QUEUED' AND crew_id IS NOT NULL AND agent_id IS NOT NULL;
DROP INDEX runs_queue_agent;

-- Admits waiting runs of one host while the host, the run's crew and its agent have room. Next is the workspace that has
-- fewest runs on the host, of those with as many the one that waited longest for its turn, of its crews likewise, and of
-- that crew the oldest run whose agent has room. So a queue of any length makes nobody else wait for more than a place.
--
-- Takes the places, writes their leases and the command that starts each run's workflow. Called in the transaction that
-- queues a run and in the one that frees a place, so a free place never waits for anyone to look. Runs as the system
-- role because the next in line may belong to another workspace. Scope rows are locked host first, which serialises
-- admission per host. Reads one row of the queue for each waiting crew, and for each waiting agent of the crews whose
-- turn it is, whatever the queue's length.
CREATE OR REPLACE FUNCTION crewship_admit_runs(p_host_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  host_room integer;
  admitted integer := 0;
  next_id text;
  turn record;
  r record;
BEGIN
  SELECT capacity - in_use INTO host_room FROM slot_scopes WHERE kind = 'host' AND id = p_host_id FOR UPDATE;
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
      WHERE (kind = 'host' AND id = p_host_id) OR (kind = 'crew' AND id = r.crew_id) OR (kind = 'agent' AND id = r.agent_id);
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
$$;
