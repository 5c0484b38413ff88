-- What runs publish: files of a crew that people may take, and edit where they are HTML.
CREATE TABLE artifacts (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  -- 128 random bits: an address that nobody guesses. Who may read is asked all the same.
  reference_token text NOT NULL UNIQUE CHECK (reference_token ~ '^[A-Za-z0-9_-]{22}$'),
  run_id text NOT NULL,
  -- Whose it is: the session's, the project's, or where it has neither the workspace's.
  chat_id text,
  project_id text,
  agent_id text,
  -- Below /output, as the run had it: the same file is published once by a run.
  path text NOT NULL CHECK (char_length(path) BETWEEN 1 AND 1024),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
  title text CHECK (char_length(title) BETWEEN 1 AND 200),
  kind text NOT NULL CHECK (kind IN ('html', 'pdf', 'docx', 'image', 'csv', 'other')),
  mime text NOT NULL CHECK (char_length(mime) <= 128),
  current_revision integer NOT NULL DEFAULT 1 CHECK (current_revision >= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  UNIQUE (run_id, path),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, id),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id)
);

-- Each content that it has had. Only added to.
CREATE TABLE artifact_revisions (
  workspace_id text NOT NULL,
  artifact_id text NOT NULL,
  revision integer NOT NULL CHECK (revision >= 1),
  -- What it was made from; null: the run's file.
  parent integer CHECK (parent < revision),
  blob_id text NOT NULL,
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  author_type text NOT NULL CHECK (author_type IN ('agent', 'user', 'job')),
  author_id text,
  note text CHECK (char_length(note) <= 500),
  -- What was taken out of it before it was kept.
  removed jsonb NOT NULL DEFAULT '[]' CHECK (octet_length(removed::text) <= 65536),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (artifact_id, revision),
  CHECK ((parent IS NULL) = (revision = 1)),
  FOREIGN KEY (workspace_id, artifact_id) REFERENCES artifacts (workspace_id, id),
  FOREIGN KEY (workspace_id, blob_id) REFERENCES blobs (workspace_id, id)
);

-- What an agent asked to have published, until its attempt is over.
CREATE TABLE artifact_requests (
  workspace_id text NOT NULL,
  run_id text NOT NULL,
  path text NOT NULL CHECK (char_length(path) BETWEEN 1 AND 1024),
  title text CHECK (char_length(title) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, path),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, id)
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['artifacts', 'artifact_revisions', 'artifact_requests'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON artifacts, artifact_requests TO crewship_app;
GRANT SELECT, INSERT ON artifact_revisions TO crewship_app;
GRANT SELECT ON artifacts, artifact_revisions, artifact_requests TO crewship_system;
