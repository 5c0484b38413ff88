-- The kernel: identity, hosts, crews, agents, missions, runs, escalations, decisions, jobs, and the three ledgers
-- (journal, outbox, transitions). Group roles are cluster-wide; the logins that join them are per database.

DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'crewship_app') THEN
    CREATE ROLE crewship_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'crewship_system') THEN
    CREATE ROLE crewship_system NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this cluster is being installed at the same moment
END
$$;

GRANT USAGE ON SCHEMA public TO crewship_app, crewship_system;

-- The workspaces this session or transaction may see. A list, so that one batch may span several.
CREATE FUNCTION crewship_workspaces() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(string_to_array(nullif(current_setting('crewship.workspaces', true), ''), ','), '{}'::text[]) $$;

-- ---------------------------------------------------------------------------------------------------- identity

CREATE TABLE workspaces (
  id text PRIMARY KEY,
  name text NOT NULL CHECK (char_length(name) BETWEEN 2 AND 100),
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9_-]{1,49}$'),
  preferred_language text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE UNIQUE INDEX workspaces_slug_live ON workspaces (slug) WHERE deleted_at IS NULL;

CREATE TABLE users (
  id text PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email = lower(email) AND char_length(email) <= 254),
  username text NOT NULL UNIQUE CHECK (char_length(username) BETWEEN 2 AND 50),
  full_name text NOT NULL CHECK (char_length(full_name) BETWEEN 1 AND 100),
  password_hash text,
  home_workspace_id text REFERENCES workspaces (id),
  is_instance_operator boolean NOT NULL DEFAULT false,
  failed_logins integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE memberships (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  user_id text NOT NULL REFERENCES users (id),
  role text NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'MANAGER', 'MEMBER', 'VIEWER')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, workspace_id)
);
CREATE INDEX memberships_workspace ON memberships (workspace_id);

CREATE TABLE access_tokens (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('cli', 'api_key')),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  user_id text NOT NULL REFERENCES users (id),
  workspace_id text REFERENCES workspaces (id),
  hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  prefix text NOT NULL CHECK (char_length(prefix) <= 32),
  scopes text[],
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX access_tokens_user ON access_tokens (user_id);

