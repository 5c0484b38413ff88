-- Who said how much a crew's agents may do by themselves, and why; and what people trust agents with for a while.

ALTER TABLE crews
  ADD COLUMN behavior_mode text NOT NULL DEFAULT 'warn' CHECK (behavior_mode IN ('warn', 'block')),
  ADD COLUMN policy_set_by text REFERENCES users (id) ON DELETE SET NULL,
  ADD COLUMN policy_set_at timestamptz,
  ADD COLUMN policy_reason text CHECK (char_length(policy_reason) BETWEEN 1 AND 500);
CREATE INDEX crews_policy_set_by ON crews (policy_set_by) WHERE policy_set_by IS NOT NULL;

-- Actions that need no decision while this lasts: so many of them, up to so much each.
CREATE TABLE trust_grants (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  crew_id text NOT NULL,
  -- Null: all agents of the crew.
  agent_id text,
  kind text NOT NULL CHECK (char_length(kind) <= 64),
  tool text CHECK (char_length(tool) BETWEEN 1 AND 128),
  max_uses integer NOT NULL CHECK (max_uses BETWEEN 1 AND 10000),
  used integer NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND max_uses),
  max_cost_usd numeric(12, 6) CHECK (max_cost_usd >= 0),
  reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
  expires_at timestamptz NOT NULL,
  created_by text REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  revoked_by text REFERENCES users (id) ON DELETE SET NULL,
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX trust_grants_newest ON trust_grants (workspace_id, created_at DESC, id DESC);
CREATE INDEX trust_grants_live ON trust_grants (crew_id, kind, expires_at) WHERE revoked_at IS NULL;
CREATE INDEX trust_grants_agent ON trust_grants (agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX trust_grants_created_by ON trust_grants (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX trust_grants_revoked_by ON trust_grants (revoked_by) WHERE revoked_by IS NOT NULL;

ALTER TABLE trust_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE trust_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON trust_grants TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON trust_grants TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON trust_grants TO crewship_app;

-- Questions that are over may be deleted.
GRANT DELETE ON escalations TO crewship_app;
