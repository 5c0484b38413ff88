-- Answers of models to calls of the control plane's own that are asked the same again: kept for days, never evidence.
CREATE TABLE llm_answers (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  -- A keyed digest of everything that the answer depends on, and of who may have it.
  key text NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
  purpose text NOT NULL CHECK (char_length(purpose) BETWEEN 1 AND 64),
  agent_id text CHECK (char_length(agent_id) <= 64),
  -- Whose words the prompt held.
  namespace_ids text[] NOT NULL CHECK (cardinality(namespace_ids) <= 1000),
  provider text NOT NULL CHECK (char_length(provider) BETWEEN 1 AND 64),
  model text NOT NULL CHECK (char_length(model) BETWEEN 1 AND 256),
  answer jsonb NOT NULL CHECK (octet_length(answer::text) <= 262144),
  hits bigint NOT NULL DEFAULT 0 CHECK (hits >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  UNIQUE (workspace_id, key)
);
CREATE INDEX llm_answers_newest ON llm_answers (workspace_id, created_at DESC, id DESC);
CREATE INDEX llm_answers_expired ON llm_answers (expires_at);

-- How often answers were there and were not, by the agent that calls were for: '' for none.
CREATE TABLE llm_answer_counts (
  workspace_id text NOT NULL,
  agent_id text NOT NULL CHECK (char_length(agent_id) <= 64),
  hits bigint NOT NULL DEFAULT 0 CHECK (hits >= 0),
  misses bigint NOT NULL DEFAULT 0 CHECK (misses >= 0),
  PRIMARY KEY (workspace_id, agent_id)
);

-- How often a workspace has dropped answers: one that was asked for before is not kept after.
CREATE TABLE llm_answer_generations (
  workspace_id text PRIMARY KEY,
  generation bigint NOT NULL DEFAULT 0 CHECK (generation >= 0)
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['llm_answers', 'llm_answer_counts', 'llm_answer_generations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON llm_answers TO crewship_app;
GRANT SELECT, INSERT, UPDATE ON llm_answer_counts, llm_answer_generations TO crewship_app;
GRANT SELECT, DELETE ON llm_answers TO crewship_system;
