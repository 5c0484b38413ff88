-- Tasks that people manage, beside those of missions: whose they are, what is said of them, and runs from elsewhere.
ALTER TABLE tasks
  ADD COLUMN project_id text,
  ADD COLUMN issue_id text,
  ADD COLUMN priority text NOT NULL DEFAULT 'none' CHECK (priority IN ('none', 'low', 'medium', 'high', 'urgent')),
  ADD COLUMN due_date date,
  ADD COLUMN reviewer_id text REFERENCES users (id),
  ADD COLUMN review_status text NOT NULL DEFAULT 'none'
    CHECK (review_status IN ('none', 'requested', 'approved', 'rework', 'blocked')),
  ADD COLUMN review_note text CHECK (char_length(review_note) <= 4000),
  ADD COLUMN review_by text REFERENCES users (id),
  ADD COLUMN review_at timestamptz,
  ADD COLUMN labels text[] NOT NULL DEFAULT '{}' CHECK (cardinality(labels) <= 20),
  -- Changes that people made of what defines it.
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  -- Without a mission: its agent begins when nothing holds it up.
  ADD COLUMN auto_start boolean NOT NULL DEFAULT false,
  -- The job that runs its agent, or did last.
  ADD COLUMN job_id text,
  ADD COLUMN created_by text REFERENCES users (id),
  -- Who said that it is done, where a person did.
  ADD COLUMN submitted_by text REFERENCES users (id),
  -- The last number that one of its events was given.
  ADD COLUMN event_seq integer NOT NULL DEFAULT 0,
  ADD FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
  ADD FOREIGN KEY (workspace_id, issue_id) REFERENCES issues (workspace_id, id),
  ADD FOREIGN KEY (workspace_id, job_id) REFERENCES jobs (workspace_id, id) ON DELETE SET NULL (job_id);
CREATE INDEX tasks_listed ON tasks (workspace_id, created_at DESC, id DESC);
CREATE INDEX tasks_project ON tasks (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX tasks_issue ON tasks (issue_id) WHERE issue_id IS NOT NULL;

CREATE TABLE task_events (
  workspace_id text NOT NULL,
  task_id text NOT NULL,
  seq integer NOT NULL,
  type text NOT NULL CHECK (char_length(type) BETWEEN 1 AND 64),
  actor_type text NOT NULL CHECK (char_length(actor_type) <= 32),
  actor_id text CHECK (char_length(actor_id) <= 64),
  message text CHECK (char_length(message) <= 8000),
  data jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(data::text) <= 32768),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id, seq),
  FOREIGN KEY (workspace_id, task_id) REFERENCES tasks (workspace_id, id) ON DELETE CASCADE
);

DO $$
BEGIN
  ALTER TABLE task_events ENABLE ROW LEVEL SECURITY;
  ALTER TABLE task_events FORCE ROW LEVEL SECURITY;
  CREATE POLICY app_workspace ON task_events TO crewship_app
    USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
    WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
  CREATE POLICY system_all ON task_events TO crewship_system USING (true) WITH CHECK (true);
END
$$;
GRANT SELECT, INSERT, DELETE ON task_events TO crewship_app;
GRANT SELECT ON task_events TO crewship_system;

-- Runs that were made elsewhere, and what their makers say of them.
ALTER TABLE runs
  ADD COLUMN agent_label text CHECK (char_length(agent_label) BETWEEN 1 AND 100),
  ADD COLUMN progress smallint CHECK (progress BETWEEN 0 AND 100),
  ADD COLUMN output_summary text CHECK (char_length(output_summary) <= 8000);
CREATE INDEX runs_task ON runs (task_id, created_at DESC) WHERE task_id IS NOT NULL;
