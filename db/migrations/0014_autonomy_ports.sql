-- What agents of a crew may do without a person, what waits for one, and ports of crews that are open to the outside.

ALTER TABLE crews
  ADD COLUMN autonomy_level text NOT NULL DEFAULT 'guided'
    CHECK (autonomy_level IN ('strict', 'guided', 'trusted', 'full')),
  -- Made by an agent and not approved: nothing runs in it.
  ADD COLUMN held boolean NOT NULL DEFAULT false;

CREATE INDEX approvals_subject_open ON approvals (subject_type, subject_id) WHERE status = 'pending';
CREATE INDEX approvals_crew_open ON approvals (crew_id, kind) WHERE status = 'pending';

-- What people should see to, by the lowest role that it is for. Whoever has read it is no member of the item.
CREATE TABLE inbox_items (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  type text NOT NULL CHECK (char_length(type) <= 64),
  subject_type text NOT NULL CHECK (char_length(subject_type) <= 64),
  subject_id text NOT NULL,
  crew_id text,
  audience_role text NOT NULL CHECK (audience_role IN ('OWNER', 'ADMIN', 'MANAGER', 'MEMBER', 'VIEWER')),
  blocking boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz
);
CREATE INDEX inbox_items_open ON inbox_items (workspace_id, created_at DESC, id DESC) WHERE resolved_at IS NULL;
CREATE INDEX inbox_items_subject ON inbox_items (subject_type, subject_id);

-- Ports in a crew's container that whoever knows the token may reach. The token is shown once; its hash finds the row.
CREATE TABLE port_exposures (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text NOT NULL,
  agent_id text NOT NULL,
  chat_id text,
  container_id text NOT NULL,
  port integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
  description text CHECK (char_length(description) <= 200),
  token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'revoked', 'expired')),
  expires_at timestamptz NOT NULL,
  first_accessed_at timestamptz,
  revoked_at timestamptz,
  revoked_by text REFERENCES users (id),
  revoke_reason text CHECK (char_length(revoke_reason) <= 500),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id)
);
CREATE UNIQUE INDEX port_exposures_token ON port_exposures (token_hash);
CREATE INDEX port_exposures_crew ON port_exposures (crew_id, created_at DESC, id DESC);
CREATE INDEX port_exposures_open ON port_exposures (workspace_id, agent_id) WHERE status = 'active';
CREATE INDEX port_exposures_due ON port_exposures (expires_at) WHERE status = 'active';

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['inbox_items', 'port_exposures'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE ON inbox_items, port_exposures TO crewship_app;
-- The system login finds an exposure by its token, in whichever workspace, and ends what is past its time.
GRANT SELECT, UPDATE ON port_exposures TO crewship_system;
