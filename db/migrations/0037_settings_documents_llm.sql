-- Documents of configuration: one that counts for each kind and key, and every version that ever did.
CREATE TABLE config_documents (
  -- 'instance' for the default of all workspaces.
  workspace_id text NOT NULL CHECK (char_length(workspace_id) <= 64),
  kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_-]{0,31}$'),
  -- Which of its kind; '' where there is one.
  key text NOT NULL DEFAULT '' CHECK (char_length(key) <= 64),
  version integer NOT NULL CHECK (version >= 1),
  body jsonb NOT NULL CHECK (octet_length(body::text) <= 262144),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, kind, key)
);
CREATE TABLE config_document_versions (
  workspace_id text NOT NULL,
  kind text NOT NULL,
  key text NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  body jsonb NOT NULL CHECK (octet_length(body::text) <= 262144),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Who wrote it; null for what is no person.
  created_by text CHECK (char_length(created_by) <= 64),
  PRIMARY KEY (workspace_id, kind, key, version),
  FOREIGN KEY (workspace_id, kind, key) REFERENCES config_documents (workspace_id, kind, key)
);

-- Values by a dotted key: of the instance, and of a workspace where it differs.
CREATE TABLE settings (
  id text PRIMARY KEY,
  workspace_id text NOT NULL CHECK (char_length(workspace_id) <= 64),
  key text NOT NULL CHECK (char_length(key) <= 128 AND key ~ '^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$'),
  value jsonb CHECK (octet_length(value::text) <= 16384),
  -- Of a key whose kind is secret: never both.
  sealed_value text CHECK (sealed_value LIKE 'v%:%' AND octet_length(sealed_value) <= 65536),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by text CHECK (char_length(updated_by) <= 64),
  UNIQUE (workspace_id, key),
  CHECK ((value IS NULL) <> (sealed_value IS NULL))
);

-- Calls of models that the control plane makes itself: what for, for whom. One of no crew has '' for its crew, as the
-- counters have.
ALTER TABLE cost_ledger
  ADD COLUMN purpose text CHECK (purpose ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  ADD COLUMN user_id text CHECK (char_length(user_id) <= 64),
  ADD COLUMN project_id text CHECK (char_length(project_id) <= 64),
  ADD COLUMN job_id text CHECK (char_length(job_id) <= 64);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['config_documents', 'config_document_versions', 'settings'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON config_documents TO crewship_app, crewship_system;
-- Versions only grow.
GRANT SELECT, INSERT ON config_document_versions TO crewship_app, crewship_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON settings TO crewship_app, crewship_system;
