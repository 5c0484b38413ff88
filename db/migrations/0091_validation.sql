-- What contents were validated, by what, and what came of it; the contents themselves are not kept.
CREATE TABLE validation_logs (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  created_by text CHECK (char_length(created_by) <= 64),
  agent_id text,
  subject_type text CHECK (subject_type IN ('task')),
  subject_id text CHECK (char_length(subject_id) <= 64),
  -- Of the validated text, UTF-8.
  content_sha256 text NOT NULL CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
  passed boolean NOT NULL,
  -- Null: nothing gave one.
  score double precision CHECK (score BETWEEN 0 AND 1),
  checks jsonb NOT NULL CHECK (octet_length(checks::text) <= 65536),
  judge jsonb CHECK (octet_length(judge::text) <= 65536),
  config_version integer NOT NULL CHECK (config_version >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((subject_type IS NULL) = (subject_id IS NULL))
);
CREATE INDEX validation_logs_newest ON validation_logs (workspace_id, created_at DESC, id DESC);
CREATE INDEX validation_logs_person ON validation_logs (workspace_id, created_by, created_at DESC, id DESC);

ALTER TABLE validation_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE validation_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON validation_logs TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON validation_logs TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON validation_logs TO crewship_app;
GRANT SELECT ON validation_logs TO crewship_system;
