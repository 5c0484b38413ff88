-- Items of the inbox say what they are about and whom they are for; who has read one is a receipt of theirs.

ALTER TABLE inbox_items
  ALTER COLUMN audience_role DROP NOT NULL,
  -- For one person alone.
  ADD COLUMN audience_user_id text REFERENCES users (id) ON DELETE CASCADE,
  ADD COLUMN title text NOT NULL DEFAULT 'Something waits for you' CHECK (char_length(title) BETWEEN 1 AND 200),
  ADD COLUMN body text CHECK (char_length(body) <= 4000),
  ADD COLUMN priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
  ADD COLUMN payload jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(payload::text) <= 16384),
  ADD COLUMN sender_type text CHECK (sender_type IN ('agent', 'user', 'system')),
  ADD COLUMN sender_id text,
  ADD COLUMN resolved_by_user_id text REFERENCES users (id) ON DELETE SET NULL,
  ADD COLUMN resolved_action text CHECK (resolved_action IN ('approved', 'rejected', 'retried', 'cancelled')),
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ADD CHECK ((audience_role IS NULL) <> (audience_user_id IS NULL)),
  ADD UNIQUE (workspace_id, id);

CREATE INDEX inbox_items_newest ON inbox_items (workspace_id, created_at DESC, id DESC);
CREATE INDEX inbox_items_person ON inbox_items (audience_user_id) WHERE audience_user_id IS NOT NULL;
CREATE INDEX inbox_items_resolver ON inbox_items (resolved_by_user_id) WHERE resolved_by_user_id IS NOT NULL;

CREATE TABLE inbox_receipts (
  workspace_id text NOT NULL,
  item_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  read_at timestamptz,
  dismissed_at timestamptz,
  PRIMARY KEY (item_id, user_id),
  FOREIGN KEY (workspace_id, item_id) REFERENCES inbox_items (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX inbox_receipts_user ON inbox_receipts (user_id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['inbox_receipts'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_receipts TO crewship_app;
GRANT DELETE ON inbox_items TO crewship_app;
-- Ends of jobs are told by the processes that move them.
GRANT SELECT, INSERT ON inbox_items TO crewship_system;
