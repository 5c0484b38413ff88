-- What processes log at least, for a while: at most one row, which counts in every process until its time is over.
CREATE TABLE log_levels (
  id text PRIMARY KEY CHECK (id = 'instance'),
  level text NOT NULL CHECK (level IN ('trace', 'debug', 'info', 'warn', 'error')),
  expires_at timestamptz NOT NULL,
  changed_by text REFERENCES users (id),
  changed_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE log_levels ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_levels FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON log_levels TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON log_levels TO crewship_system;

-- A workspace's jobs that are not over, and those that ended lately, counted without a look at all the others.
CREATE INDEX jobs_live ON jobs (workspace_id) WHERE finished_at IS NULL;
CREATE INDEX jobs_ended ON jobs (workspace_id, finished_at) WHERE finished_at IS NOT NULL;