CREATE TABLE auth_sessions (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users (id),
  refresh_jti text,
  user_agent text CHECK (char_length(user_agent) <= 512),
  address text CHECK (char_length(address) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX auth_sessions_user ON auth_sessions (user_id);

-- The stored answer of one write per (caller, workspace, key). Written in the transaction of the write itself, so a key
-- is either answered or free. `workspace_id` is 'instance' for writes outside a workspace.
CREATE TABLE idempotency_keys (
  principal_id text NOT NULL,
  workspace_id text NOT NULL,
  key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
  request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
  status integer NOT NULL,
  response jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (principal_id, workspace_id, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- ---------------------------------------------------------------------------------------------- hosts and crews

CREATE TABLE hosts (
  id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{1,49}$'),
  status text NOT NULL DEFAULT 'up' CHECK (status IN ('up', 'draining', 'lost')),
  architecture text NOT NULL,
  engine_version text NOT NULL,
  last_heartbeat_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE crews (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  host_id text REFERENCES hosts (id),
  name text NOT NULL CHECK (char_length(name) BETWEEN 2 AND 100),
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9_-]{1,49}$'),
  description text CHECK (char_length(description) <= 2000),
  color text,
  icon text CHECK (char_length(icon) <= 64),
  avatar_style text CHECK (char_length(avatar_style) <= 64),
  container_memory_mb integer NOT NULL DEFAULT 8192 CHECK (container_memory_mb BETWEEN 6 AND 262144),
  container_cpus double precision NOT NULL DEFAULT 2 CHECK (container_cpus BETWEEN 0.01 AND 512),
  container_ttl_hours double precision NOT NULL DEFAULT 4 CHECK (container_ttl_hours >= 0),
  network_mode text NOT NULL DEFAULT 'restricted' CHECK (network_mode IN ('free', 'restricted')),
  allowed_domains text[] NOT NULL DEFAULT '{}',
  runtime_image text CHECK (char_length(runtime_image) <= 255),
  escalation_config jsonb,
  issue_prefix text CHECK (char_length(issue_prefix) <= 10),
  max_ephemeral_agents integer NOT NULL DEFAULT 10 CHECK (max_ephemeral_agents BETWEEN 0 AND 100),
  max_concurrent_runs integer NOT NULL DEFAULT 4 CHECK (max_concurrent_runs BETWEEN 1 AND 1000),
  generation integer NOT NULL DEFAULT 0,
  container_status text NOT NULL DEFAULT 'stopped'
    CHECK (container_status IN ('stopped', 'starting', 'running', 'error')),
  container_id text,
  container_started_at timestamptz,
  sidecar_exec_id text,
  sidecar_gone boolean NOT NULL DEFAULT false,
  container_error text CHECK (char_length(container_error) <= 2000),
  last_used_at timestamptz,
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (workspace_id, id)
);
CREATE UNIQUE INDEX crews_slug_live ON crews (workspace_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX crews_newest ON crews (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX crews_host_active ON crews (host_id) WHERE container_status <> 'stopped';

CREATE TABLE agents (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text,
  name text NOT NULL CHECK (char_length(name) BETWEEN 2 AND 100),
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9_-]{1,49}$'),
  agent_role text NOT NULL DEFAULT 'AGENT' CHECK (agent_role IN ('AGENT', 'LEAD')),
  lead_mode text CHECK (lead_mode IN ('active', 'passive')),
  status text NOT NULL DEFAULT 'IDLE' CHECK (status IN ('IDLE', 'RUNNING', 'ERROR', 'PENDING_REVIEW')),
  cli_adapter text NOT NULL DEFAULT 'CLAUDE_CODE' CHECK (cli_adapter IN
    ('COMMAND', 'CLAUDE_CODE', 'OPENCODE', 'CODEX_CLI', 'GEMINI_CLI', 'CURSOR_CLI', 'FACTORY_DROID')),
  command text[],
  llm_provider text CHECK (llm_provider IN ('ANTHROPIC', 'OPENAI', 'GOOGLE', 'CURSOR', 'FACTORY', 'OLLAMA')),
  llm_model text CHECK (char_length(llm_model) <= 128),
  tool_profile text NOT NULL DEFAULT 'CODING' CHECK (tool_profile IN ('MINIMAL', 'CODING', 'FULL')),
  timeout_seconds integer NOT NULL DEFAULT 1800 CHECK (timeout_seconds BETWEEN 1 AND 86400),
  max_concurrent_runs integer NOT NULL DEFAULT 1 CHECK (max_concurrent_runs BETWEEN 1 AND 100),
  memory_enabled boolean NOT NULL DEFAULT false,
  description text CHECK (char_length(description) <= 2000),
  role_title text CHECK (char_length(role_title) <= 100),
  system_prompt text CHECK (char_length(system_prompt) <= 100000),
  avatar_seed text CHECK (char_length(avatar_seed) <= 128),
  avatar_style text CHECK (char_length(avatar_style) <= 64),
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  CHECK (agent_role <> 'LEAD' OR crew_id IS NOT NULL),
  CHECK (cli_adapter <> 'COMMAND' OR cardinality(command) > 0)
);
CREATE UNIQUE INDEX agents_slug_live ON agents (workspace_id, slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX agents_one_lead ON agents (crew_id) WHERE agent_role = 'LEAD' AND deleted_at IS NULL;
CREATE INDEX agents_crew ON agents (workspace_id, crew_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX agents_newest ON agents (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

-- ------------------------------------------------------------------------------------------- missions and runs

CREATE TABLE missions (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text NOT NULL,
  lead_agent_id text NOT NULL,
  trace_id text NOT NULL,
  title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 500),
  description text CHECK (char_length(description) <= 20000),
  status text NOT NULL DEFAULT 'PLANNING'
    CHECK (status IN ('PLANNING', 'IN_PROGRESS', 'REVIEW', 'COMPLETED', 'FAILED', 'CANCELLED')),
  plan text CHECK (char_length(plan) <= 100000),
  workflow_template text CHECK (char_length(workflow_template) <= 100),
  generation integer NOT NULL DEFAULT 0,
  held boolean NOT NULL DEFAULT false,
  -- Whether all tasks being terminal ends the mission: set by start and by each task transition, cleared by reopening.
  settle_armed boolean NOT NULL DEFAULT false,
  paused_at timestamptz,
  timeout_ms bigint NOT NULL DEFAULT 7200000 CHECK (timeout_ms BETWEEN 1000 AND 2592000000),
  deadline_at timestamptz,
  failure_reason text CHECK (char_length(failure_reason) <= 2000),
  total_token_count bigint NOT NULL DEFAULT 0,
  total_cost_micros bigint NOT NULL DEFAULT 0,
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  completed_at timestamptz,
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_agent_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX missions_newest ON missions (workspace_id, created_at DESC, id DESC);
CREATE INDEX missions_crew ON missions (crew_id, created_at DESC, id DESC);
CREATE INDEX missions_active ON missions (updated_at) WHERE status = 'IN_PROGRESS';

CREATE TABLE tasks (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  mission_id text,
  crew_id text,
  generation integer NOT NULL DEFAULT 0,
  assigned_agent_id text,
  title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 500),
  description text CHECK (char_length(description) <= 20000),
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'BLOCKED', 'IN_PROGRESS', 'AWAITING_APPROVAL',
    'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')),
  task_order integer NOT NULL DEFAULT 0,
  iteration integer NOT NULL DEFAULT 1,
  max_iterations integer CHECK (max_iterations BETWEEN 0 AND 50),
  retry_at timestamptz,
  result_summary text CHECK (char_length(result_summary) <= 8000),
  output_path text CHECK (char_length(output_path) <= 1024),
  error_message text CHECK (char_length(error_message) <= 2000),
  error_code text CHECK (char_length(error_code) <= 64),
  assignment_id text,
  run_id text,
  token_count bigint NOT NULL DEFAULT 0,
  cost_micros bigint NOT NULL DEFAULT 0,
  confidence double precision CHECK (confidence BETWEEN 0 AND 1),
  needs_review boolean NOT NULL DEFAULT false,
  handoff_context jsonb,
  evaluation_status text,
  evaluation_notes text,
  approval_required boolean NOT NULL DEFAULT false,
  approval_status text,
  approved_by text,
  approved_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, mission_id) REFERENCES missions (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, assigned_agent_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX tasks_mission ON tasks (mission_id, task_order, created_at, id);

CREATE TABLE task_dependencies (
  workspace_id text NOT NULL,
  task_id text NOT NULL,
  depends_on_task_id text NOT NULL,
  PRIMARY KEY (task_id, depends_on_task_id),
  FOREIGN KEY (workspace_id, task_id) REFERENCES tasks (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, depends_on_task_id) REFERENCES tasks (workspace_id, id) ON DELETE CASCADE,
  CHECK (task_id <> depends_on_task_id)
);
CREATE INDEX task_dependencies_reverse ON task_dependencies (depends_on_task_id);

CREATE TABLE chats (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text,
  agent_id text,
  mission_id text,
  user_id text REFERENCES users (id),
  title text CHECK (char_length(title) <= 500),
  mode text NOT NULL CHECK (mode IN ('CHAT', 'GROUP', 'MISSION')),
  origin text NOT NULL CHECK (origin IN ('UI', 'CLI', 'WEBHOOK', 'CRON', 'AGENT', 'MISSION')),
  status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'ENDED')),
  message_count bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_activity_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id),
  FOREIGN KEY (workspace_id, mission_id) REFERENCES missions (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX chats_agent ON chats (agent_id, last_activity_at DESC);

-- One row an attempt. QUEUED waits for slots (a row, no workflow); ADMITTED holds its slots; RUNNING has an exec.
CREATE TABLE runs (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  agent_id text,
  crew_id text,
  host_id text REFERENCES hosts (id),
  mission_id text,
  task_id text,
  chat_id text,
  job_id text,
  external_ref text CHECK (char_length(external_ref) <= 255),
  trigger_type text NOT NULL CHECK (trigger_type IN ('USER', 'MISSION', 'ASSIGNMENT', 'QUERY', 'WEBHOOK', 'CRON', 'CHAT', 'JOB')),
  triggered_by text CHECK (char_length(triggered_by) <= 255),
  status text NOT NULL DEFAULT 'QUEUED' CHECK (status IN
    ('QUEUED', 'ADMITTED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT')),
  generation integer NOT NULL DEFAULT 0,
  iteration integer NOT NULL DEFAULT 1,
  attempt_no integer NOT NULL DEFAULT 1,
  predecessor_id text,
  -- The generation of the crew's container this run asked for; an error of that generation is this run's error.
  crew_generation integer,
  container_id text,
  exec_id text,
  output_offset bigint NOT NULL DEFAULT 0,
  timeout_ms bigint NOT NULL DEFAULT 1800000,
  deadline_at timestamptz,
  cancel_requested_at timestamptz,
  error_code text CHECK (char_length(error_code) <= 64),
  error_message text CHECK (char_length(error_message) <= 2000),
  exit_code integer,
  model text CHECK (char_length(model) <= 128),
  token_count bigint NOT NULL DEFAULT 0,
  cost_micros bigint NOT NULL DEFAULT 0,
  metadata jsonb NOT NULL DEFAULT '{}',
  queued_at timestamptz NOT NULL DEFAULT now(),
  admitted_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  UNIQUE (workspace_id, id)
);
CREATE UNIQUE INDEX runs_attempt ON runs (task_id, generation, iteration, attempt_no) WHERE task_id IS NOT NULL;
CREATE INDEX runs_newest ON runs (workspace_id, created_at DESC, id DESC);
CREATE INDEX runs_agent ON runs (agent_id, created_at DESC, id DESC);
CREATE INDEX runs_mission ON runs (mission_id) WHERE mission_id IS NOT NULL;
CREATE INDEX runs_queue ON runs (host_id, queued_at, id) WHERE status = 'QUEUED';
CREATE INDEX runs_live ON runs (host_id) WHERE status IN ('ADMITTED', 'RUNNING');

-- Parsed or raw agent output; two readers of the same output write the same (run, offset) once.
CREATE TABLE run_events (
  workspace_id text NOT NULL,
  run_id text NOT NULL,
  output_offset bigint NOT NULL,
  kind text NOT NULL DEFAULT 'output',
  length_bytes integer NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  content text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, output_offset),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, id) ON DELETE CASCADE
);

-- A scope is a host, a crew or an agent; a lease is one run holding one place in it. `in_use` moves only together
-- with its leases, in scope order host, crew, agent.
CREATE TABLE slot_scopes (
  kind text NOT NULL CHECK (kind IN ('host', 'crew', 'agent')),
  id text NOT NULL,
  workspace_id text,
  capacity integer NOT NULL CHECK (capacity >= 0),
  in_use integer NOT NULL DEFAULT 0 CHECK (in_use >= 0),
  PRIMARY KEY (kind, id)
);
CREATE TABLE slot_leases (
  run_id text NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  kind text NOT NULL,
  scope_id text NOT NULL,
  workspace_id text NOT NULL,
  leased_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, kind),
  FOREIGN KEY (kind, scope_id) REFERENCES slot_scopes (kind, id)
);

-- --------------------------------------------------------------------------------- people: escalations, decisions

CREATE TABLE escalations (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text NOT NULL,
  agent_id text,
  mission_id text,
  task_id text,
  run_id text,
  chat_id text,
  type text NOT NULL DEFAULT 'TEXT' CHECK (type IN ('TEXT', 'CREDENTIAL', 'LINK')),
  from_name text NOT NULL,
  from_slug text NOT NULL,
  reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 10000),
  context text CHECK (char_length(context) <= 20000),
  metadata jsonb,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'RESOLVED', 'EXPIRED', 'CANCELLED')),
  resolution text CHECK (char_length(resolution) <= 20000),
  action text CHECK (action IN ('approve', 'reject', 'redirect')),
  redirect_to text CHECK (char_length(redirect_to) <= 255),
  cancel_reason text CHECK (char_length(cancel_reason) <= 2000),
  resolved_by text REFERENCES users (id),
  resolved_at timestamptz,
  deadline_at timestamptz NOT NULL,
  answer_deadline_at timestamptz NOT NULL,
  agent_gave_up_at timestamptz,
  generation integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id)
);
CREATE INDEX escalations_crew ON escalations (crew_id, created_at DESC, id DESC);
CREATE INDEX escalations_pending ON escalations (workspace_id, answer_deadline_at) WHERE status = 'PENDING';

