-- Mails to people, one-time links, codes that pair a program with a person, and addresses that are verified.

-- A mail is a row first. Its link's token lies here sealed until it is sent, and nowhere else; then it is dropped.
CREATE TABLE mails (
  id text PRIMARY KEY,
  -- Null: the instance's.
  workspace_id text REFERENCES workspaces (id),
  kind text NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 40),
  recipient text NOT NULL CHECK (recipient = lower(recipient) AND char_length(recipient) BETWEEN 3 AND 254),
  -- Names that its text says: never a secret.
  words jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(words::text) <= 4000),
  sealed_token text CHECK (char_length(sealed_token) <= 1024),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'dead', 'expired')),
  attempts integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL DEFAULT now(),
  -- What it says counts for nothing afterwards.
  expires_at timestamptz NOT NULL,
  error_code text CHECK (char_length(error_code) <= 64),
  settled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (status = 'pending' OR (sealed_token IS NULL AND settled_at IS NOT NULL))
);
CREATE INDEX mails_due ON mails (next_try_at) WHERE status = 'pending';
CREATE INDEX mails_recipient ON mails (recipient, kind, created_at DESC);
CREATE INDEX mails_settled ON mails (settled_at) WHERE status <> 'pending';
ALTER TABLE mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE mails FORCE ROW LEVEL SECURITY;
CREATE POLICY app_append ON mails FOR INSERT TO crewship_app
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON mails TO crewship_system USING (true) WITH CHECK (true);
GRANT INSERT ON mails TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mails TO crewship_system;

-- Null: nobody has shown that mails to the address reach this person. Who signed up while mails are sent signs in only
-- after that.
ALTER TABLE users
  ADD COLUMN email_verified_at timestamptz,
  ADD COLUMN awaits_verification boolean NOT NULL DEFAULT false;

-- Links of mails: once, in time, and the newest of a purpose only.
CREATE TABLE one_time_tokens (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  purpose text NOT NULL CHECK (purpose IN ('reset_password', 'verify_email', 'set_up_account')),
  user_id text NOT NULL REFERENCES users (id),
  -- Whether only who reads the person's mails has it; a link that was shown to whoever made it proves nothing.
  proves_address boolean NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, purpose)
);
CREATE INDEX one_time_tokens_expired ON one_time_tokens (expires_at);
ALTER TABLE one_time_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE one_time_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON one_time_tokens TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON one_time_tokens TO crewship_system;

-- Codes that a person types into a program. The token that comes of one is no wider than the credential that asked.
CREATE TABLE pairing_codes (
  code_digest bytea PRIMARY KEY CHECK (octet_length(code_digest) = 32),
  user_id text NOT NULL REFERENCES users (id),
  adapter_hint text CHECK (adapter_hint ~ '^[A-Z0-9_]{1,32}$'),
  parent_token_id text REFERENCES access_tokens (id),
  session_id text,
  scopes text[],
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pairing_codes_expired ON pairing_codes (expires_at);
CREATE INDEX pairing_codes_person ON pairing_codes (user_id);
ALTER TABLE pairing_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE pairing_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON pairing_codes TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON pairing_codes TO crewship_system;

-- Makes an account without a password for somebody whom a workspace of the caller's sight brings in, and the link by
-- which they choose one. False: the address has an account.
CREATE FUNCTION crewship_provision_person(
  p_id text, p_email text, p_usernames text[], p_full_name text, p_workspace_id text, p_token_hash bytea,
  p_proves_address boolean, p_valid_seconds integer
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  candidate text;
BEGIN
  IF NOT coalesce(p_workspace_id = ANY (crewship_workspaces()::text[]), false) THEN
    RAISE EXCEPTION 'the workspace is not in sight' USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOREACH candidate IN ARRAY p_usernames LOOP
    INSERT INTO users (id, email, username, full_name, home_workspace_id)
    VALUES (p_id, p_email, candidate, p_full_name, p_workspace_id) ON CONFLICT DO NOTHING;
    IF FOUND THEN
      INSERT INTO one_time_tokens (token_hash, purpose, user_id, proves_address, expires_at)
      VALUES (p_token_hash, 'set_up_account', p_id, p_proves_address, now() + make_interval(secs => p_valid_seconds));
      RETURN true;
    END IF;
    IF EXISTS (SELECT 1 FROM users WHERE email = p_email) THEN
      RETURN false;
    END IF;
  END LOOP;
  RAISE EXCEPTION 'no username is free' USING ERRCODE = 'unique_violation';
END
$$;
ALTER FUNCTION crewship_provision_person(text, text, text[], text, text, bytea, boolean, integer)
  OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_provision_person(text, text, text[], text, text, bytea, boolean, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_provision_person(text, text, text[], text, text, bytea, boolean, integer)
  TO crewship_app;
