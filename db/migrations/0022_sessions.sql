-- Sessions of people: what a browser or a program carries names the row, and the row decides at every request.
-- `refresh_jti` is the id of the newest refresh token, `previous_jti` of the one before it, taken for a moment more.
ALTER TABLE auth_sessions
  ALTER COLUMN refresh_jti SET NOT NULL,
  ADD COLUMN previous_jti text,
  ADD COLUMN refreshed_at timestamptz,
  ADD COLUMN default_workspace_id text REFERENCES workspaces (id);
CREATE INDEX auth_sessions_expired ON auth_sessions (expires_at);
GRANT DELETE ON auth_sessions TO crewship_system;

-- Nobody gets in as somebody who is disabled, by any credential.
ALTER TABLE users ADD COLUMN disabled_at timestamptz;

-- Attempts to sign in under a name, counted before the password is looked at. `origin` is the network they come from, a
-- device that signed in before, or `*` for all that are not such a device. Here and not in Redis: a flush forgives nobody.
CREATE TABLE login_attempts (
  name_digest bytea NOT NULL CHECK (octet_length(name_digest) = 32),
  origin text NOT NULL CHECK (char_length(origin) <= 96),
  failures integer NOT NULL CHECK (failures > 0),
  last_at timestamptz NOT NULL,
  blocked_until timestamptz,
  PRIMARY KEY (name_digest, origin)
);
CREATE INDEX login_attempts_last ON login_attempts (last_at);
ALTER TABLE login_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON login_attempts TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON login_attempts TO crewship_system;
