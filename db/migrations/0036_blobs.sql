-- Content that is too large for a row: where its bytes are, whose they are, and who needs them.
CREATE TABLE blobs (
  id text PRIMARY KEY,
  -- 'instance' for what belongs to no workspace, such as a person's picture.
  workspace_id text NOT NULL CHECK (char_length(workspace_id) <= 64),
  -- `writing`: bytes are on their way to the store. `removing`: on their way out of it.
  state text NOT NULL DEFAULT 'writing' CHECK (state IN ('writing', 'stored', 'removing')),
  -- Hexadecimal. Null until all bytes are there.
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint CHECK (size_bytes >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Since when nothing needs it; null while something does, and before it is stored.
  unreferenced_at timestamptz,
  UNIQUE (workspace_id, id),
  CHECK ((sha256 IS NULL) = (size_bytes IS NULL)),
  CHECK (state <> 'stored' OR sha256 IS NOT NULL)
);
CREATE UNIQUE INDEX blobs_content ON blobs (workspace_id, sha256) WHERE state = 'stored';
CREATE INDEX blobs_to_collect ON blobs (created_at) WHERE state <> 'stored' OR unreferenced_at IS NOT NULL;

CREATE TABLE blob_references (
  workspace_id text NOT NULL,
  blob_id text NOT NULL,
  -- The row that needs it: what it is, its id.
  owner_kind text NOT NULL CHECK (owner_kind ~ '^[a-z][a-z_]{0,31}$'),
  owner_id text NOT NULL CHECK (char_length(owner_id) BETWEEN 1 AND 128),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (blob_id, owner_kind, owner_id),
  FOREIGN KEY (workspace_id, blob_id) REFERENCES blobs (workspace_id, id)
);
CREATE INDEX blob_references_owner ON blob_references (workspace_id, owner_kind, owner_id);

-- What a workspace's blobs take of the store, until their bytes are gone.
CREATE TABLE blob_usage (
  workspace_id text PRIMARY KEY CHECK (char_length(workspace_id) <= 64),
  stored_bytes bigint NOT NULL DEFAULT 0 CHECK (stored_bytes >= 0)
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['blobs', 'blob_references', 'blob_usage'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON blobs, blob_usage TO crewship_app;
GRANT SELECT, INSERT, DELETE ON blob_references TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON blobs TO crewship_system;
GRANT SELECT, INSERT, DELETE ON blob_references TO crewship_system;
GRANT SELECT, INSERT, UPDATE ON blob_usage TO crewship_system;
