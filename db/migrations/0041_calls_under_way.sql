-- Calls of models that an API process has sent to their provider and has not written into the ledger yet. While the
-- process that carries a call lives, it will say what the call used; of one that died nobody knows, and its calls cost
-- the most that was held for them.

-- A process that carries calls, while it carries any. It says again and again that it lives.
CREATE TABLE call_meters (
  id text PRIMARY KEY,
  alive_until timestamptz NOT NULL
);

-- Made in the transaction that holds the money, before the call is sent; gone in the one that records or releases it.
-- No foreign keys, as for the ledger.
CREATE TABLE calls_under_way (
  crew_id text NOT NULL,
  call_id text NOT NULL CHECK (char_length(call_id) BETWEEN 1 AND 128),
  workspace_id text NOT NULL,
  meter_id text NOT NULL,
  agent_id text,
  run_id text,
  provider text NOT NULL CHECK (char_length(provider) <= 64),
  model text NOT NULL CHECK (char_length(model) <= 128),
  -- Null: no budget counts it.
  reservation_id text,
  -- The most that it can use and cost, by the rates when it was sent.
  input_tokens bigint NOT NULL CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL CHECK (output_tokens >= 0),
  amount_micros bigint NOT NULL CHECK (amount_micros >= 0),
  -- Of a call that a subscription pays.
  subscription_plan text CHECK (char_length(subscription_plan) BETWEEN 1 AND 100),
  sent_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (crew_id, call_id)
);
CREATE INDEX calls_under_way_meter ON calls_under_way (meter_id);

ALTER TABLE call_meters ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_meters FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON call_meters TO crewship_system USING (true) WITH CHECK (true);
ALTER TABLE calls_under_way ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls_under_way FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON calls_under_way TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON calls_under_way TO crewship_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, DELETE ON calls_under_way TO crewship_app;
-- Calls of a process that died are found across workspaces and then recorded by the application login.
GRANT SELECT ON calls_under_way TO crewship_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON call_meters TO crewship_system;
