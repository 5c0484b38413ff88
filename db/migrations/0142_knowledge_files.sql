-- Files that knowledge is made from: documents of projects, too.
CREATE TABLE knowledge_files (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  -- Where a project has it, '' for the root: names parted by '/', with none before the first or after the last.
  folder text NOT NULL DEFAULT '' CHECK (char_length(folder) <= 500 AND folder !~ '(^/|/$|//)'),
  filename text NOT NULL CHECK (char_length(filename) BETWEEN 1 AND 255 AND filename !~ '/'),
  title text CHECK (char_length(title) BETWEEN 1 AND 200),
  tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 30),
  source_url text CHECK (char_length(source_url) <= 2048),
  -- Of the newest content.
  format text NOT NULL CHECK (char_length(format) <= 20),
  mime text NOT NULL CHECK (char_length(mime) <= 128),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  blob_id text NOT NULL,
  -- Counts contents.
  version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
  -- Whether its entries are found; else they are for who writes in the namespace.
  visible boolean NOT NULL DEFAULT true,
  -- Of the newest content. The entries are of the served one all the while.
  status text NOT NULL DEFAULT 'uploaded' CHECK (status IN ('uploaded', 'extracting', 'indexing', 'ready', 'failed')),
  error_code text CHECK (char_length(error_code) <= 64),
  error_message text CHECK (char_length(error_message) <= 500),
  -- Which works on it, or has last.
  job_id text,
  -- The content that the entries are made from; null: there are none yet.
  served_version integer,
  served_blob_id text,
  served_mime text,
  served_size_bytes bigint,
  -- Which edition of the readers made them.
  served_edition integer,
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nulls(served_version, served_blob_id, served_mime, served_size_bytes, served_edition) IN (0, 5)),
  CHECK (status <> 'ready' OR served_version = version),
  UNIQUE (namespace_id, folder, filename),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, namespace_id) REFERENCES knowledge_namespaces (workspace_id, id),
  FOREIGN KEY (workspace_id, blob_id) REFERENCES blobs (workspace_id, id),
  FOREIGN KEY (workspace_id, served_blob_id) REFERENCES blobs (workspace_id, id)
);
CREATE INDEX knowledge_files_newest ON knowledge_files (namespace_id, created_at DESC, id DESC);
CREATE INDEX knowledge_files_of_jobs ON knowledge_files (job_id) WHERE status IN ('uploaded', 'extracting', 'indexing');
CREATE INDEX knowledge_files_by_content ON knowledge_files (namespace_id, sha256);

-- What was read of a file, until it becomes its entries in one transaction, or its job ends.
CREATE TABLE knowledge_file_parts (
  workspace_id text NOT NULL,
  file_id text NOT NULL,
  job_id text NOT NULL CHECK (char_length(job_id) <= 64),
  seq integer NOT NULL CHECK (seq >= 0),
  content text NOT NULL CHECK (char_length(content) <= 200000),
  PRIMARY KEY (file_id, seq),
  FOREIGN KEY (workspace_id, file_id) REFERENCES knowledge_files (workspace_id, id) ON DELETE CASCADE
);

ALTER TABLE knowledge_entries ADD COLUMN file_part integer CHECK (file_part >= 0),
  ADD CONSTRAINT knowledge_entries_of_a_file CHECK (file_part IS NULL OR file_id IS NOT NULL),
  ADD FOREIGN KEY (workspace_id, file_id) REFERENCES knowledge_files (workspace_id, id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['knowledge_files', 'knowledge_file_parts'] LOOP
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
GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_files TO crewship_app;
GRANT SELECT, INSERT, DELETE ON knowledge_file_parts TO crewship_app;
