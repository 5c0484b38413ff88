-- Calls of agents' tools that are counted or were allowed by people, each once, however often it was sent.
CREATE TABLE tool_uses (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  crew_id text NOT NULL,
  -- Null: no attempt says that it calls.
  run_id text CHECK (char_length(run_id) <= 64),
  tool text NOT NULL CHECK (char_length(tool) BETWEEN 1 AND 64),
  -- A keyed digest of the sender's key and the call.
  request_key text CHECK (request_key ~ '^[0-9a-f]{64}$'),
  -- What allowed it: an approval allows one call.
  approval_id text REFERENCES approvals (id),
  used_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX tool_uses_newest ON tool_uses (workspace_id, tool, used_at);
CREATE INDEX tool_uses_of_run ON tool_uses (run_id, tool) WHERE run_id IS NOT NULL;
CREATE UNIQUE INDEX tool_uses_sent_once ON tool_uses (workspace_id, request_key) WHERE request_key IS NOT NULL;
CREATE UNIQUE INDEX tool_uses_allowed_once ON tool_uses (approval_id) WHERE approval_id IS NOT NULL;
CREATE INDEX tool_uses_counted ON tool_uses (id) WHERE approval_id IS NULL;

ALTER TABLE tool_uses ENABLE ROW LEVEL SECURITY;
ALTER TABLE tool_uses FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON tool_uses TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON tool_uses TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON tool_uses TO crewship_app;
GRANT SELECT, DELETE ON tool_uses TO crewship_system;
