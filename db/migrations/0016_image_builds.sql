-- What makes a crew's image: builds, the images that hosts hold, and which of them a crew has.

-- One build of one configuration on one host: an actor's row. It is nobody's alone: crews of any workspace with an equal
-- hash follow the same one. `n` is its generation, counted by host and hash; `id` labels what it leaves in Docker and stays
-- when a repair raises `n`.
CREATE TABLE image_builds (
  id text PRIMARY KEY,
  host_id text NOT NULL REFERENCES hosts (id),
  config_hash text NOT NULL CHECK (config_hash ~ '^[0-9a-f]{64}$'),
  n integer NOT NULL CHECK (n >= 1),
  -- Whose crew asked first: for operators. It grants nothing.
  asked_by_workspace_id text NOT NULL REFERENCES workspaces (id),
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  step text CHECK (step IN ('validate', 'pull-base', 'install-features', 'install-mise', 'snapshot', 'tag')),
  steps_done integer NOT NULL DEFAULT 0 CHECK (steps_done BETWEEN 0 AND 6),
  -- Failures of the current step that trying again may mend, in a row.
  step_failures integer NOT NULL DEFAULT 0,
  -- How often its container was lost and everything in it done again.
  restarts integer NOT NULL DEFAULT 0,
  message text CHECK (char_length(message) <= 500),
  log_tail text[] NOT NULL DEFAULT '{}' CHECK (cardinality(log_tail) <= 50),
  spec jsonb NOT NULL,
  -- What steps leave for those after them.
  resolved_features jsonb,
  base_image_id text,
  mise_env jsonb,
  image_id text CHECK (image_id ~ '^sha256:[0-9a-f]{64}$'),
  size_bytes bigint,
  tag text CHECK (char_length(tag) <= 128),
  error_code text CHECK (char_length(error_code) <= 64),
  error_message text CHECK (char_length(error_message) <= 2000),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  deadline_at timestamptz,
  finished_at timestamptz,
  -- Nothing of it is left on its host but the image it made. Until then its actor lives.
  closed_at timestamptz,
  UNIQUE (host_id, config_hash, n)
);
CREATE UNIQUE INDEX image_builds_one_active ON image_builds (host_id, config_hash) WHERE status IN ('queued', 'running');
CREATE INDEX image_builds_open ON image_builds (id) WHERE closed_at IS NULL;

