-- More than one Docker host: images that hosts have from each other through a registry, hosts that are lost, crews that move.

-- Since when nothing was heard of it, whatever its status; what its crews are told by.
ALTER TABLE hosts ADD COLUMN lost_at timestamptz;
UPDATE hosts SET lost_at = updated_at WHERE status = 'lost';

-- How its image was come by.
ALTER TABLE image_builds ADD COLUMN source text NOT NULL DEFAULT 'built' CHECK (source IN ('built', 'registry'));
GRANT SELECT (source) ON image_builds TO crewship_app;

-- What the operator's registry holds for a configuration, by the digest that its daemon was given when it pushed: a host
-- takes these bytes and no others, whatever a name in the registry has come to mean.
CREATE TABLE registry_images (
  repository text NOT NULL CHECK (char_length(repository) <= 255),
  config_hash text NOT NULL CHECK (config_hash ~ '^[0-9a-f]{64}$'),
  digest text NOT NULL CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
  -- On the host that pushed it.
  image_id text NOT NULL CHECK (image_id ~ '^sha256:[0-9a-f]{64}$'),
  host_id text NOT NULL REFERENCES hosts (id),
  pushed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (repository, config_hash)
);
ALTER TABLE registry_images ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry_images FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON registry_images TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON registry_images TO crewship_system;

-- Where a crew was before: the actors of its generations up to `last_generation` have what they left on `from_host_id`.
CREATE TABLE crew_moves (
  workspace_id text NOT NULL,
  crew_id text NOT NULL,
  last_generation integer NOT NULL,
  from_host_id text NOT NULL REFERENCES hosts (id),
  to_host_id text NOT NULL REFERENCES hosts (id),
  moved_by text REFERENCES users (id),
  moved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (crew_id, last_generation),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id)
);
ALTER TABLE crew_moves ENABLE ROW LEVEL SECURITY;
ALTER TABLE crew_moves FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON crew_moves TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON crew_moves TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON crew_moves TO crewship_app;
GRANT SELECT ON crew_moves TO crewship_system;

CREATE INDEX crews_on_host ON crews (host_id) WHERE deleted_at IS NULL;

-- Locks the places of hosts in one order, for who gives back places of one and takes places of another.
CREATE FUNCTION crewship_lock_hosts(p_host_ids text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 1 FROM slot_scopes WHERE kind = 'host' AND id = ANY (p_host_ids) ORDER BY id FOR UPDATE
$$;
ALTER FUNCTION crewship_lock_hosts(text[]) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_lock_hosts(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_lock_hosts(text[]) TO crewship_app;
