-- What a workspace knows: namespaces that people reach by role, project or grant, entries with their versions, links.
CREATE TABLE knowledge_namespaces (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  name text NOT NULL CHECK (char_length(name) BETWEEN 2 AND 80),
  title text NOT NULL CHECK (char_length(title) <= 200),
  -- Whose roles alone open it; null: roles in the workspace and grants do.
  project_id text REFERENCES projects (id),
  -- Whether what is written into it waits for a review.
  review_required boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((project_id IS NOT NULL) = starts_with(name, 'project.')),
  UNIQUE (workspace_id, name),
  UNIQUE (workspace_id, id)
);
CREATE UNIQUE INDEX knowledge_namespaces_of_projects ON knowledge_namespaces (project_id);

CREATE TABLE knowledge_grants (
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  user_id text NOT NULL,
  access text NOT NULL CHECK (access IN ('read', 'write')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (namespace_id, user_id),
  FOREIGN KEY (workspace_id, namespace_id) REFERENCES knowledge_namespaces (workspace_id, id) ON DELETE CASCADE,
  -- Who leaves the workspace has no grants in it.
  FOREIGN KEY (user_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);
CREATE INDEX knowledge_grants_of_users ON knowledge_grants (workspace_id, user_id);

CREATE TABLE knowledge_entries (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
  slug text NOT NULL CHECK (char_length(slug) BETWEEN 1 AND 200),
  kind text NOT NULL CHECK (kind IN ('page', 'note', 'fact')),
  content text NOT NULL CHECK (char_length(content) <= 200000),
  summary text CHECK (char_length(summary) <= 2000),
  tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 30),
  status text NOT NULL
    CHECK (status IN ('draft', 'pending_review', 'published', 'stale', 'quarantined', 'archived')),
  -- Hidden ones are for who writes in the namespace.
  visibility text NOT NULL DEFAULT 'visible' CHECK (visibility IN ('visible', 'hidden')),
  source_type text CHECK (char_length(source_type) <= 50),
  source_url text CHECK (char_length(source_url) <= 2048),
  -- What it was made from.
  file_id text,
  confidence double precision CHECK (confidence BETWEEN 0 AND 1),
  expires_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (namespace_id, slug),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, namespace_id) REFERENCES knowledge_namespaces (workspace_id, id)
);
CREATE INDEX knowledge_entries_changed ON knowledge_entries (namespace_id, updated_at DESC, id DESC);
CREATE INDEX knowledge_entries_of_files ON knowledge_entries (file_id) WHERE file_id IS NOT NULL;

CREATE TABLE knowledge_entry_versions (
  workspace_id text NOT NULL,
  entry_id text NOT NULL,
  version integer NOT NULL,
  title text NOT NULL,
  kind text NOT NULL,
  content text NOT NULL,
  summary text,
  tags text[] NOT NULL,
  status text NOT NULL,
  visibility text NOT NULL,
  source_type text,
  source_url text,
  confidence double precision,
  expires_at timestamptz,
  changed_by text CHECK (char_length(changed_by) <= 64),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (entry_id, version),
  FOREIGN KEY (workspace_id, entry_id) REFERENCES knowledge_entries (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE knowledge_links (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  from_entry_id text NOT NULL,
  to_entry_id text NOT NULL,
  relation text NOT NULL CHECK (relation IN ('related', 'parent', 'cites', 'supports', 'contradicts', 'supersedes',
    'duplicates', 'depends_on')),
  weight double precision NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0 AND 1),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('proposed', 'active', 'rejected')),
  origin text NOT NULL CHECK (origin IN ('human', 'agent', 'ingest', 'meditation')),
  -- Whether a [[title]] in the text makes it: then it goes with that.
  from_text boolean NOT NULL DEFAULT false,
  rationale text CHECK (char_length(rationale) <= 500),
  version integer NOT NULL DEFAULT 1,
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (from_entry_id <> to_entry_id),
  UNIQUE (from_entry_id, to_entry_id, relation),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, from_entry_id) REFERENCES knowledge_entries (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, to_entry_id) REFERENCES knowledge_entries (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX knowledge_links_to ON knowledge_links (to_entry_id);

-- Titles that texts name in [[…]] and that no entry of their namespace has.
CREATE TABLE knowledge_wanted_pages (
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  entry_id text NOT NULL,
  slug text NOT NULL CHECK (char_length(slug) BETWEEN 1 AND 200),
  title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (entry_id, slug),
  FOREIGN KEY (workspace_id, entry_id) REFERENCES knowledge_entries (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, namespace_id) REFERENCES knowledge_namespaces (workspace_id, id)
);
CREATE INDEX knowledge_wanted_pages_by_slug ON knowledge_wanted_pages (namespace_id, slug);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['knowledge_namespaces', 'knowledge_grants', 'knowledge_entries',
    'knowledge_entry_versions', 'knowledge_links', 'knowledge_wanted_pages'] LOOP
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
GRANT SELECT, INSERT, UPDATE ON knowledge_namespaces TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_grants TO crewship_app;
GRANT INSERT, UPDATE, DELETE ON knowledge_grants TO crewship_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_entries, knowledge_links TO crewship_app;
GRANT SELECT, INSERT ON knowledge_entry_versions TO crewship_app;
GRANT SELECT, INSERT, DELETE ON knowledge_wanted_pages TO crewship_app;

-- A namespace comes with each workspace and each project.
CREATE FUNCTION crewship_add_team_namespace() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'public', 'pg_temp'
AS $$
BEGIN
  INSERT INTO knowledge_namespaces (workspace_id, name, title) VALUES (NEW.id, 'team', 'Team');
  RETURN NULL;
END
$$;
CREATE TRIGGER team_namespace AFTER INSERT ON workspaces
  FOR EACH ROW EXECUTE FUNCTION crewship_add_team_namespace();

CREATE FUNCTION crewship_add_project_namespace() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'public', 'pg_temp'
AS $$
BEGIN
  INSERT INTO knowledge_namespaces (workspace_id, name, title, project_id)
  VALUES (NEW.workspace_id, 'project.' || NEW.id, '', NEW.id);
  RETURN NULL;
END
$$;
CREATE TRIGGER project_namespace AFTER INSERT ON projects
  FOR EACH ROW EXECUTE FUNCTION crewship_add_project_namespace();

INSERT INTO knowledge_namespaces (workspace_id, name, title) SELECT id, 'team', 'Team' FROM workspaces;
INSERT INTO knowledge_namespaces (workspace_id, name, title, project_id)
SELECT workspace_id, 'project.' || id, '', id FROM projects;