-- The image that a host holds for a configuration. Identity is the full hash and the image's id; the tag is a name.
CREATE TABLE cached_images (
  host_id text NOT NULL REFERENCES hosts (id),
  config_hash text NOT NULL CHECK (config_hash ~ '^[0-9a-f]{64}$'),
  tag text NOT NULL CHECK (char_length(tag) <= 128),
  image_id text NOT NULL CHECK (image_id ~ '^sha256:[0-9a-f]{64}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (host_id, config_hash),
  UNIQUE (host_id, tag)
);
CREATE INDEX cached_images_image ON cached_images (host_id, image_id);

ALTER TABLE crews
  -- Key of the configuration as it is now; null when nothing is to be built, or no host has been chosen yet.
  ADD COLUMN config_hash text CHECK (config_hash ~ '^[0-9a-f]{64}$'),
  -- The last image that was made for the crew, and the configuration that it was made of.
  ADD COLUMN cached_image text CHECK (char_length(cached_image) <= 128),
  ADD COLUMN cached_image_id text CHECK (cached_image_id ~ '^sha256:[0-9a-f]{64}$'),
  ADD COLUMN cached_config_hash text CHECK (cached_config_hash ~ '^[0-9a-f]{64}$'),
  -- What the container that runs was made from.
  ADD COLUMN container_image_id text CHECK (container_image_id ~ '^sha256:[0-9a-f]{64}$'),
  ADD CHECK ((cached_image IS NULL) = (cached_image_id IS NULL) AND (cached_image IS NULL) = (cached_config_hash IS NULL));
CREATE INDEX crews_cached_image ON crews (host_id, cached_image_id) WHERE cached_image_id IS NOT NULL;

-- A crew's provisioning is a job that follows a build, or was answered from the cache.
ALTER TABLE jobs ADD COLUMN build_id text REFERENCES image_builds (id) ON DELETE SET NULL;
CREATE INDEX jobs_build ON jobs (build_id) WHERE build_id IS NOT NULL;
CREATE INDEX jobs_subject ON jobs (subject_id, kind, created_at DESC, id DESC);
CREATE INDEX jobs_active ON jobs (workspace_id, kind) WHERE status IN ('queued', 'running');
CREATE UNIQUE INDEX jobs_one_provision ON jobs (subject_id) WHERE kind = 'provision' AND status IN ('queued', 'running');

-- ---------------------------------------------------------------------------------- grants and row-level security

-- A build is seen through the jobs that follow it, which are their workspace's.
ALTER TABLE image_builds ENABLE ROW LEVEL SECURITY;
ALTER TABLE image_builds FORCE ROW LEVEL SECURITY;
CREATE POLICY app_followers ON image_builds FOR SELECT TO crewship_app
  USING (EXISTS (SELECT 1 FROM jobs j WHERE j.build_id = image_builds.id
    AND j.workspace_id = ANY ((SELECT crewship_workspaces())::text[])));
CREATE POLICY system_all ON image_builds TO crewship_system USING (true) WITH CHECK (true);

-- Images are their host's; tags and hashes are no secret between its workspaces (seed Provisioning, Tenancy).
ALTER TABLE cached_images ENABLE ROW LEVEL SECURITY;
ALTER TABLE cached_images FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON cached_images FOR SELECT TO crewship_app USING (true);
CREATE POLICY system_all ON cached_images TO crewship_system USING (true) WITH CHECK (true);

GRANT SELECT (id, host_id, config_hash, n, status, step, steps_done, message, log_tail, resolved_features, error_code,
  error_message, created_at, started_at, finished_at) ON image_builds TO crewship_app;
GRANT SELECT ON cached_images TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON image_builds, cached_images TO crewship_system;
GRANT SELECT, UPDATE ON jobs TO crewship_system;

-- Finds the image of a configuration on a host, or the build that makes it, or begins one; `p_fresh` passes the image by.
-- Both rows stay locked until the caller's transaction ends: an image that was found is not removed, and a build that was
-- joined does not end, before the caller's job is there. Runs as the system role: whoever joins cannot see the build yet.
-- The caller holds its crew's row, and starts the actor of a build that was begun.
CREATE FUNCTION crewship_join_build(
  p_new_id text, p_workspace_id text, p_host_id text, p_config_hash text, p_spec jsonb, p_fresh boolean,
  OUT outcome text, OUT build_id text, OUT build_n integer, OUT image_tag text, OUT image_id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT p_workspace_id = ANY (crewship_workspaces()) THEN
    RAISE insufficient_privilege USING MESSAGE = 'not a workspace of this session';
  END IF;
  LOOP
    IF NOT p_fresh THEN
      SELECT 'cached', c.tag, c.image_id INTO outcome, image_tag, image_id
        FROM cached_images c WHERE c.host_id = p_host_id AND c.config_hash = p_config_hash FOR SHARE;
      IF FOUND THEN RETURN; END IF;
    END IF;
    SELECT b.status, b.id, b.n INTO outcome, build_id, build_n FROM image_builds b
      WHERE b.host_id = p_host_id AND b.config_hash = p_config_hash AND b.status IN ('queued', 'running') FOR UPDATE;
    IF FOUND THEN RETURN; END IF;
    -- One that ended since the first look left its image.
    IF p_fresh OR NOT EXISTS (
      SELECT 1 FROM cached_images c WHERE c.host_id = p_host_id AND c.config_hash = p_config_hash
    ) THEN
      INSERT INTO image_builds (id, host_id, config_hash, n, asked_by_workspace_id, spec)
        SELECT p_new_id, p_host_id, p_config_hash, coalesce(max(b.n), 0) + 1, p_workspace_id, p_spec
        FROM image_builds b WHERE b.host_id = p_host_id AND b.config_hash = p_config_hash
        ON CONFLICT DO NOTHING RETURNING 'begun', id, n INTO outcome, build_id, build_n;
      IF FOUND THEN RETURN; END IF;
    END IF;
  END LOOP;
END
$$;
ALTER FUNCTION crewship_join_build(text, text, text, text, jsonb, boolean) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_join_build(text, text, text, text, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_join_build(text, text, text, text, jsonb, boolean) TO crewship_app;
