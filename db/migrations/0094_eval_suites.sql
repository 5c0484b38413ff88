-- Suites of evaluations: named baselines and thresholds, and what candidates came to against them. The job of the same
-- id has a suite run's state.
CREATE TABLE eval_suites (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  -- Null: the workspace's at the time of a run.
  thresholds jsonb CHECK (octet_length(thresholds::text) <= 1024),
  cases jsonb NOT NULL CHECK (octet_length(cases::text) <= 65536),
  version integer NOT NULL DEFAULT 1,
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (workspace_id, id)
);
CREATE UNIQUE INDEX eval_suites_name_live ON eval_suites (workspace_id, lower(name)) WHERE deleted_at IS NULL;

CREATE TABLE eval_suite_runs (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  suite_id text NOT NULL,
  label text CHECK (char_length(label) <= 200),
  passed integer CHECK (passed >= 0),
  regressed integer CHECK (regressed >= 0),
  failed integer CHECK (failed >= 0),
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nulls(passed, regressed, failed) IN (0, 3)),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, id) REFERENCES jobs (workspace_id, id),
  FOREIGN KEY (workspace_id, suite_id) REFERENCES eval_suites (workspace_id, id)
);
CREATE INDEX eval_suite_runs_newest ON eval_suite_runs (suite_id, created_at DESC, id DESC);

-- Which case of a suite an evaluation is, in which run.
ALTER TABLE eval_runs
  ADD COLUMN suite_run_id text,
  ADD COLUMN suite_case text CHECK (char_length(suite_case) <= 100),
  ADD CHECK ((suite_run_id IS NULL) = (suite_case IS NULL)),
  ADD FOREIGN KEY (workspace_id, suite_run_id) REFERENCES eval_suite_runs (workspace_id, id);
CREATE INDEX eval_runs_suite ON eval_runs (suite_run_id) WHERE suite_run_id IS NOT NULL;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['eval_suites', 'eval_suite_runs'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON eval_suites, eval_suite_runs TO crewship_app;
GRANT SELECT ON eval_suites, eval_suite_runs TO crewship_system;
