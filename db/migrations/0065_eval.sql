-- Evaluations: what each was asked, and what it found. The job of the same id has its state.
CREATE TABLE eval_runs (
  id text PRIMARY KEY CHECK (id ~ '^er_[0-9a-f]{16}$'),
  workspace_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('replay', 'regression')),
  -- Of a regression the candidate.
  mission_id text NOT NULL,
  baseline_mission_id text,
  -- Of the missions; null: the newest that has ended.
  generation integer CHECK (generation >= 0),
  baseline_generation integer CHECK (baseline_generation >= 0),
  seed bigint NOT NULL DEFAULT 0 CHECK (seed BETWEEN 0 AND 9007199254740991),
  thresholds jsonb NOT NULL CHECK (octet_length(thresholds::text) <= 1024),
  -- By side; one that is there is not computed again.
  measured jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(measured::text) <= 16384),
  comparison jsonb CHECK (octet_length(comparison::text) <= 8192),
  divergence jsonb CHECK (octet_length(divergence::text) <= 8192),
  -- How long it was worked on.
  used_ms bigint NOT NULL DEFAULT 0 CHECK (used_ms >= 0),
  began_at timestamptz,
  concluded_at timestamptz,
  result text NOT NULL DEFAULT '' CHECK (char_length(result) <= 2000),
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'regression') = (baseline_mission_id IS NOT NULL)),
  CHECK (baseline_generation IS NULL OR kind = 'regression'),
  FOREIGN KEY (workspace_id, id) REFERENCES jobs (workspace_id, id)
);
CREATE INDEX eval_runs_newest ON eval_runs (workspace_id, created_at DESC, id DESC);

ALTER TABLE eval_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE eval_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON eval_runs TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON eval_runs TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON eval_runs TO crewship_app;
GRANT SELECT ON eval_runs TO crewship_system;