CREATE TABLE approvals (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text,
  agent_id text,
  mission_id text,
  kind text NOT NULL CHECK (char_length(kind) <= 64),
  subject_type text NOT NULL CHECK (char_length(subject_type) <= 64),
  subject_id text NOT NULL,
  reason text NOT NULL CHECK (char_length(reason) <= 2000),
  payload jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'denied', 'timeout', 'cancelled')),
  required_authority text NOT NULL CHECK (required_authority IN ('create', 'manage', 'operator')),
  four_eyes boolean NOT NULL DEFAULT false,
  requested_by text,
  deadline_at timestamptz,
  decided_by text REFERENCES users (id),
  decided_at timestamptz,
  decision_comment text CHECK (char_length(decision_comment) <= 2000),
  generation integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX approvals_newest ON approvals (workspace_id, status, created_at DESC, id DESC);
CREATE UNIQUE INDEX approvals_one_open ON approvals (kind, subject_type, subject_id) WHERE status = 'pending';

CREATE TABLE jobs (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  kind text NOT NULL CHECK (char_length(kind) <= 64),
  subject_type text NOT NULL CHECK (char_length(subject_type) <= 64),
  subject_id text NOT NULL,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  generation integer NOT NULL DEFAULT 1,
  progress_step integer NOT NULL DEFAULT 0,
  progress_total integer NOT NULL DEFAULT 0,
  progress_message text CHECK (char_length(progress_message) <= 500),
  heartbeat_at timestamptz,
  deadline_at timestamptz,
  cancel_requested_at timestamptz,
  result jsonb,
  error_code text CHECK (char_length(error_code) <= 64),
  error_message text CHECK (char_length(error_message) <= 2000),
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  UNIQUE (workspace_id, id)
);
CREATE INDEX jobs_newest ON jobs (workspace_id, kind, created_at DESC, id DESC);

