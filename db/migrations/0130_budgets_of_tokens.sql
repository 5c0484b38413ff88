-- Budgets count money or tokens, and may be of a person or a project. `unit` follows from which limit there is.
ALTER TABLE budgets ALTER COLUMN limit_micros DROP NOT NULL,
  ADD COLUMN limit_tokens bigint CHECK (limit_tokens > 0),
  ADD CHECK (num_nonnulls(limit_micros, limit_tokens) = 1),
  DROP CONSTRAINT budgets_scope_kind_check,
  ADD CONSTRAINT budgets_scope_kind_check
    CHECK (scope_kind IN ('workspace', 'crew', 'mission', 'agent', 'user', 'project'));
ALTER TABLE budgets
  ADD COLUMN unit text NOT NULL
    GENERATED ALWAYS AS (CASE WHEN limit_tokens IS NULL THEN 'usd' ELSE 'tokens' END) STORED;
-- People are in several workspaces.
ALTER TABLE budgets DROP CONSTRAINT budgets_scope_kind_scope_id_budget_window_key,
  ADD UNIQUE (workspace_id, scope_kind, scope_id, budget_window, unit);

ALTER TABLE budget_holds ADD COLUMN amount_tokens bigint NOT NULL DEFAULT 0 CHECK (amount_tokens >= 0);

-- Tokens of every kind, also of calls that a plan pays: those are in no other figure of the row.
ALTER TABLE cost_hours ADD COLUMN token_count bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT cost_hours_scope_kind_check,
  ADD CONSTRAINT cost_hours_scope_kind_check
    CHECK (scope_kind IN ('workspace', 'crew', 'mission', 'agent', 'user', 'project'));
UPDATE cost_hours SET token_count = input_tokens + output_tokens;
ALTER TABLE cost_hours DROP CONSTRAINT cost_hours_pkey,
  ADD PRIMARY KEY (scope_kind, scope_id, hour, crew_id, workspace_id);

-- How often a workspace's budgets were changed: a write of all of them names the version that it read.
CREATE TABLE budget_versions (
  workspace_id text PRIMARY KEY REFERENCES workspaces (id),
  version integer NOT NULL CHECK (version > 0)
);
ALTER TABLE budget_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON budget_versions TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON budget_versions TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON budget_versions TO crewship_app;
GRANT SELECT ON budget_versions TO crewship_system;
