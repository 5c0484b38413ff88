-- What members may do besides their role, who is invited, roles inside a crew, projects and their members, and what the
-- audit shows of a caller.

-- Null: what the role brings. A list says exactly which; a change of role makes it null again.
ALTER TABLE memberships ADD COLUMN capabilities text[];
GRANT INSERT, DELETE ON memberships TO crewship_app;
GRANT UPDATE (role, capabilities, updated_at) ON memberships TO crewship_app;
GRANT DELETE ON memberships TO crewship_system;

ALTER TABLE workspaces
  ADD COLUMN logo_url text CHECK (char_length(logo_url) <= 2048),
  ADD COLUMN run_retention_days integer CHECK (run_retention_days BETWEEN 1 AND 36500),
  ADD COLUMN credential_audit_retention_days integer NOT NULL DEFAULT 0
    CHECK (credential_audit_retention_days BETWEEN 0 AND 36500),
  ADD COLUMN audit_log_retention_days integer NOT NULL DEFAULT 0
    CHECK (audit_log_retention_days BETWEEN 0 AND 36500);
GRANT UPDATE (run_retention_days, credential_audit_retention_days, audit_log_retention_days) ON workspaces TO crewship_app;

ALTER TABLE users
  ADD COLUMN onboarded_at timestamptz,
  ADD COLUMN telemetry_opt_in boolean NOT NULL DEFAULT false;

-- A role here only raises the one that its person has in the workspace.
CREATE TABLE crew_members (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text NOT NULL,
  user_id text NOT NULL,
  role text CHECK (role IN ('ADMIN', 'MANAGER', 'MEMBER', 'VIEWER')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (crew_id, user_id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (user_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);
CREATE INDEX crew_members_person ON crew_members (user_id, workspace_id);

CREATE TABLE invitations (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  email text NOT NULL CHECK (email = lower(email) AND char_length(email) <= 254),
  role text NOT NULL CHECK (role IN ('ADMIN', 'MANAGER', 'MEMBER', 'VIEWER')),
  token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  invited_by text NOT NULL REFERENCES users (id),
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  accepted_by text REFERENCES users (id),
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX invitations_open ON invitations (workspace_id, email)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_newest ON invitations (workspace_id, created_at DESC, id DESC);

CREATE TABLE projects (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9_-]{1,49}$'),
  description text CHECK (char_length(description) <= 20000),
  visibility text NOT NULL DEFAULT 'workspace' CHECK (visibility IN ('workspace', 'private')),
  discoverable boolean NOT NULL DEFAULT false,
  owner_user_id text REFERENCES users (id),
  archived_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (workspace_id, id)
);
CREATE UNIQUE INDEX projects_slug_live ON projects (workspace_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX projects_newest ON projects (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE project_members (
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  user_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'editor', 'owner')),
  added_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, user_id),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (user_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);
CREATE INDEX project_members_person ON project_members (user_id, workspace_id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['crew_members', 'invitations', 'projects', 'project_members'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON crew_members, project_members TO crewship_app;
GRANT SELECT, INSERT, UPDATE ON projects TO crewship_app;
-- A token's hash is written here and read by the system login alone, which redeems it.
GRANT SELECT (id, workspace_id, email, role, invited_by, expires_at, accepted_at, accepted_by, revoked_at, created_at)
  ON invitations TO crewship_app;
GRANT INSERT, UPDATE (revoked_at) ON invitations TO crewship_app;
GRANT SELECT, UPDATE ON invitations TO crewship_system;
GRANT SELECT ON crew_members, projects, project_members TO crewship_system;

-- What a person is to a project: owner, editor, viewer, or null, which reads like a project that does not exist. OWNER and
-- ADMIN of the workspace pass; others are what they were made, and in a project of the whole workspace MANAGER edits and
-- everybody reads. Row-level security is the caller's.
CREATE FUNCTION crewship_project_role(p_project_id text, p_user_id text) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN m.role IN ('OWNER', 'ADMIN') THEN 'owner'
    WHEN p.visibility = 'workspace' AND m.role = 'MANAGER' AND coalesce(pm.role, 'viewer') = 'viewer' THEN 'editor'
    WHEN p.visibility = 'workspace' THEN coalesce(pm.role, 'viewer')
    ELSE pm.role
  END
  FROM projects p
  JOIN memberships m ON m.workspace_id = p.workspace_id AND m.user_id = p_user_id
  LEFT JOIN project_members pm ON pm.project_id = p.id AND pm.user_id = p_user_id
  WHERE p.id = p_project_id AND p.deleted_at IS NULL
$$;
REVOKE ALL ON FUNCTION crewship_project_role(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_project_role(text, text) TO crewship_app, crewship_system;

ALTER TABLE journal_entries ADD COLUMN user_agent text CHECK (char_length(user_agent) <= 512);
-- What people and the keeper did: the audit.
CREATE INDEX journal_entries_audit ON journal_entries (workspace_id, ts DESC, id DESC)
  WHERE actor_type IN ('user', 'keeper');

-- How many of a kind there are in the whole instance, or agents in a crew. Who asks has made one, and those who make another
-- at the same moment wait until it is committed or gone: so each sees all that were made before.
CREATE FUNCTION crewship_count_licensed(p_kind text, p_crew_id text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('licensed:' || p_kind || ':' || coalesce(p_crew_id, ''), 0));
  RETURN CASE p_kind
    WHEN 'crew' THEN (SELECT count(*) FROM crews c JOIN workspaces w ON w.id = c.workspace_id
      WHERE c.deleted_at IS NULL AND w.deleted_at IS NULL)
    WHEN 'agent' THEN (SELECT count(*) FROM agents WHERE crew_id = p_crew_id AND deleted_at IS NULL)
    WHEN 'member' THEN (SELECT count(DISTINCT m.user_id) FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
      WHERE w.deleted_at IS NULL)
  END;
END
$$;
ALTER FUNCTION crewship_count_licensed(text, text) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_count_licensed(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_count_licensed(text, text) TO crewship_app;
