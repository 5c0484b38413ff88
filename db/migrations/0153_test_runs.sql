-- Scenarios played with agents: runs, each a job of the same id, and what came of each time that one was played.
CREATE TABLE testing_runs (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  -- Null: whoever answers by default.
  agent_id text CHECK (char_length(agent_id) <= 64),
  baseline_run_id text,
  total integer NOT NULL CHECK (total BETWEEN 1 AND 200),
  -- Null until all are over.
  passed integer CHECK (passed BETWEEN 0 AND total),
  failed integer CHECK (failed BETWEEN 0 AND total),
  created_by text NOT NULL CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((passed IS NULL) = (failed IS NULL)),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, id) REFERENCES jobs (workspace_id, id),
  FOREIGN KEY (workspace_id, baseline_run_id) REFERENCES testing_runs (workspace_id, id)
);
CREATE INDEX testing_runs_newest ON testing_runs (workspace_id, created_at DESC, id DESC);

CREATE TABLE testing_results (
  workspace_id text NOT NULL,
  run_id text NOT NULL,
  place integer NOT NULL CHECK (place BETWEEN 0 AND 199),
  -- As it was when the run was asked for.
  scenario jsonb NOT NULL CHECK (octet_length(scenario::text) <= 262144),
  scenario_id text NOT NULL CHECK (char_length(scenario_id) BETWEEN 1 AND 64),
  attempt integer NOT NULL CHECK (attempt BETWEEN 1 AND 10),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'passed', 'failed', 'error',
    'cancelled')),
  chat_id text,
  -- The step that is being played, and its turn.
  step integer NOT NULL DEFAULT 0 CHECK (step BETWEEN 0 AND 19),
  turn_job_id text,
  assertions jsonb NOT NULL DEFAULT '[]' CHECK (octet_length(assertions::text) <= 262144),
  error_code text CHECK (char_length(error_code) <= 64),
  cost_usd numeric(30, 6) NOT NULL DEFAULT 0 CHECK (cost_usd >= 0),
  started_at timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (run_id, place),
  CHECK ((chat_id IS NULL) = (turn_job_id IS NULL)),
  FOREIGN KEY (workspace_id, run_id) REFERENCES testing_runs (workspace_id, id)
);
-- A session that a scenario is played in is for nothing else.
CREATE UNIQUE INDEX testing_results_of_chat ON testing_results (chat_id) WHERE chat_id IS NOT NULL;
CREATE INDEX testing_results_running ON testing_results (workspace_id) WHERE status = 'running';

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['testing_runs', 'testing_results'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON testing_runs, testing_results TO crewship_app;
GRANT SELECT ON testing_runs, testing_results TO crewship_system;
