-- What leaves the instance for people: their own receivers of webhooks, and each mail and webhook as a row of its own.

CREATE TABLE notification_channels (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  url text NOT NULL CHECK (char_length(url) BETWEEN 8 AND 2048),
  format text NOT NULL CHECK (format IN ('standard', 'cloudevents')),
  signature text NOT NULL CHECK (signature IN ('hmac-sha256', 'ed25519')),
  sealed_secret text NOT NULL CHECK (char_length(sealed_secret) <= 1024),
  -- Signs beside the new one until then.
  sealed_old_secret text CHECK (char_length(sealed_old_secret) <= 1024),
  old_secret_until timestamptz,
  -- What checks an Ed25519 signature.
  public_key text CHECK (char_length(public_key) <= 100),
  enabled boolean NOT NULL DEFAULT true,
  -- Why it was switched off by itself.
  disabled_reason text CHECK (disabled_reason IN ('gone', 'failing')),
  -- Deliveries that died one after the other.
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((sealed_old_secret IS NULL) = (old_secret_until IS NULL)),
  CHECK ((signature = 'ed25519') = (public_key IS NOT NULL)),
  CHECK (NOT enabled OR disabled_reason IS NULL),
  UNIQUE (workspace_id, id)
);
CREATE INDEX notification_channels_person ON notification_channels (user_id, workspace_id);

-- Its id is that of the message, whatever happens on the way: who gets it twice knows.
CREATE TABLE deliveries (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('notification', 'digest', 'test')),
  cause text NOT NULL DEFAULT 'direct' CHECK (cause IN ('direct', 'staggered')),
  channel text NOT NULL CHECK (channel IN ('email', 'webhook')),
  channel_id text CHECK (char_length(channel_id) <= 64),
  -- The type of the item that it tells of; null of what tells of none or of several.
  type text CHECK (char_length(type) <= 64),
  item_id text CHECK (char_length(item_id) <= 64),
  -- A digest that still gathers what it tells.
  gathers boolean NOT NULL DEFAULT false,
  -- The one that it is told with.
  digest_id text CHECK (char_length(digest_id) <= 64),
  status text NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'sending', 'failed', 'delivered', 'dead', 'skipped', 'digested')),
  -- How often it was tried in all, and since it was last asked for.
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  -- While it is being sent: until when that is one process's work.
  due_at timestamptz NOT NULL DEFAULT now(),
  code text CHECK (char_length(code) <= 64),
  response_status integer CHECK (response_status BETWEEN 100 AND 999),
  settled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((channel = 'webhook') = (channel_id IS NOT NULL)),
  CHECK ((purpose = 'notification') = (item_id IS NOT NULL)),
  CHECK (NOT gathers OR (purpose = 'digest' AND status = 'pending')),
  CHECK ((status = 'digested') = (digest_id IS NOT NULL)),
  CHECK ((status IN ('pending', 'sending', 'failed')) = (settled_at IS NULL)),
  UNIQUE (workspace_id, id)
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (item_id, user_id, channel, channel_id) NULLS NOT DISTINCT
  WHERE purpose = 'notification';
CREATE UNIQUE INDEX deliveries_gathering ON deliveries (workspace_id, user_id, channel, channel_id) NULLS NOT DISTINCT
  WHERE gathers;
CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE settled_at IS NULL;
CREATE INDEX deliveries_of_digest ON deliveries (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX deliveries_person ON deliveries (user_id, workspace_id, created_at DESC, id DESC);
CREATE INDEX deliveries_newest ON deliveries (workspace_id, created_at DESC, id DESC);
CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL;

-- Who has preferences is looked for with each item of the inbox.
CREATE INDEX config_documents_notifying ON config_documents (workspace_id, key)
  WHERE kind = 'notifications'
    AND (body->'channels'->'email'->>'enabled' = 'true' OR body->'channels'->'webhook'->>'enabled' = 'true');

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['notification_channels', 'deliveries'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON notification_channels TO crewship_app;
GRANT SELECT, UPDATE ON notification_channels TO crewship_system;
-- Whoever sends looks at what is read already.
GRANT SELECT ON inbox_receipts TO crewship_system;
GRANT SELECT, INSERT, UPDATE ON deliveries TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO crewship_system;
