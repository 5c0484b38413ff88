-- Providers of sign-in (OpenID Connect), who is known by them, and tokens of the tier ADMIN.
CREATE TABLE sso_providers (
  id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,49}$'),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  issuer text NOT NULL CHECK (char_length(issuer) <= 1024),
  client_id text NOT NULL CHECK (char_length(client_id) BETWEEN 1 AND 255),
  sealed_client_secret text CHECK (char_length(sealed_client_secret) <= 8192),
  -- None: any address, of people who are known already.
  allowed_domains text[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed_domains) <= 50),
  -- Whether what it says of an address is believed of accounts that were made otherwise.
  trusts_email boolean NOT NULL DEFAULT false,
  -- Where somebody who has no account becomes what; without both nobody gets an account by it.
  join_workspace_id text REFERENCES workspaces (id),
  join_role text CHECK (join_role IN ('ADMIN', 'MANAGER', 'MEMBER', 'VIEWER')),
  is_enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((join_workspace_id IS NULL) = (join_role IS NULL)),
  CHECK (join_role IS NULL OR cardinality(allowed_domains) > 0)
);
ALTER TABLE sso_providers ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_providers FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON sso_providers TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_providers TO crewship_system;

-- A subject is its issuer's: a provider that is pointed at another issuer knows nobody.
CREATE TABLE external_identities (
  provider_id text NOT NULL REFERENCES sso_providers (id) ON DELETE CASCADE,
  issuer text NOT NULL CHECK (char_length(issuer) <= 1024),
  subject text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 255),
  user_id text NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider_id, issuer, subject)
);
CREATE INDEX external_identities_person ON external_identities (user_id);
ALTER TABLE external_identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE external_identities FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON external_identities TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON external_identities TO crewship_system;

-- Tokens of the tier ADMIN: of an OWNER, for at most a week, stored as a MAC, and audited at every use.
ALTER TABLE access_tokens
  ADD COLUMN tier text NOT NULL DEFAULT 'STANDARD' CHECK (tier IN ('STANDARD', 'ADMIN')),
  ADD CHECK (tier = 'STANDARD' OR (kind = 'cli' AND expires_at IS NOT NULL));
