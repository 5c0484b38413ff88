-- Whom the keeper asks and from where on, in a workspace that says more than the defaults.
CREATE TABLE keeper_governance (
  workspace_id text PRIMARY KEY REFERENCES workspaces (id),
  enabled boolean NOT NULL DEFAULT true,
  hard_gate boolean NOT NULL DEFAULT true,
  -- 0: the tiers decide. 1 to 4: people approve from that tier on. 5: a judge's word is enough.
  escalate_from integer NOT NULL DEFAULT 0 CHECK (escalate_from BETWEEN 0 AND 5),
  require_second_approver boolean NOT NULL DEFAULT false,
  auto_lease_seconds integer NOT NULL DEFAULT 0
    CHECK (auto_lease_seconds = 0 OR auto_lease_seconds BETWEEN 60 AND 2592000),
  deny_notify_min_risk integer NOT NULL DEFAULT 7 CHECK (deny_notify_min_risk BETWEEN 1 AND 10),
  judge_timeout_seconds integer NOT NULL DEFAULT 20 CHECK (judge_timeout_seconds BETWEEN 1 AND 120),
  watch_spec text CHECK (char_length(watch_spec) <= 4000),
  watch_presets text[] NOT NULL DEFAULT '{}',
  security_contact_user_id text REFERENCES users (id),
  updated_by text REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What agents asked the keeper for. No value of a credential is in it.
CREATE TABLE keeper_requests (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  crew_id text NOT NULL,
  agent_id text NOT NULL,
  -- The run that asked, where its token said so, and who it works for.
  run_id text,
  mission_id text,
  task_id text,
  acts_for_user_id text,
  credential_id text NOT NULL,
  credential_name text NOT NULL,
  -- As it was when it was asked for.
  security_level integer NOT NULL CHECK (security_level BETWEEN 1 AND 4),
  request_type text NOT NULL CHECK (request_type IN ('access', 'execute')),
  intent text NOT NULL CHECK (char_length(intent) <= 4000),
  command text CHECK (char_length(command) <= 4096),
  env_var text CHECK (env_var ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
  dedupe_key text,
  decision text NOT NULL DEFAULT 'PENDING'
    CHECK (decision IN ('PENDING', 'ALLOW', 'DENY', 'ESCALATE', 'DUPLICATE_SUPPRESSED')),
  reason text CHECK (char_length(reason) <= 2000),
  risk_score integer CHECK (risk_score BETWEEN 1 AND 10),
  decided_at timestamptz,
  -- The person who decided what the judge would not.
  decided_by text REFERENCES users (id),
  judge_profile text,
  judge_prompt text CHECK (char_length(judge_prompt) <= 2000),
  judge_reply text CHECK (char_length(judge_reply) <= 2000),
  judge_deadline_at timestamptz,
  answer_deadline_at timestamptz,
  -- Of what is to be run: null until it is allowed.
  execution text CHECK (execution IN ('due', 'running', 'done', 'failed')),
  execution_deadline_at timestamptz,
  execution_error text CHECK (char_length(execution_error) <= 64),
  executed_at timestamptz,
  output text,
  exit_code integer,
  generation integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id),
  FOREIGN KEY (workspace_id, credential_id) REFERENCES credentials (workspace_id, id),
  CHECK ((request_type = 'execute') = (command IS NOT NULL)),
  CHECK ((decision = 'PENDING') = (decided_at IS NULL))
);
CREATE INDEX keeper_requests_newest ON keeper_requests (workspace_id, created_at DESC, id DESC);
CREATE INDEX keeper_requests_credential ON keeper_requests (credential_id);
CREATE INDEX keeper_requests_agent ON keeper_requests (agent_id);
CREATE INDEX keeper_requests_open ON keeper_requests (id)
  WHERE decision IN ('PENDING', 'ESCALATE') OR execution IN ('due', 'running');
CREATE INDEX keeper_requests_dedupe ON keeper_requests (dedupe_key, created_at DESC) WHERE dedupe_key IS NOT NULL;

-- Each step of a request, in its order: nothing changes or leaves it but with the request.
CREATE TABLE keeper_request_events (
  workspace_id text NOT NULL,
  request_id text NOT NULL,
  seq integer NOT NULL,
  state text NOT NULL,
  actor_type text NOT NULL,
  actor_id text,
  reason text CHECK (char_length(reason) <= 2000),
  risk_score integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (request_id, seq),
  FOREIGN KEY (workspace_id, request_id) REFERENCES keeper_requests (workspace_id, id) ON DELETE CASCADE
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['keeper_governance', 'keeper_requests', 'keeper_request_events'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON keeper_governance TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON keeper_requests TO crewship_app;
GRANT SELECT, INSERT ON keeper_request_events TO crewship_app;
GRANT SELECT, UPDATE ON keeper_requests TO crewship_system;

-- A lease makes a grant last longer.
GRANT UPDATE (lease_source, lease_issued_at, expires_at) ON credential_grants TO crewship_app;
