-- Research on the web: runs, each a job of the same id, and the pages that they found.
CREATE TABLE research_runs (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  topic text NOT NULL CHECK (char_length(topic) BETWEEN 1 AND 500),
  questions jsonb NOT NULL CHECK (octet_length(questions::text) <= 32768),
  urls jsonb NOT NULL CHECK (octet_length(urls::text) <= 524288),
  allowed_domains jsonb NOT NULL CHECK (octet_length(allowed_domains::text) <= 32768),
  max_pages integer NOT NULL CHECK (max_pages BETWEEN 1 AND 100),
  -- Pages below it are rejected by nobody; null: people decide about all.
  reject_below double precision CHECK (reject_below BETWEEN 0 AND 1),
  agent_id text CHECK (char_length(agent_id) <= 64),
  -- What was searched for; null: it is not planned yet.
  queries jsonb CHECK (octet_length(queries::text) <= 32768),
  planned_by text CHECK (planned_by IN ('model', 'words')),
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((queries IS NULL) = (planned_by IS NULL)),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, id) REFERENCES jobs (workspace_id, id),
  FOREIGN KEY (workspace_id, namespace_id) REFERENCES knowledge_namespaces (workspace_id, id)
);
CREATE INDEX research_runs_newest ON research_runs (workspace_id, created_at DESC, id DESC);

CREATE TABLE research_candidates (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  run_id text NOT NULL,
  place integer NOT NULL CHECK (place BETWEEN 0 AND 99),
  url text NOT NULL CHECK (octet_length(url) BETWEEN 1 AND 2048),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'ingested',
    'ingest_failed', 'expired', 'duplicate', 'blocked')),
  title text NOT NULL DEFAULT '' CHECK (char_length(title) <= 200),
  -- What the page says, as long as it may become an entry.
  content text CHECK (char_length(content) <= 200000),
  content_sha256 text CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
  excerpt text NOT NULL DEFAULT '' CHECK (char_length(excerpt) <= 500),
  fetched_at timestamptz,
  score double precision CHECK (score BETWEEN 0 AND 1),
  verdict text CHECK (verdict IN ('relevant', 'partial', 'irrelevant')),
  judged_by text CHECK (judged_by IN ('model', 'words')),
  -- Why it has its score, or why it is blocked or was not ingested.
  reason text NOT NULL DEFAULT '' CHECK (char_length(reason) <= 500),
  decided_by text CHECK (char_length(decided_by) <= 64),
  decided_at timestamptz,
  -- Of the entry, where who approved it wanted another.
  entry_title text CHECK (char_length(entry_title) BETWEEN 1 AND 200),
  entry_tags jsonb NOT NULL DEFAULT '[]' CHECK (octet_length(entry_tags::text) <= 8192),
  note text CHECK (char_length(note) <= 1000),
  entry_id text CHECK (char_length(entry_id) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((score IS NULL) = (verdict IS NULL) AND (score IS NULL) = (judged_by IS NULL)),
  CHECK ((status = 'ingested') = (entry_id IS NOT NULL)),
  CHECK (status <> 'approved' OR content IS NOT NULL),
  UNIQUE (run_id, url),
  FOREIGN KEY (workspace_id, run_id) REFERENCES research_runs (workspace_id, id)
);
CREATE INDEX research_candidates_of_run ON research_candidates (run_id, place);

-- Whether a page is an entry of a namespace by now.
CREATE INDEX knowledge_entries_of_urls ON knowledge_entries (namespace_id, hashtextextended(source_url, 0))
  WHERE source_url IS NOT NULL;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['research_runs', 'research_candidates'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON research_runs, research_candidates TO crewship_app;
GRANT SELECT ON research_runs, research_candidates TO crewship_system;
