-- What the internal routes need beside missions, runs and escalations. Ciphertexts are `v<key version>:<base64>` and open
-- in their own row only; no login of the database can read what they hold.

-- ------------------------------------------------------------------------------------------------- credentials

CREATE TABLE credentials (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
  type text NOT NULL DEFAULT 'SECRET' CHECK (type IN ('AI_CLI_TOKEN', 'API_KEY', 'CLI_TOKEN', 'SECRET', 'GENERIC_SECRET',
    'OAUTH2', 'USERPASS', 'SSH_KEY', 'CERTIFICATE', 'ENDPOINT_URL')),
  provider text NOT NULL DEFAULT 'NONE' CHECK (char_length(provider) BETWEEN 1 AND 64),
  -- WORKSPACE: every crew's. CREW: that of its crews, and of agents it is granted to.
  scope text NOT NULL DEFAULT 'WORKSPACE' CHECK (scope IN ('WORKSPACE', 'CREW')),
  status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN
    ('PENDING', 'PENDING_APPROVAL', 'ACTIVE', 'RATE_LIMITED', 'EXPIRED', 'ERROR', 'REVOKED', 'REJECTED')),
  sensitivity text NOT NULL DEFAULT 'STANDARD' CHECK (sensitivity IN ('STANDARD', 'RESTRICTED', 'SEALED')),
  -- The keeper's tier, 1 (low) to 4 (critical).
  security_level integer NOT NULL DEFAULT 1 CHECK (security_level BETWEEN 1 AND 4),
  description text CHECK (char_length(description) <= 2000),
  tags text[] NOT NULL DEFAULT '{}',
  account_label text CHECK (char_length(account_label) <= 255),
  account_email text CHECK (char_length(account_email) <= 254),
  username text CHECK (char_length(username) <= 255),
  sealed_value text,
  sealed_refresh_token text,
  token_expires_at timestamptz,
  last_error text CHECK (char_length(last_error) <= 2000),
  last_checked_at timestamptz,
  last_used_at timestamptz,
  created_by_actor_type text NOT NULL CHECK (created_by_actor_type IN ('user', 'agent', 'system')),
  created_by_actor_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (workspace_id, id),
  CHECK (sealed_value LIKE 'v%:%'),
  CHECK (sealed_refresh_token LIKE 'v%:%'),
  -- What is deleted holds no secret any more.
  CHECK (deleted_at IS NULL OR (sealed_value IS NULL AND sealed_refresh_token IS NULL))
);
CREATE UNIQUE INDEX credentials_name_live ON credentials (workspace_id, name) WHERE deleted_at IS NULL;
CREATE INDEX credentials_newest ON credentials (workspace_id, type, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE credential_crews (
  workspace_id text NOT NULL,
  credential_id text NOT NULL,
  crew_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (credential_id, crew_id),
  FOREIGN KEY (workspace_id, credential_id) REFERENCES credentials (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id)
);
CREATE INDEX credential_crews_crew ON credential_crews (crew_id);

-- A credential given to one agent, under the name of a variable. With an end it is a lease: past it, it gives nothing.
CREATE TABLE credential_grants (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  credential_id text NOT NULL,
  agent_id text NOT NULL,
  env_var_name text NOT NULL CHECK (env_var_name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
  priority integer NOT NULL DEFAULT 0,
  lease_source text CHECK (lease_source IN ('manual', 'keeper_allow', 'escalation_approve')),
  lease_issued_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (agent_id, credential_id),
  FOREIGN KEY (workspace_id, credential_id) REFERENCES credentials (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX credential_grants_credential ON credential_grants (credential_id);

-- Values that were replaced: they may still be tried until their grace is over, then they are scrubbed.
CREATE TABLE credential_rotations (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  credential_id text NOT NULL,
  sealed_old_value text CHECK (sealed_old_value LIKE 'v%:%'),
  grace_seconds integer NOT NULL CHECK (grace_seconds BETWEEN 0 AND 604800),
  status text NOT NULL CHECK (status IN ('ACTIVE', 'EXPIRED', 'CANCELLED')),
  rotated_by text REFERENCES users (id),
  rotated_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  cancelled_at timestamptz,
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, credential_id) REFERENCES credentials (workspace_id, id),
  CHECK (status = 'ACTIVE' OR sealed_old_value IS NULL)
);
CREATE INDEX credential_rotations_credential ON credential_rotations (credential_id, rotated_at DESC);
CREATE INDEX credential_rotations_due ON credential_rotations (expires_at) WHERE status = 'ACTIVE';

-- What an agent proposed or asked for; people's answer to it may be a secret.
ALTER TABLE escalations ADD COLUMN credential_id text;
ALTER TABLE escalations ADD COLUMN sealed_resolution text CHECK (sealed_resolution LIKE 'v%:%');
ALTER TABLE escalations ADD FOREIGN KEY (workspace_id, credential_id) REFERENCES credentials (workspace_id, id);
CREATE INDEX escalations_credential ON escalations (credential_id) WHERE credential_id IS NOT NULL;

ALTER TABLE agents ADD COLUMN sealed_webhook_secret text CHECK (sealed_webhook_secret LIKE 'v%:%');

-- --------------------------------------------------------------------------- between crews, and what agents report

-- Which crews may write to each other: `from` to `to`, or both ways. One row a pair.
CREATE TABLE crew_connections (
  id text PRIMARY KEY CHECK (id ~ '^cc_[0-9a-f]{16}$'),
  workspace_id text NOT NULL REFERENCES workspaces (id),
  from_crew_id text NOT NULL,
  to_crew_id text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('bidirectional', 'unidirectional')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (workspace_id, from_crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, to_crew_id) REFERENCES crews (workspace_id, id),
  CHECK (from_crew_id <> to_crew_id)
);
CREATE UNIQUE INDEX crew_connections_pair
  ON crew_connections (least(from_crew_id, to_crew_id), greatest(from_crew_id, to_crew_id));
CREATE INDEX crew_connections_to ON crew_connections (to_crew_id);
CREATE INDEX crew_connections_from ON crew_connections (from_crew_id);

CREATE TABLE crew_messages (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  from_crew_id text NOT NULL,
  to_crew_id text NOT NULL,
  from_agent_id text,
  content text NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
  metadata jsonb NOT NULL DEFAULT '{}',
  delivered_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (workspace_id, from_crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, to_crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, from_agent_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX crew_messages_incoming ON crew_messages (to_crew_id, created_at DESC, id DESC);
CREATE INDEX crew_messages_outgoing ON crew_messages (from_crew_id, created_at DESC, id DESC);

CREATE TABLE mcp_tool_calls (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text NOT NULL,
  agent_id text NOT NULL,
  mcp_server_id text NOT NULL CHECK (char_length(mcp_server_id) <= 64),
  mcp_server_scope text NOT NULL CHECK (mcp_server_scope IN ('workspace', 'crew', 'agent')),
  tool_name text NOT NULL CHECK (char_length(tool_name) <= 255),
  status text NOT NULL CHECK (status IN ('success', 'error', 'denied', 'timeout')),
  duration_ms integer CHECK (duration_ms >= 0),
  error_message text CHECK (char_length(error_message) <= 2000),
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX mcp_tool_calls_newest ON mcp_tool_calls (workspace_id, created_at DESC, id DESC);

-- What one agent gives another to do (assignment) or asks of it (query). Its state is that of the run that does it.
CREATE TABLE peer_requests (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  kind text NOT NULL CHECK (kind IN ('assignment', 'query')),
  crew_id text NOT NULL,
  chat_id text NOT NULL,
  mission_id text,
  from_agent_id text,
  to_crew_id text NOT NULL,
  to_agent_id text NOT NULL,
  content text NOT NULL CHECK (char_length(content) BETWEEN 1 AND 20000),
  -- How many requests led to this one, itself counted.
  depth integer NOT NULL CHECK (depth >= 1),
  run_id text NOT NULL,
  result text CHECK (char_length(result) <= 10000),
  error_message text CHECK (char_length(error_message) <= 2000),
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, from_agent_id) REFERENCES agents (workspace_id, id),
  FOREIGN KEY (workspace_id, to_crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, to_agent_id) REFERENCES agents (workspace_id, id),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, id)
);
CREATE UNIQUE INDEX peer_requests_run ON peer_requests (run_id);
CREATE INDEX peer_requests_crew ON peer_requests (crew_id, created_at DESC, id DESC);

-- ------------------------------------------------------------------------------------------------------ issues

CREATE TABLE issues (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text NOT NULL,
  identifier text NOT NULL CHECK (identifier ~ '^[A-Z0-9]{1,10}-[1-9][0-9]*$'),
  number integer NOT NULL CHECK (number > 0),
  title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 500),
  description text CHECK (char_length(description) <= 20000),
  status text NOT NULL DEFAULT 'BACKLOG' CHECK (status IN
    ('BACKLOG', 'TODO', 'IN_PROGRESS', 'REVIEW', 'DONE', 'FAILED', 'CANCELLED', 'DUPLICATE')),
  priority text NOT NULL DEFAULT 'none' CHECK (priority IN ('none', 'low', 'medium', 'high', 'urgent')),
  assignee_type text CHECK (assignee_type IN ('user', 'agent')),
  assignee_id text,
  due_date date,
  estimate integer CHECK (estimate BETWEEN 0 AND 1000000),
  created_by_type text NOT NULL CHECK (created_by_type IN ('user', 'agent')),
  created_by_id text,
  authored_via text NOT NULL CHECK (authored_via IN ('user_api', 'agent_tool_call')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  UNIQUE (workspace_id, id),
  UNIQUE (workspace_id, identifier),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  CHECK ((assignee_type IS NULL) = (assignee_id IS NULL))
);
CREATE INDEX issues_crew ON issues (crew_id, created_at DESC, id DESC);

-- Crews that share a prefix share its numbers.
CREATE TABLE issue_counters (
  workspace_id text NOT NULL REFERENCES workspaces (id),
  prefix text NOT NULL,
  last_number integer NOT NULL,
  PRIMARY KEY (workspace_id, prefix)
);

CREATE TABLE issue_comments (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  issue_id text NOT NULL,
  author_type text NOT NULL CHECK (author_type IN ('user', 'agent')),
  author_id text NOT NULL,
  body text NOT NULL CHECK (char_length(body) BETWEEN 1 AND 50000),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (workspace_id, issue_id) REFERENCES issues (workspace_id, id)
);
CREATE INDEX issue_comments_issue ON issue_comments (issue_id, created_at, id);

-- ---------------------------------------------------------------------------------- grants and row-level security

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY[
    'credentials', 'credential_crews', 'credential_grants', 'credential_rotations', 'crew_connections', 'crew_messages',
    'mcp_tool_calls', 'peer_requests', 'issues', 'issue_counters', 'issue_comments'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE ON credentials, credential_rotations TO crewship_app;
GRANT SELECT, INSERT, DELETE ON credential_crews, credential_grants TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON crew_connections TO crewship_app;
GRANT SELECT, INSERT, UPDATE ON peer_requests, issues, issue_counters TO crewship_app;
GRANT SELECT, INSERT ON crew_messages, mcp_tool_calls, issue_comments TO crewship_app;
-- The system login seals anew with a newer key and ends what is past its grace.
GRANT SELECT, UPDATE ON credentials, credential_rotations TO crewship_system;
