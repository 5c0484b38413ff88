-- What is to be done about a namespace's entries, who did what about it, and the jobs that look.
CREATE TABLE wiki_findings (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('orphan', 'broken_link', 'duplicate', 'contradiction', 'stale', 'missing_page',
    'proposed_link')),
  entry_id text NOT NULL,
  -- The other entry that it is about; '' for none.
  other_entry_id text NOT NULL DEFAULT '' CHECK (char_length(other_entry_id) <= 64),
  -- What else tells it from others: the slug of a page that is missing, the relation of a link.
  detail text NOT NULL DEFAULT '' CHECK (char_length(detail) <= 200),
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved', 'dismissed')),
  evidence jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(evidence::text) <= 8192),
  -- Of the newest run that saw it.
  run_id text NOT NULL CHECK (char_length(run_id) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, namespace_id) REFERENCES knowledge_namespaces (workspace_id, id),
  FOREIGN KEY (workspace_id, entry_id) REFERENCES knowledge_entries (workspace_id, id) ON DELETE CASCADE
);
-- The same finding is one in all runs.
CREATE UNIQUE INDEX wiki_findings_once ON wiki_findings (entry_id, kind, other_entry_id, detail);
CREATE INDEX wiki_findings_newest ON wiki_findings (namespace_id, status, created_at DESC, id DESC);

-- Append-only: what undoes an action is another.
CREATE TABLE wiki_actions (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  action text NOT NULL CHECK (action IN ('approve', 'reject', 'merge', 'archive', 'restore', 'quarantine', 'release',
    'refresh', 'dismiss', 'undo')),
  entry_id text NOT NULL CHECK (char_length(entry_id) <= 64),
  finding_id text CHECK (char_length(finding_id) <= 64),
  target_id text CHECK (char_length(target_id) <= 64),
  reason text CHECK (char_length(reason) <= 1000),
  -- What it takes to undo it.
  before jsonb NOT NULL CHECK (octet_length(before::text) <= 262144),
  undoes text UNIQUE REFERENCES wiki_actions (id),
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((action = 'undo') = (undoes IS NOT NULL)),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, namespace_id) REFERENCES knowledge_namespaces (workspace_id, id)
);
CREATE INDEX wiki_actions_of_entries ON wiki_actions (entry_id, created_at DESC);

CREATE TABLE meditation_runs (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('quick', 'full')),
  max_proposals integer NOT NULL CHECK (max_proposals BETWEEN 1 AND 500),
  dry_run boolean NOT NULL,
  -- The entries after which its steps go on; null: there are no more.
  lint_at text DEFAULT '' CHECK (char_length(lint_at) <= 64),
  propose_at text DEFAULT '' CHECK (char_length(propose_at) <= 64),
  entries_seen integer NOT NULL DEFAULT 0 CHECK (entries_seen >= 0),
  -- Findings by kind, also of a dry run, which keeps none.
  counts jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(counts::text) <= 2048),
  proposals integer NOT NULL DEFAULT 0 CHECK (proposals >= 0),
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, id) REFERENCES jobs (workspace_id, id),
  FOREIGN KEY (workspace_id, namespace_id) REFERENCES knowledge_namespaces (workspace_id, id)
);
CREATE INDEX meditation_runs_newest ON meditation_runs (workspace_id, created_at DESC, id DESC);
CREATE INDEX meditation_runs_of_namespaces ON meditation_runs (namespace_id);

-- What says the same as another.
CREATE INDEX knowledge_entries_by_content ON knowledge_entries (namespace_id, md5(content));

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['wiki_findings', 'wiki_actions', 'meditation_runs'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
    EXECUTE format('GRANT SELECT ON %I TO crewship_system', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON wiki_findings, meditation_runs TO crewship_app;
GRANT SELECT, INSERT ON wiki_actions TO crewship_app;
