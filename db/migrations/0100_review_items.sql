-- What waits for people's eyes. Each item has its decision in `approvals`, which alone says how it stands; of a task's
-- item that is the task's own.

-- Whose a decision is where not the whole workspace's: entries about it are read by who reads the project's or chat's.
ALTER TABLE approvals
  ADD COLUMN project_id text,
  ADD COLUMN chat_id text,
  ADD FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
  ADD FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id),
  ADD UNIQUE (workspace_id, id);
CREATE INDEX approvals_project ON approvals (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX approvals_chat ON approvals (chat_id) WHERE chat_id IS NOT NULL;
ALTER TABLE approvals NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY;
UPDATE approvals a SET project_id = t.project_id FROM tasks t
  WHERE a.subject_type = 'task' AND t.id = a.subject_id AND t.workspace_id = a.workspace_id
    AND t.project_id IS NOT NULL;
ALTER TABLE approvals FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;

CREATE TABLE review_items (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  approval_id text NOT NULL,
  kind text NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 50),
  title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
  content text CHECK (char_length(content) <= 100000),
  priority text NOT NULL DEFAULT 'none' CHECK (priority IN ('none', 'low', 'medium', 'high', 'urgent')),
  -- Of the newest validation of the same content, when it was submitted.
  score double precision CHECK (score BETWEEN 0 AND 1),
  subject_type text CHECK (subject_type IN ('message', 'task', 'external')),
  subject_id text CHECK (char_length(subject_id) BETWEEN 1 AND 128),
  project_id text,
  chat_id text,
  -- The newest message of the chat at that time: what came later is not submitted.
  chat_seq bigint,
  submitted_by text NOT NULL REFERENCES users (id),
  assignee_id text REFERENCES users (id),
  due_at timestamptz,
  metadata jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(metadata::text) <= 16384),
  quarantined_at timestamptz,
  quarantined_by text REFERENCES users (id),
  quarantine_reason text CHECK (char_length(quarantine_reason) <= 2000),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  CHECK ((subject_type IS NULL) = (subject_id IS NULL)),
  CHECK ((chat_id IS NULL) = (chat_seq IS NULL)),
  CHECK ((quarantined_at IS NULL) = (quarantine_reason IS NULL)),
  FOREIGN KEY (workspace_id, approval_id) REFERENCES approvals (workspace_id, id),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id)
);
CREATE INDEX review_items_newest ON review_items (workspace_id, created_at DESC, id DESC);
CREATE INDEX review_items_subject ON review_items (workspace_id, subject_type, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX review_items_approval ON review_items (approval_id);
CREATE INDEX review_items_project ON review_items (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX review_items_chat ON review_items (chat_id) WHERE chat_id IS NOT NULL;
CREATE INDEX review_items_submitter ON review_items (submitted_by);
CREATE INDEX review_items_assignee ON review_items (assignee_id) WHERE assignee_id IS NOT NULL;
CREATE INDEX review_items_quarantine ON review_items (subject_id) WHERE quarantined_at IS NOT NULL;

CREATE INDEX validation_logs_content ON validation_logs (workspace_id, content_sha256, created_at DESC);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['review_items'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT ON review_items TO crewship_app;
GRANT UPDATE (quarantined_at, quarantined_by, quarantine_reason, updated_at) ON review_items TO crewship_app;
GRANT SELECT ON review_items TO crewship_system;

-- Whether people keep this from agents and searches: until its item is approved, or for good where it is rejected.
CREATE FUNCTION crewship_is_quarantined(p_subject_type text, p_subject_id text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM review_items i JOIN approvals a ON a.workspace_id = i.workspace_id AND a.id = i.approval_id
    WHERE i.subject_type = p_subject_type AND i.subject_id = p_subject_id AND i.quarantined_at IS NOT NULL
      AND a.status IN ('pending', 'denied'))
$$;
REVOKE ALL ON FUNCTION crewship_is_quarantined(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_is_quarantined(text, text) TO crewship_app, crewship_system;