CREATE TABLE job_events (
  workspace_id text NOT NULL,
  job_id text NOT NULL,
  seq integer NOT NULL,
  kind text NOT NULL,
  message text CHECK (char_length(message) <= 4000),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, seq),
  FOREIGN KEY (workspace_id, job_id) REFERENCES jobs (workspace_id, id) ON DELETE CASCADE
);

-- ------------------------------------------------------------------------------------------------- the ledgers

-- Deterministic transition ids. A retried command finds its own commit here; partitioned tables cannot hold this.
CREATE TABLE transitions (
  id text PRIMARY KEY CHECK (char_length(id) <= 255),
  workspace_id text,
  entry_id text NOT NULL,
  entry_ts timestamptz NOT NULL
);

CREATE TABLE journal_entries (
  id text NOT NULL,
  ts timestamptz NOT NULL DEFAULT now(),
  workspace_id text,
  crew_id text,
  agent_id text,
  mission_id text,
  project_id text,
  task_id text,
  entry_type text NOT NULL CHECK (char_length(entry_type) <= 100),
  severity text NOT NULL DEFAULT 'info' CHECK (severity IN ('info', 'notice', 'warn', 'error')),
  actor_type text NOT NULL CHECK (actor_type IN ('agent', 'user', 'system', 'keeper', 'sidecar', 'orchestrator')),
  actor_id text,
  target_type text,
  target_id text,
  auth_method text,
  auth_token_id text,
  auth_session_id text,
  request_id text,
  address text,
  summary text NOT NULL CHECK (char_length(summary) <= 2000),
  payload jsonb NOT NULL DEFAULT '{}',
  refs jsonb NOT NULL DEFAULT '{}',
  trace_id text,
  span_id text
) PARTITION BY RANGE (ts);
CREATE TABLE journal_entries_default PARTITION OF journal_entries DEFAULT;
CREATE INDEX journal_entries_workspace ON journal_entries (workspace_id, ts DESC, id DESC);
CREATE INDEX journal_entries_mission ON journal_entries (mission_id, ts DESC, id DESC) WHERE mission_id IS NOT NULL;
CREATE INDEX journal_entries_crew ON journal_entries (crew_id, ts DESC, id DESC) WHERE crew_id IS NOT NULL;
CREATE INDEX journal_entries_agent ON journal_entries (agent_id, ts DESC, id DESC) WHERE agent_id IS NOT NULL;
CREATE INDEX journal_entries_type ON journal_entries (workspace_id, entry_type, ts DESC, id DESC);
CREATE INDEX journal_entries_trace ON journal_entries (trace_id, ts DESC, id DESC) WHERE trace_id IS NOT NULL;
CREATE INDEX journal_entries_id ON journal_entries (id);

