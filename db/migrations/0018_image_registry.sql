-- Images that a host is told to remove. The row of a cached image has gone by then, so that nobody is given it any more;
-- this one goes when the daemon has none of it.
CREATE TABLE image_removals (
  host_id text NOT NULL REFERENCES hosts (id),
  image_id text NOT NULL CHECK (image_id ~ '^sha256:[0-9a-f]{64}$'),
  requested_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (host_id, image_id)
);

ALTER TABLE image_removals ENABLE ROW LEVEL SECURITY;
ALTER TABLE image_removals FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON image_removals TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON image_removals TO crewship_system;
