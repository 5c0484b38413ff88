-- Folders of a project's documents, what agents propose to change of them, and what a job makes for a project.
CREATE TABLE project_folders (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  -- Null: the root.
  parent_id text,
  path text COLLATE "C" NOT NULL CHECK (starts_with(path, '/') AND char_length(path) <= 500),
  -- Another one with each other path: what was proposed of an earlier one is void.
  version integer NOT NULL DEFAULT 1,
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((parent_id IS NULL) = (path = '/')),
  UNIQUE (project_id, path),
  UNIQUE (workspace_id, project_id, id),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
  FOREIGN KEY (workspace_id, project_id, parent_id) REFERENCES project_folders (workspace_id, project_id, id)
);
CREATE INDEX project_folders_parent ON project_folders (parent_id) WHERE parent_id IS NOT NULL;

-- Each has its decision in `approvals`, which alone says how it stands.
CREATE TABLE folder_updates (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  approval_id text NOT NULL,
  operation text NOT NULL CHECK (operation IN ('create', 'rename', 'move', 'delete', 'file_document')),
  path text NOT NULL CHECK (char_length(path) BETWEEN 1 AND 500),
  new_path text CHECK (char_length(new_path) BETWEEN 1 AND 500),
  document_id text CHECK (char_length(document_id) <= 64),
  -- The folder that changes, or in which something is made, as it was when that was proposed.
  folder_id text NOT NULL,
  base_version integer NOT NULL,
  reason text CHECK (char_length(reason) <= 1000),
  proposed_by text CHECK (char_length(proposed_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((new_path IS NOT NULL) = (operation IN ('rename', 'move'))),
  CHECK ((document_id IS NOT NULL) = (operation = 'file_document')),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
  FOREIGN KEY (workspace_id, approval_id) REFERENCES approvals (workspace_id, id)
);
CREATE INDEX folder_updates_newest ON folder_updates (project_id, created_at DESC, id DESC);
CREATE INDEX folder_updates_approval ON folder_updates (approval_id);

CREATE TABLE scaffold_items (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  job_id text NOT NULL,
  position integer NOT NULL CHECK (position >= 0),
  kind text NOT NULL CHECK (kind IN ('folder', 'document', 'task')),
  -- Of the folder, or of that in which the document is.
  path text NOT NULL CHECK (char_length(path) BETWEEN 1 AND 500),
  title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
  content text CHECK (char_length(content) <= 20000),
  status text NOT NULL DEFAULT 'proposed' CHECK (status IN ('proposed', 'created', 'skipped', 'failed')),
  -- What it became, or what was there already.
  created_ref text CHECK (char_length(created_ref) <= 64),
  error text CHECK (char_length(error) <= 500),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (status NOT IN ('created', 'skipped') OR created_ref IS NOT NULL),
  CHECK ((status = 'failed') = (error IS NOT NULL)),
  UNIQUE (job_id, position),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
  FOREIGN KEY (workspace_id, job_id) REFERENCES jobs (workspace_id, id)
);
CREATE INDEX scaffold_items_newest ON scaffold_items (project_id, created_at DESC, position, id);

-- Where an entry of a project's namespace is filed.
ALTER TABLE knowledge_entries ADD COLUMN folder text COLLATE "C" NOT NULL DEFAULT '/'
  CHECK (starts_with(folder, '/') AND char_length(folder) <= 500);
CREATE INDEX knowledge_entries_in_folders ON knowledge_entries (namespace_id, folder) WHERE folder <> '/';

-- A root comes with each project.
CREATE FUNCTION crewship_add_project_root() RETURNS trigger
  LANGUAGE plpgsql SET search_path TO 'public', 'pg_temp'
AS $$
BEGIN
  INSERT INTO project_folders (workspace_id, project_id, path, created_by)
  VALUES (NEW.workspace_id, NEW.id, '/', NEW.created_by);
  RETURN NULL;
END
$$;
CREATE TRIGGER project_root AFTER INSERT ON projects
  FOR EACH ROW EXECUTE FUNCTION crewship_add_project_root();
ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;
INSERT INTO project_folders (workspace_id, project_id, path, created_by)
SELECT workspace_id, id, '/', created_by FROM projects;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['project_folders', 'folder_updates', 'scaffold_items'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
    EXECUTE format('GRANT SELECT ON %I TO crewship_system', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON project_folders TO crewship_app;
GRANT SELECT, INSERT ON folder_updates TO crewship_app;
GRANT SELECT, INSERT ON scaffold_items TO crewship_app;
GRANT UPDATE (status, created_ref, error, updated_at) ON scaffold_items TO crewship_app;