-- Committed entries that have no position yet.
CREATE TABLE journal_unsequenced (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream text NOT NULL,
  workspace_id text,
  entry_id text NOT NULL,
  entry_ts timestamptz NOT NULL
);
CREATE TABLE journal_streams (
  stream text PRIMARY KEY,
  workspace_id text,
  last_position bigint NOT NULL DEFAULT 0
);
CREATE TABLE journal_positions (
  stream text NOT NULL,
  position bigint NOT NULL,
  workspace_id text,
  entry_id text NOT NULL,
  entry_ts timestamptz NOT NULL,
  PRIMARY KEY (stream, position)
);
CREATE UNIQUE INDEX journal_positions_entry ON journal_positions (entry_id);
-- Named leases: the row lock is the lease, the name says whose work it serialises.
CREATE TABLE leases (name text PRIMARY KEY);
INSERT INTO leases (name) VALUES ('journal-sequencer');

-- Facts about entries that people may change; never part of what is hashed.
CREATE TABLE journal_annotations (
  entry_id text PRIMARY KEY,
  workspace_id text,
  priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('normal', 'high', 'pin', 'permanent')),
  expires_at timestamptz
);

-- Commands to carry out after commit: start or signal a workflow, wake waiting clients.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace_id text,
  kind text NOT NULL CHECK (kind IN ('workflow', 'wake')),
  target text NOT NULL CHECK (char_length(target) <= 255),
  payload jsonb NOT NULL,
  request_id text,
  attempts integer NOT NULL DEFAULT 0,
  available_at timestamptz NOT NULL DEFAULT now(),
  lease_owner text,
  error_code text,
  parked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_due ON outbox (available_at, id) WHERE parked_at IS NULL;
