-- What a project says of itself besides its name, who asks to be let in, which administrators looked in, its issues.

ALTER TABLE projects
  ADD COLUMN icon text CHECK (char_length(icon) <= 64),
  ADD COLUMN color text NOT NULL DEFAULT 'blue' CHECK (char_length(color) BETWEEN 1 AND 32),
  ADD COLUMN status text NOT NULL DEFAULT 'backlog'
    CHECK (status IN ('backlog', 'planned', 'in_progress', 'paused', 'completed', 'cancelled')),
  ADD COLUMN priority text NOT NULL DEFAULT 'none' CHECK (priority IN ('none', 'low', 'medium', 'high', 'urgent')),
  ADD COLUMN health text CHECK (health IN ('on_track', 'at_risk', 'off_track')),
  ADD COLUMN lead_type text CHECK (lead_type IN ('user', 'agent')),
  ADD COLUMN lead_id text,
  ADD COLUMN start_date date,
  ADD COLUMN target_date date,
  ADD CHECK ((lead_type IS NULL) = (lead_id IS NULL));

ALTER TABLE issues
  ADD COLUMN project_id text,
  ADD FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id);
CREATE INDEX issues_project ON issues (project_id) WHERE project_id IS NOT NULL;

-- The first time that somebody who passes by their role in the workspace enters a private project: its owners see it.
CREATE TABLE project_visits (
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id),
  entered_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, user_id),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id)
);

CREATE TABLE project_access_requests (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  user_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'editor')),
  message text CHECK (char_length(message) <= 1000),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'cancelled')),
  granted_role text CHECK (granted_role IN ('viewer', 'editor', 'owner')),
  note text CHECK (char_length(note) <= 1000),
  decided_by text REFERENCES users (id),
  decided_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((status = 'pending') = (decided_at IS NULL)),
  CHECK ((status = 'approved') = (granted_role IS NOT NULL)),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
  FOREIGN KEY (user_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX project_access_requests_open ON project_access_requests (project_id, user_id)
  WHERE status = 'pending';
CREATE INDEX project_access_requests_newest ON project_access_requests (project_id, created_at DESC, id DESC);
CREATE INDEX project_access_requests_person ON project_access_requests (user_id, workspace_id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['project_visits', 'project_access_requests'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT ON project_visits TO crewship_app;
GRANT SELECT, INSERT, UPDATE ON project_access_requests TO crewship_app;
GRANT SELECT ON project_visits, project_access_requests TO crewship_system;
