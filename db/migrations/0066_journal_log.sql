-- The journal as a Merkle log: one for each stream, whose leaves are its entries by their positions.

-- What is sealed of a stream: its size, and the checkpoint that says so.
CREATE TABLE journal_logs (
  stream text PRIMARY KEY CHECK (char_length(stream) <= 64),
  workspace_id text,
  size bigint NOT NULL CHECK (size >= 0),
  sealed_at timestamptz NOT NULL DEFAULT now()
);

-- Hashes by level and number, 256 of 32 bytes each but for the last of a level: the tiles of C2SP tlog-tiles. Those of
-- level 0 are of leaves, one of level n + 1 is the root of a full tile of level n.
CREATE TABLE journal_tiles (
  stream text NOT NULL REFERENCES journal_logs (stream),
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
  tile bigint NOT NULL CHECK (tile >= 0),
  workspace_id text,
  hashes bytea NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
  PRIMARY KEY (stream, level, tile)
);
ALTER TABLE journal_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Signed notes, C2SP tlog-checkpoint: the newest, and one for each 256 leaves before it.
CREATE TABLE journal_checkpoints (
  stream text NOT NULL REFERENCES journal_logs (stream),
  size bigint NOT NULL CHECK (size > 0),
  workspace_id text,
  -- Which of the instance's keys signed it.
  kid text NOT NULL REFERENCES instance_keys (id),
  note text NOT NULL CHECK (octet_length(note) <= 1024),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream, size)
);

-- What hides personal fields in leaves, one for each who acted: without it nobody can tell by trying whom a leaf means.
CREATE TABLE journal_salts (
  stream text NOT NULL,
  -- The type of who acted and its id, which may be empty.
  actor_type text NOT NULL,
  actor_id text NOT NULL CHECK (char_length(actor_id) <= 256),
  workspace_id text,
  salt bytea NOT NULL CHECK (octet_length(salt) = 32),
  PRIMARY KEY (stream, actor_type, actor_id)
);

-- Entries whose personal fields are gone: what stood for them in their leaves.
CREATE TABLE journal_erasures (
  entry_id text PRIMARY KEY,
  workspace_id text,
  personal bytea NOT NULL CHECK (octet_length(personal) = 32),
  erased_at timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY
    ARRAY['journal_logs', 'journal_tiles', 'journal_checkpoints', 'journal_salts', 'journal_erasures'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
    EXECUTE format('GRANT SELECT ON %I TO crewship_app', tenant_table);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO crewship_system', tenant_table);
  END LOOP;
END
$$;
GRANT UPDATE ON journal_logs, journal_tiles TO crewship_system;
GRANT DELETE ON journal_checkpoints TO crewship_system;

-- The salt of one entry: that of who acted, made the entry's own.
CREATE FUNCTION crewship_journal_salt(p_salt bytea, p_entry_id text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT sha256(p_salt || convert_to(p_entry_id, 'UTF8'))
$$;

-- The personal fields of an entry as text. JSON as Postgres writes jsonb is canonical: members by length and bytes,
-- numbers with the digits that they were given.
CREATE FUNCTION crewship_journal_personal(e journal_entries) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('actor_id', e.actor_id, 'address', e.address, 'user_agent', e.user_agent,
    'token', e.auth_token_id, 'session', e.auth_session_id)::text
$$;

CREATE FUNCTION crewship_journal_content(e journal_entries) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('summary', e.summary, 'payload', e.payload, 'refs', e.refs)::text
$$;

-- What is hashed of an entry at a position. Content and personal fields are in it by their hashes, so that a leaf still
-- verifies when those are deleted.
CREATE FUNCTION crewship_journal_leaf(e journal_entries, p_position bigint, p_personal bytea) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('v', 1, 'position', p_position, 'id', e.id, 'workspace_id', e.workspace_id,
    'ts', to_char(e.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'entry_type', e.entry_type,
    'severity', e.severity, 'crew_id', e.crew_id, 'agent_id', e.agent_id, 'mission_id', e.mission_id,
    'project_id', e.project_id, 'task_id', e.task_id, 'actor_type', e.actor_type, 'target_type', e.target_type,
    'target_id', e.target_id, 'auth_method', e.auth_method, 'request_id', e.request_id, 'trace_id', e.trace_id,
    'span_id', e.span_id, 'content', encode(sha256(convert_to(crewship_journal_content(e), 'UTF8')), 'hex'),
    'personal', encode(p_personal, 'hex'))::text
$$;

-- Takes who acted out of the journal: the fields, and what hid them. Leaves stay as they are.
CREATE FUNCTION crewship_erase_actor(p_actor_type text, p_actor_id text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'public', 'pg_temp' AS $$
DECLARE
  erased bigint;
BEGIN
  -- Whoever seals at this moment hashes what is about to go.
  PERFORM pg_advisory_xact_lock(7263005);
  -- What is not sealed yet and has no salt is sealed with what is left of it.
  INSERT INTO journal_erasures (entry_id, workspace_id, personal)
  SELECT e.id, e.workspace_id, sha256(crewship_journal_salt(s.salt, e.id) ||
    convert_to(crewship_journal_personal(e), 'UTF8'))
  FROM journal_entries e
  JOIN journal_salts s ON s.stream = coalesce(e.workspace_id, 'instance') AND s.actor_type = e.actor_type
    AND s.actor_id = coalesce(e.actor_id, '')
  WHERE e.actor_type = p_actor_type AND e.actor_id = p_actor_id
  ON CONFLICT (entry_id) DO NOTHING;
  UPDATE journal_entries SET actor_id = NULL, address = NULL, user_agent = NULL, auth_token_id = NULL,
    auth_session_id = NULL
  WHERE actor_type = p_actor_type AND actor_id = p_actor_id;
  GET DIAGNOSTICS erased = ROW_COUNT;
  DELETE FROM journal_salts WHERE actor_type = p_actor_type AND actor_id = p_actor_id;
  RETURN erased;
END
$$;
REVOKE ALL ON FUNCTION crewship_erase_actor(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_erase_actor(text, text) TO crewship_system;