CREATE INDEX outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL;

-- ---------------------------------------------------------------------------------- grants and row-level security

GRANT EXECUTE ON FUNCTION crewship_workspaces() TO crewship_app, crewship_system;

DO $$
DECLARE
  tenant_table text;
BEGIN
  -- Tables with a workspace_id: the app sees the workspaces of its list and nothing else.
  FOREACH tenant_table IN ARRAY ARRAY[
    'memberships', 'crews', 'agents', 'missions', 'tasks', 'task_dependencies', 'chats', 'runs', 'run_events',
    'slot_leases', 'escalations', 'approvals', 'jobs', 'job_events', 'journal_entries',
    'journal_streams', 'journal_positions', 'journal_annotations', 'idempotency_keys'
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

-- The app appends to these for any of its workspaces but reads none of them back.
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY app_append ON outbox FOR INSERT TO crewship_app
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON outbox TO crewship_system USING (true) WITH CHECK (true);

ALTER TABLE journal_unsequenced ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_unsequenced FORCE ROW LEVEL SECURITY;
CREATE POLICY app_append ON journal_unsequenced FOR INSERT TO crewship_app
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON journal_unsequenced TO crewship_system USING (true) WITH CHECK (true);

ALTER TABLE transitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE transitions FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON transitions TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON transitions TO crewship_system USING (true) WITH CHECK (true);

ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON workspaces TO crewship_app
  USING (id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON workspaces TO crewship_system USING (true) WITH CHECK (true);

-- People are visible to those they share a listed workspace with.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY app_colleagues ON users FOR SELECT TO crewship_app
  USING (EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = users.id));
CREATE POLICY system_all ON users TO crewship_system USING (true) WITH CHECK (true);

-- Instance-wide: no tenant column. Credentials are the system login's alone.
ALTER TABLE access_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON access_tokens TO crewship_system USING (true) WITH CHECK (true);
ALTER TABLE auth_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON auth_sessions TO crewship_system USING (true) WITH CHECK (true);
ALTER TABLE hosts ENABLE ROW LEVEL SECURITY;
ALTER TABLE hosts FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON hosts FOR SELECT TO crewship_app USING (true);
CREATE POLICY system_all ON hosts TO crewship_system USING (true) WITH CHECK (true);

-- Slots of a host are shared by all workspaces; those of crews and agents are their workspace's.
ALTER TABLE slot_scopes ENABLE ROW LEVEL SECURITY;
ALTER TABLE slot_scopes FORCE ROW LEVEL SECURITY;
CREATE POLICY app_scopes ON slot_scopes TO crewship_app
  USING (workspace_id IS NULL OR workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id IS NULL OR workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON slot_scopes TO crewship_system USING (true) WITH CHECK (true);
ALTER TABLE leases ENABLE ROW LEVEL SECURITY;
ALTER TABLE leases FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON leases TO crewship_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON crews, agents, missions, tasks, chats, runs, slot_scopes, escalations, approvals, jobs
  TO crewship_app;
GRANT DELETE ON missions, tasks, task_dependencies, slot_leases TO crewship_app;
GRANT SELECT, INSERT ON task_dependencies, run_events, slot_leases, job_events, journal_entries, transitions
  TO crewship_app;
GRANT SELECT, INSERT, UPDATE ON journal_annotations, idempotency_keys TO crewship_app;
GRANT SELECT ON workspaces, memberships, hosts, journal_streams, journal_positions TO crewship_app;
GRANT SELECT (id, email, username, full_name, created_at) ON users TO crewship_app;
GRANT UPDATE (name, slug, preferred_language, updated_at, deleted_at) ON workspaces TO crewship_app;
GRANT INSERT ON outbox, journal_unsequenced TO crewship_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON outbox, journal_unsequenced, idempotency_keys TO crewship_system;
GRANT SELECT, INSERT, UPDATE ON users, workspaces, memberships, access_tokens, auth_sessions, hosts, slot_scopes,
  journal_streams TO crewship_system;
GRANT SELECT, INSERT ON journal_entries, journal_positions, transitions TO crewship_system;
GRANT SELECT, UPDATE ON leases TO crewship_system;
-- Readiness compares what is applied with what the code was written for.
GRANT SELECT ON schema_migrations TO crewship_system;
GRANT SELECT, UPDATE ON crews, agents, missions, tasks, chats, runs, escalations TO crewship_system;
GRANT SELECT, DELETE ON slot_leases TO crewship_system;

-- Admits waiting runs of one host, oldest first, while the host, the run's crew and its agent have room. Takes the
-- places, writes their leases and the command that starts each run's workflow. Called in the transaction that queues
-- a run and in the one that frees a place, so a free place never waits for anyone to look. Runs as the system role
-- because the next in line may belong to another workspace. Scope rows are locked host first, which serialises
-- admission per host.
CREATE FUNCTION crewship_admit_runs(p_host_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  host_room integer;
  admitted integer := 0;
  r record;
BEGIN
  SELECT capacity - in_use INTO host_room FROM slot_scopes WHERE kind = 'host' AND id = p_host_id FOR UPDATE;
  WHILE host_room > 0 LOOP
    SELECT q.id, q.workspace_id, q.crew_id, q.agent_id INTO r
      FROM runs q
      JOIN slot_scopes c ON c.kind = 'crew' AND c.id = q.crew_id AND c.in_use < c.capacity
      JOIN slot_scopes a ON a.kind = 'agent' AND a.id = q.agent_id AND a.in_use < a.capacity
      WHERE q.host_id = p_host_id AND q.status = 'QUEUED'
      ORDER BY q.queued_at, q.id
      LIMIT 1
      FOR UPDATE OF q SKIP LOCKED;
    EXIT WHEN NOT FOUND;
    UPDATE slot_scopes SET in_use = in_use + 1
      WHERE (kind = 'host' AND id = p_host_id) OR (kind = 'crew' AND id = r.crew_id) OR (kind = 'agent' AND id = r.agent_id);
    INSERT INTO slot_leases (run_id, kind, scope_id, workspace_id) VALUES
      (r.id, 'host', p_host_id, r.workspace_id), (r.id, 'crew', r.crew_id, r.workspace_id),
      (r.id, 'agent', r.agent_id, r.workspace_id);
    UPDATE runs SET status = 'ADMITTED', admitted_at = clock_timestamp() WHERE id = r.id;
    INSERT INTO outbox (workspace_id, kind, target, payload, request_id)
      VALUES (r.workspace_id, 'workflow', 'run-' || r.id,
        jsonb_build_object('actor', 'run', 'workspaceId', r.workspace_id, 'id', r.id, 'generation', 0),
        nullif(current_setting('crewship.request_id', true), ''));
    admitted := admitted + 1;
    host_room := host_room - 1;
  END LOOP;
  RETURN admitted;
END
$$;

-- Gives back a run's places. Returns how many it held, so that a second release of the same run frees nothing.
CREATE FUNCTION crewship_release_slots(p_run_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  freed integer;
BEGIN
  PERFORM 1 FROM slot_scopes s JOIN slot_leases l ON l.kind = s.kind AND l.scope_id = s.id
    WHERE l.run_id = p_run_id AND s.kind = 'host' FOR UPDATE OF s;
  WITH gone AS (DELETE FROM slot_leases WHERE run_id = p_run_id RETURNING kind, scope_id)
  UPDATE slot_scopes s SET in_use = s.in_use - 1 FROM gone WHERE s.kind = gone.kind AND s.id = gone.scope_id;
  GET DIAGNOSTICS freed = ROW_COUNT;
  RETURN freed;
END
$$;

ALTER FUNCTION crewship_admit_runs(text) OWNER TO crewship_system;
ALTER FUNCTION crewship_release_slots(text) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_admit_runs(text), crewship_release_slots(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_admit_runs(text), crewship_release_slots(text) TO crewship_app;
GRANT INSERT ON slot_leases TO crewship_system;
