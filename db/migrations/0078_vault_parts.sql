-- Parts of a credential beside its value, each sealed by itself: a user name, a second key, a region.
CREATE TABLE credential_fields (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  credential_id text NOT NULL,
  key text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,63}$'),
  is_secret boolean NOT NULL,
  ordinal integer NOT NULL CHECK (ordinal BETWEEN 0 AND 1000),
  value text CHECK (octet_length(value) <= 65536),
  sealed_value text CHECK (sealed_value LIKE 'v%:%'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (credential_id, key),
  FOREIGN KEY (workspace_id, credential_id) REFERENCES credentials (workspace_id, id),
  -- One or the other: what is secret stands nowhere in the clear.
  CHECK (is_secret = (sealed_value IS NOT NULL)),
  CHECK (is_secret = (value IS NULL))
);

-- Which part a rotation replaced, as its old value is sealed: the value, the refresh token, or a field.
ALTER TABLE credential_rotations ADD COLUMN part text NOT NULL DEFAULT 'value'
  CHECK (part ~ '^(value|refresh_token|field:[a-z][a-z0-9_]{0,63})$');

-- Where an endpoint is, without what it is called with; null where it was stored before this was kept.
ALTER TABLE credentials ADD COLUMN endpoint_url text CHECK (char_length(endpoint_url) <= 2048);

-- Whether people of the workspace may be shown values. Without a row: no.
CREATE TABLE credential_reveal_policies (
  workspace_id text PRIMARY KEY REFERENCES workspaces (id),
  enabled boolean NOT NULL,
  updated_by text REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- The last reveals of each person, for the limit on them; the journal keeps all.
CREATE TABLE credential_reveals (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  credential_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (workspace_id, credential_id) REFERENCES credentials (workspace_id, id)
);
CREATE INDEX credential_reveals_person ON credential_reveals (workspace_id, user_id, created_at);
CREATE INDEX credential_reveals_credential ON credential_reveals (credential_id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['credential_fields', 'credential_reveal_policies', 'credential_reveals'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON credential_fields TO crewship_app;
GRANT SELECT, UPDATE ON credential_fields TO crewship_system;
GRANT SELECT, INSERT, UPDATE ON credential_reveal_policies TO crewship_app;
GRANT SELECT, INSERT, DELETE ON credential_reveals TO crewship_app;

-- What happened to a credential, newest first. Each partition gets its own while the journal is read and written.
CREATE INDEX journal_entries_credential ON ONLY journal_entries (target_id, ts DESC, id DESC)
  WHERE target_type = 'credential';
