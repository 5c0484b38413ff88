-- Files that were submitted with an item, each as it was then: the item needs their contents by itself.
CREATE TABLE review_attachments (
  workspace_id text NOT NULL,
  item_id text NOT NULL,
  position integer NOT NULL CHECK (position BETWEEN 0 AND 19),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
  mime text NOT NULL CHECK (char_length(mime) <= 128),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  blob_id text NOT NULL,
  PRIMARY KEY (item_id, position),
  FOREIGN KEY (workspace_id, item_id) REFERENCES review_items (workspace_id, id),
  FOREIGN KEY (workspace_id, blob_id) REFERENCES blobs (workspace_id, id)
);
CREATE INDEX review_attachments_blob ON review_attachments (blob_id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['review_attachments'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT ON review_attachments TO crewship_app;
GRANT SELECT ON review_attachments TO crewship_system;
