-- What people and an agent share in a chat: messages that begin no turn, files that go with messages, and how many
-- steps an agent may take over a turn.

-- A message of people among themselves is of no turn.
ALTER TABLE chat_events ALTER COLUMN job_id DROP NOT NULL;
ALTER TABLE chat_messages ADD COLUMN max_turns smallint CHECK (max_turns BETWEEN 1 AND 200);

CREATE TABLE chat_attachments (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  chat_id text NOT NULL,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255 AND name !~ '[/[:cntrl:]]' AND name NOT IN ('.', '..')),
  mime text NOT NULL CHECK (char_length(mime) <= 128),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  blob_id text NOT NULL,
  uploaded_by text NOT NULL REFERENCES users (id),
  -- The message that took it along; null: it waits for the next one of who uploaded it.
  message_id text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id),
  FOREIGN KEY (workspace_id, message_id) REFERENCES chat_messages (workspace_id, id),
  FOREIGN KEY (workspace_id, blob_id) REFERENCES blobs (workspace_id, id)
);
CREATE INDEX chat_attachments_chat ON chat_attachments (chat_id, created_at, id);
CREATE INDEX chat_attachments_message ON chat_attachments (message_id) WHERE message_id IS NOT NULL;

ALTER TABLE chat_attachments ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_attachments FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON chat_attachments TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON chat_attachments TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON chat_attachments TO crewship_app;
GRANT SELECT ON chat_attachments TO crewship_system;
