-- Pull and merge requests that issues are about, as their host said they were when it was asked last.
CREATE TABLE issue_code_links (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  issue_id text NOT NULL,
  provider text NOT NULL CHECK (provider IN ('github', 'gitlab')),
  host text NOT NULL CHECK (char_length(host) BETWEEN 1 AND 259),
  -- Of GitLab all groups above the repository: `group/subgroup`.
  owner text NOT NULL CHECK (char_length(owner) BETWEEN 1 AND 500),
  repo text NOT NULL CHECK (char_length(repo) BETWEEN 1 AND 200),
  number integer NOT NULL CHECK (number > 0),
  kind text NOT NULL CHECK (kind IN ('pull_request', 'merge_request')),
  url text NOT NULL CHECK (char_length(url) <= 2048),
  title text NOT NULL CHECK (char_length(title) <= 500),
  state text NOT NULL CHECK (state IN ('OPEN', 'DRAFT', 'MERGED', 'CLOSED')),
  author text CHECK (char_length(author) <= 200),
  source_branch text CHECK (char_length(source_branch) <= 500),
  target_branch text CHECK (char_length(target_branch) <= 500),
  remote_merged_at timestamptz,
  -- With whose rights it was read last.
  credential_id text CHECK (char_length(credential_id) <= 64),
  last_synced_at timestamptz NOT NULL DEFAULT now(),
  -- Why it could not be read since then.
  last_sync_error text CHECK (char_length(last_sync_error) <= 64),
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (issue_id, host, owner, repo, number),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, issue_id) REFERENCES issues (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX issue_code_links_oldest ON issue_code_links (issue_id, created_at, id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['issue_code_links'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, DELETE ON issue_code_links TO crewship_app;
GRANT UPDATE (title, state, author, source_branch, target_branch, remote_merged_at, credential_id, last_synced_at,
  last_sync_error) ON issue_code_links TO crewship_app;
GRANT SELECT ON issue_code_links TO crewship_system;
