-- A member who is switched off in a workspace: the membership stays, with its role, and opens nothing.
ALTER TABLE memberships ADD COLUMN disabled_at timestamptz;

-- Whether the other OWNERs of a workspace can still sign in.
GRANT SELECT (disabled_at) ON users TO crewship_app;

-- Names that are chosen may be longer than those that are made of an address.
ALTER TABLE users DROP CONSTRAINT users_username_check;
ALTER TABLE users ADD CONSTRAINT users_username_check CHECK (char_length(username) BETWEEN 2 AND 64);

CREATE OR REPLACE FUNCTION crewship_project_role(p_project_id text, p_user_id text) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN m.role IN ('OWNER', 'ADMIN') THEN 'owner'
    WHEN p.visibility = 'workspace' AND m.role = 'MANAGER' AND coalesce(pm.role, 'viewer') = 'viewer' THEN 'editor'
    WHEN p.visibility = 'workspace' THEN coalesce(pm.role, 'viewer')
    ELSE pm.role
  END
  FROM projects p
  JOIN memberships m ON m.workspace_id = p.workspace_id AND m.user_id = p_user_id AND m.disabled_at IS NULL
  LEFT JOIN project_members pm ON pm.project_id = p.id AND pm.user_id = p_user_id
  WHERE p.id = p_project_id AND p.deleted_at IS NULL
$$;
