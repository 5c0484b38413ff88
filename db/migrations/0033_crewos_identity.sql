-- Keys that the instance signs with, one at a time for each purpose: access tokens today. The id is the `kid`, the
-- key's thumbprint. A private half is sealed by the key ring and deleted when the next key takes over; the public half
-- is
-- published, and its signatures count, until `verifies_until`, for ever where that is null.
CREATE TABLE instance_keys (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{43}$'),
  purpose text NOT NULL CHECK (purpose ~ '^[a-z][a-z_]{1,39}$'),
  public_jwk jsonb NOT NULL,
  sealed_private text,
  created_at timestamptz NOT NULL DEFAULT now(),
  retired_at timestamptz,
  verifies_until timestamptz,
  CHECK ((retired_at IS NULL) = (sealed_private IS NOT NULL)),
  CHECK (retired_at IS NOT NULL OR verifies_until IS NULL)
);
CREATE UNIQUE INDEX instance_keys_current ON instance_keys (purpose) WHERE retired_at IS NULL;
ALTER TABLE instance_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE instance_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON instance_keys TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON instance_keys TO crewship_system;

-- How long the refresh token before the newest one is still taken: tabs of one browser share a cookie, a program has
-- one refresh under way and may have lost its answer.
ALTER TABLE auth_sessions
  ADD COLUMN refresh_grace_seconds integer NOT NULL DEFAULT 60 CHECK (refresh_grace_seconds BETWEEN 0 AND 60);

-- An API key works in one workspace, with what its maker may do there.
ALTER TABLE access_tokens ADD CHECK (kind <> 'api_key' OR workspace_id IS NOT NULL);
