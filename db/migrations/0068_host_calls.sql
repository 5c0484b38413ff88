-- What the API asks of a Docker host that only its worker can say or do (docs/decisions/0046).
CREATE TABLE host_calls (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  crew_id text NOT NULL,
  host_id text NOT NULL REFERENCES hosts (id),
  kind text NOT NULL CHECK (kind IN ('processes', 'list_files', 'delete_file')),
  input jsonb NOT NULL,
  -- Who asked, for the journal.
  actor_type text NOT NULL,
  actor_id text,
  status text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'answered', 'refused')),
  answer jsonb,
  asked_at timestamptz NOT NULL DEFAULT now(),
  -- Nobody carries it out, or waits for it, from then on.
  expires_at timestamptz NOT NULL,
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id)
);
CREATE INDEX host_calls_asked ON host_calls (host_id, asked_at) WHERE status = 'asked';
CREATE INDEX host_calls_open ON host_calls (workspace_id) WHERE status = 'asked';
CREATE INDEX host_calls_expired ON host_calls (host_id, expires_at);

ALTER TABLE host_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE host_calls FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON host_calls TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON host_calls TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON host_calls TO crewship_app;
GRANT SELECT, UPDATE, DELETE ON host_calls TO crewship_system;
