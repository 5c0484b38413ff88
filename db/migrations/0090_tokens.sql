-- Tokens of projects: what a token is, its wallets, what people ask of it, and the ledger that is only added to. All of
-- it changes while its project is held.
CREATE TABLE token_contracts (
  project_id text PRIMARY KEY,
  workspace_id text NOT NULL,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
  symbol text NOT NULL CHECK (symbol ~ '^[A-Za-z][A-Za-z0-9]{1,10}$'),
  decimals smallint NOT NULL CHECK (decimals BETWEEN 0 AND 18),
  -- In base units, as all amounts; null: what a ledger can count.
  max_supply numeric(78, 0) CHECK (max_supply > 0),
  four_eyes boolean NOT NULL,
  allow_direct boolean NOT NULL,
  paused boolean NOT NULL,
  total_supply numeric(78, 0) NOT NULL DEFAULT 0 CHECK (total_supply >= 0),
  -- The head of the ledger's chain.
  last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
  last_hash text NOT NULL DEFAULT repeat('0', 64) CHECK (last_hash ~ '^[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (total_supply <= max_supply),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id)
);

CREATE TABLE token_wallets (
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  -- In lower case; how it is shown follows from it.
  address text NOT NULL CHECK (address ~ '^0x[0-9a-f]{40}$'),
  label text CHECK (char_length(label) BETWEEN 1 AND 100),
  owner_type text NOT NULL CHECK (owner_type IN ('user', 'agent', 'treasury', 'external')),
  owner_id text CHECK (char_length(owner_id) <= 64),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'frozen')),
  balance numeric(78, 0) NOT NULL DEFAULT 0 CHECK (balance >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, address),
  CHECK ((owner_type IN ('user', 'agent')) = (owner_id IS NOT NULL)),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id)
);
CREATE UNIQUE INDEX token_wallets_treasury ON token_wallets (project_id) WHERE owner_type = 'treasury';
CREATE INDEX token_wallets_listed ON token_wallets (project_id, created_at, address);

CREATE TABLE token_requests (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  project_id text NOT NULL,
  type text NOT NULL CHECK (type IN ('mint', 'transfer', 'burn')),
  amount numeric(78, 0) NOT NULL CHECK (amount > 0),
  from_address text,
  to_address text,
  reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 1000),
  -- Asked for and approved by one person in one step.
  direct boolean NOT NULL,
  -- Whether who asked may not approve it, as it was then.
  four_eyes boolean NOT NULL,
  status text NOT NULL
    CHECK (status IN ('pending', 'approved', 'rejected', 'cancelled', 'executing', 'executed', 'failed')),
  requested_by text NOT NULL REFERENCES users (id),
  -- While it is pending: until when it can be decided.
  expires_at timestamptz,
  note text CHECK (char_length(note) <= 1000),
  decided_by text REFERENCES users (id),
  decided_at timestamptz,
  executed_by text REFERENCES users (id),
  executed_at timestamptz,
  ledger_seq bigint,
  error text CHECK (char_length(error) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((type <> 'mint') = (from_address IS NOT NULL)),
  CHECK ((type <> 'burn') = (to_address IS NOT NULL)),
  CHECK (from_address <> to_address),
  CHECK ((status = 'pending') = (decided_at IS NULL)),
  CHECK ((status = 'executed') = (ledger_seq IS NOT NULL)),
  CHECK ((status = 'failed') = (error IS NOT NULL)),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
  FOREIGN KEY (project_id, from_address) REFERENCES token_wallets (project_id, address),
  FOREIGN KEY (project_id, to_address) REFERENCES token_wallets (project_id, address)
);
CREATE INDEX token_requests_newest ON token_requests (project_id, created_at DESC, id DESC);
CREATE INDEX token_requests_open ON token_requests (project_id) WHERE status = 'pending';

-- What leaves one wallet enters another; null: units are made or destroyed.
CREATE TABLE token_entries (
  workspace_id text NOT NULL,
  project_id text NOT NULL REFERENCES token_contracts (project_id),
  seq bigint NOT NULL CHECK (seq > 0),
  from_address text,
  to_address text,
  amount numeric(78, 0) NOT NULL CHECK (amount > 0),
  request_id text NOT NULL UNIQUE REFERENCES token_requests (id),
  prev_hash text NOT NULL CHECK (prev_hash ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (project_id, seq),
  CHECK (coalesce(from_address, to_address) IS NOT NULL),
  CHECK (from_address <> to_address),
  FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id)
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['token_contracts', 'token_wallets', 'token_requests', 'token_entries'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON token_contracts, token_wallets, token_requests TO crewship_app;
-- Whoever is the application changes nothing of what was booked.
GRANT SELECT, INSERT ON token_entries TO crewship_app;
GRANT SELECT ON token_contracts, token_wallets, token_requests, token_entries TO crewship_system;
