-- The cost ledger, the counters beside it, and money budgets. Money is micro-dollars in bigint, never a float; rates are
-- micro-dollars for a million tokens.

-- One row an LLM call. No foreign keys: the scope was proven before, money that was spent is recorded whatever became of
-- the rows it names, and a key check would wait for whoever holds a mission.
CREATE TABLE cost_ledger (
  id text PRIMARY KEY,
  ts timestamptz NOT NULL DEFAULT now(),
  workspace_id text NOT NULL,
  crew_id text NOT NULL,
  agent_id text,
  mission_id text,
  task_id text,
  run_id text,
  provider text NOT NULL CHECK (char_length(provider) <= 64),
  model text NOT NULL CHECK (char_length(model) <= 128),
  input_tokens bigint NOT NULL CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL CHECK (output_tokens >= 0),
  cached_input_tokens bigint NOT NULL CHECK (cached_input_tokens >= 0),
  cache_creation_tokens bigint NOT NULL CHECK (cache_creation_tokens >= 0),
  cost_micros bigint NOT NULL CHECK (cost_micros >= 0),
  cost_confidence text NOT NULL CHECK (cost_confidence IN ('precise', 'estimate', 'unknown')),
  billing_mode text NOT NULL CHECK (billing_mode IN ('metered', 'flat_rate')),
  subscription_plan text CHECK (char_length(subscription_plan) <= 100),
  quota_remaining_pct double precision,
  quota_window text CHECK (char_length(quota_window) <= 100),
  -- The rates that were applied; zero is honest for a free or unpriced model.
  input_rate bigint NOT NULL,
  output_rate bigint NOT NULL,
  cached_input_rate bigint NOT NULL,
  cache_creation_rate bigint NOT NULL,
  tags jsonb NOT NULL DEFAULT '{"source": "sidecar"}',
  -- The call's own id, by which a repeated report is recognised.
  call_id text CHECK (char_length(call_id) BETWEEN 1 AND 128),
  CHECK (billing_mode <> 'flat_rate' OR (cost_micros = 0 AND subscription_plan <> ''))
);
CREATE UNIQUE INDEX cost_ledger_call ON cost_ledger (crew_id, call_id) WHERE call_id IS NOT NULL;
CREATE INDEX cost_ledger_workspace ON cost_ledger (workspace_id, ts);
CREATE INDEX cost_ledger_flat_rate ON cost_ledger (workspace_id, ts) WHERE billing_mode = 'flat_rate';

-- Metered calls of each scope by the hour (UTC): what budgets and spend figures read. Moves in the transaction of the
-- calls it counts, as its last statement. An agent is counted under the crew it worked for.
CREATE TABLE cost_hours (
  scope_kind text NOT NULL CHECK (scope_kind IN ('workspace', 'crew', 'mission', 'agent')),
  scope_id text NOT NULL,
  hour timestamptz NOT NULL,
  crew_id text NOT NULL DEFAULT '',
  workspace_id text NOT NULL,
  call_count bigint NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_micros bigint NOT NULL,
  first_ts timestamptz NOT NULL,
  last_ts timestamptz NOT NULL,
  PRIMARY KEY (scope_kind, scope_id, hour, crew_id)
) WITH (fillfactor = 50);
CREATE INDEX cost_hours_workspace ON cost_hours (workspace_id, scope_kind, hour);

-- Calls of each run. `settled` says that the run has ended and `applied_*` is part of its totals and of its task's and
-- mission's: what comes later is applied as a difference.
CREATE TABLE run_costs (
  run_id text PRIMARY KEY,
  workspace_id text NOT NULL,
  call_count bigint NOT NULL DEFAULT 0,
  token_count bigint NOT NULL DEFAULT 0,
  cost_micros bigint NOT NULL DEFAULT 0,
  settled boolean NOT NULL DEFAULT false,
  applied_token_count bigint NOT NULL DEFAULT 0,
  applied_cost_micros bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE INDEX run_costs_late ON run_costs (run_id) WHERE settled AND call_count > 0
  AND (cost_micros <> applied_cost_micros OR token_count <> applied_token_count);

CREATE TABLE budgets (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  scope_kind text NOT NULL CHECK (scope_kind IN ('workspace', 'crew', 'mission', 'agent')),
  scope_id text NOT NULL,
  budget_window text NOT NULL CHECK (budget_window IN ('hour', 'day', 'week', 'month', 'mission')),
  limit_micros bigint NOT NULL CHECK (limit_micros > 0),
  mode text NOT NULL CHECK (mode IN ('soft', 'tiered', 'hard')),
  enabled boolean NOT NULL DEFAULT true,
  -- The period whose warning or excess is in the journal: each is said once.
  warned_period timestamptz,
  exceeded_period timestamptz,
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (scope_kind, scope_id, budget_window),
  CHECK (budget_window <> 'mission' OR scope_kind = 'mission')
);
CREATE INDEX budgets_newest ON budgets (workspace_id, created_at DESC, id DESC);

-- Money set aside for calls under way, a row for each budget it counts against. One past its time counts no more.
CREATE TABLE budget_holds (
  reservation_id text NOT NULL,
  budget_id text NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  workspace_id text NOT NULL,
  crew_id text NOT NULL,
  call_id text CHECK (char_length(call_id) BETWEEN 1 AND 128),
  amount_micros bigint NOT NULL CHECK (amount_micros >= 0),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (reservation_id, budget_id)
);
CREATE INDEX budget_holds_budget ON budget_holds (budget_id, expires_at);
CREATE UNIQUE INDEX budget_holds_call ON budget_holds (crew_id, call_id, budget_id) WHERE call_id IS NOT NULL;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['cost_ledger', 'cost_hours', 'run_costs', 'budgets', 'budget_holds'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;

GRANT SELECT, INSERT ON cost_ledger TO crewship_app;
GRANT SELECT, INSERT, UPDATE ON cost_hours, run_costs TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON budgets, budget_holds TO crewship_app;
-- Late costs of runs are found across workspaces and then applied by the application login.
GRANT SELECT ON run_costs TO crewship_system;
