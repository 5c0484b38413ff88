-- Issues as people work with them: what they belong to, what is said of them, and the mission that works on one.
ALTER TABLE issues
  ADD COLUMN parent_issue_id text,
  ADD COLUMN milestone_id text,
  ADD COLUMN sort_order integer NOT NULL DEFAULT 0,
  -- The mission that works on it, or did last.
  ADD COLUMN mission_id text,
  ADD CHECK (parent_issue_id <> id),
  ADD FOREIGN KEY (workspace_id, parent_issue_id) REFERENCES issues (workspace_id, id)
    ON DELETE SET NULL (parent_issue_id),
  ADD FOREIGN KEY (workspace_id, mission_id) REFERENCES missions (workspace_id, id) ON DELETE SET NULL (mission_id);
CREATE INDEX issues_newest ON issues (workspace_id, created_at DESC, id DESC);
CREATE INDEX issues_changed ON issues (workspace_id, updated_at DESC, id DESC);
CREATE INDEX issues_parent ON issues (parent_issue_id) WHERE parent_issue_id IS NOT NULL;
CREATE INDEX issues_mission ON issues (mission_id) WHERE mission_id IS NOT NULL;
ALTER TABLE missions
  ADD COLUMN issue_id text,
  ADD FOREIGN KEY (workspace_id, issue_id) REFERENCES issues (workspace_id, id) ON DELETE SET NULL (issue_id);
CREATE INDEX missions_issue ON missions (issue_id) WHERE issue_id IS NOT NULL;
ALTER TABLE issue_comments
  DROP CONSTRAINT issue_comments_workspace_id_issue_id_fkey,
  ADD FOREIGN KEY (workspace_id, issue_id) REFERENCES issues (workspace_id, id) ON DELETE CASCADE;
ALTER TABLE tasks
  DROP CONSTRAINT tasks_workspace_id_issue_id_fkey,
  ADD FOREIGN KEY (workspace_id, issue_id) REFERENCES issues (workspace_id, id) ON DELETE SET NULL (issue_id);

CREATE TABLE labels (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
  color text NOT NULL CHECK (char_length(color) BETWEEN 1 AND 32),
  label_group text CHECK (char_length(label_group) <= 64),
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id)
);
CREATE UNIQUE INDEX labels_name ON labels (workspace_id, lower(name));

CREATE TABLE issue_labels (
  workspace_id text NOT NULL,
  issue_id text NOT NULL,
  label_id text NOT NULL,
  PRIMARY KEY (issue_id, label_id),
  FOREIGN KEY (workspace_id, issue_id) REFERENCES issues (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, label_id) REFERENCES labels (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX issue_labels_label ON issue_labels (label_id);

CREATE TABLE milestones (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  description text CHECK (char_length(description) <= 10000),
  target_date date,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'completed', 'cancelled')),
  position integer NOT NULL,
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id)
);
CREATE INDEX milestones_project ON milestones (project_id, position, id);
ALTER TABLE issues
  ADD FOREIGN KEY (workspace_id, milestone_id) REFERENCES milestones (workspace_id, id)
    ON DELETE SET NULL (milestone_id);
CREATE INDEX issues_milestone ON issues (milestone_id) WHERE milestone_id IS NOT NULL;

-- Each is stored once: `blocked_by` is the other side's `blocks`, and of two that relate the smaller id comes first.
CREATE TABLE issue_relations (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  source_id text NOT NULL,
  target_id text NOT NULL,
  relation_type text NOT NULL CHECK (relation_type IN ('blocks', 'relates_to', 'duplicate_of')),
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (source_id <> target_id),
  CHECK (relation_type <> 'relates_to' OR source_id COLLATE "C" < target_id COLLATE "C"),
  FOREIGN KEY (workspace_id, source_id) REFERENCES issues (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, target_id) REFERENCES issues (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX issue_relations_once ON issue_relations (source_id, target_id, relation_type);
CREATE INDEX issue_relations_target ON issue_relations (target_id);

CREATE TABLE issue_activity (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  issue_id text NOT NULL,
  actor_type text NOT NULL CHECK (char_length(actor_type) <= 32),
  actor_id text CHECK (char_length(actor_id) <= 64),
  action text NOT NULL CHECK (char_length(action) <= 64),
  details jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(details::text) <= 4096),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (workspace_id, issue_id) REFERENCES issues (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX issue_activity_newest ON issue_activity (issue_id, created_at DESC, id DESC);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['labels', 'issue_labels', 'milestones', 'issue_relations', 'issue_activity'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON labels, milestones TO crewship_app;
GRANT SELECT, INSERT, DELETE ON issue_labels, issue_relations TO crewship_app;
GRANT SELECT, INSERT ON issue_activity TO crewship_app;
GRANT DELETE ON issues TO crewship_app;
GRANT SELECT ON labels, issue_labels, milestones, issue_relations, issue_activity TO crewship_system;
