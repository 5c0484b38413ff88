-- Conversations: who a chat belongs to and who else sees it, its messages, what its turns tell as they go, its shares
-- and what people think of its answers.

ALTER TABLE chats NO FORCE ROW LEVEL SECURITY;
ALTER TABLE chats DROP CONSTRAINT chats_status_check;
UPDATE chats SET status = CASE status WHEN 'ACTIVE' THEN 'active' ELSE 'closed' END;
ALTER TABLE chats ALTER COLUMN status SET DEFAULT 'active';
ALTER TABLE chats
  ADD CONSTRAINT chats_status_check CHECK (status IN ('active', 'closed', 'archived')),
  ADD COLUMN owner_user_id text REFERENCES users (id),
  ADD COLUMN project_id text,
  -- workspace: of a mission, or of agents among themselves; every member reads what is told of it.
  ADD COLUMN visibility text NOT NULL DEFAULT 'workspace' CHECK (visibility IN ('private', 'project', 'workspace')),
  ADD COLUMN external_id text CHECK (char_length(external_id) BETWEEN 1 AND 128),
  ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}'
    CHECK (jsonb_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 16384),
  ADD COLUMN summary text CHECK (char_length(summary) <= 2000),
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  -- Numbers of the newest message and of the newest event, given out by the update of this row.
  ADD COLUMN message_seq bigint NOT NULL DEFAULT 0,
  ADD COLUMN event_seq bigint NOT NULL DEFAULT 0,
  -- Goes up when somebody may see less of it than before.
  ADD COLUMN access_seq bigint NOT NULL DEFAULT 0,
  -- The turn that is under way.
  ADD COLUMN turn_job_id text,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN closed_at timestamptz,
  ADD COLUMN archived_at timestamptz,
  ADD COLUMN deleted_at timestamptz,
  ADD CHECK (visibility <> 'project' OR project_id IS NOT NULL),
  ADD CHECK (visibility = 'workspace' OR owner_user_id IS NOT NULL),
  ADD FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id);
UPDATE chats SET owner_user_id = user_id, visibility = 'private' WHERE mode <> 'MISSION' AND user_id IS NOT NULL;
ALTER TABLE chats FORCE ROW LEVEL SECURITY;
CREATE INDEX chats_newest ON chats (workspace_id, last_activity_at DESC, id DESC)
  WHERE mode <> 'MISSION' AND deleted_at IS NULL;
CREATE UNIQUE INDEX chats_external ON chats (workspace_id, owner_user_id, external_id)
  WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX chats_turns ON chats (workspace_id) WHERE turn_job_id IS NOT NULL;
CREATE INDEX runs_of_job ON runs (job_id) WHERE job_id IS NOT NULL;

-- Who answers where nobody else is named.
ALTER TABLE workspaces ADD COLUMN default_agent_id text,
  ADD FOREIGN KEY (id, default_agent_id) REFERENCES agents (workspace_id, id);
ALTER TABLE projects ADD COLUMN default_agent_id text,
  ADD FOREIGN KEY (workspace_id, default_agent_id) REFERENCES agents (workspace_id, id);

GRANT UPDATE (default_agent_id) ON workspaces TO crewship_app;

CREATE TABLE chat_messages (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  chat_id text NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 1),
  role text NOT NULL CHECK (role IN ('user', 'assistant')),
  content text NOT NULL CHECK (char_length(content) <= 65536),
  author_user_id text REFERENCES users (id),
  agent_id text,
  job_id text,
  run_id text,
  finish_reason text CHECK (finish_reason IN ('stop', 'length', 'cancelled', 'waiting', 'error')),
  metadata jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(metadata::text) <= 16384),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (chat_id, seq),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id)
);
CREATE INDEX chat_messages_job ON chat_messages (job_id) WHERE job_id IS NOT NULL;

-- What a turn tells while it goes on, in the order of its commits. Streams are read from here.
CREATE TABLE chat_events (
  workspace_id text NOT NULL,
  chat_id text NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 1),
  job_id text NOT NULL,
  run_id text,
  type text NOT NULL CHECK (char_length(type) <= 64),
  data jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (chat_id, seq),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id)
);
CREATE INDEX chat_events_job ON chat_events (job_id, seq);

CREATE TABLE chat_shares (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  chat_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'editor')),
  kind text NOT NULL CHECK (kind IN ('user', 'email', 'link')),
  user_id text REFERENCES users (id),
  email text CHECK (char_length(email) <= 254),
  token_hash bytea CHECK (octet_length(token_hash) = 32),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'revoked')),
  accepted_by text REFERENCES users (id),
  accepted_at timestamptz,
  expires_at timestamptz NOT NULL,
  created_by text NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, id),
  CHECK ((kind = 'user') = (user_id IS NOT NULL)),
  CHECK ((kind = 'email') = (email IS NOT NULL)),
  CHECK ((kind = 'user') = (token_hash IS NULL)),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id)
);
CREATE INDEX chat_shares_newest ON chat_shares (chat_id, created_at DESC, id DESC);

-- Who takes part beside the owner: the one source of access to what is not shown to a whole project.
CREATE TABLE chat_participants (
  workspace_id text NOT NULL,
  chat_id text NOT NULL,
  user_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'editor')),
  share_id text,
  expires_at timestamptz,
  added_by text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chat_id, user_id),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id),
  FOREIGN KEY (workspace_id, share_id) REFERENCES chat_shares (workspace_id, id),
  FOREIGN KEY (user_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);
CREATE INDEX chat_participants_person ON chat_participants (user_id, workspace_id);

CREATE TABLE chat_reads (
  workspace_id text NOT NULL,
  chat_id text NOT NULL,
  user_id text NOT NULL,
  last_read_at timestamptz NOT NULL,
  last_read_seq bigint NOT NULL,
  PRIMARY KEY (chat_id, user_id),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id),
  FOREIGN KEY (user_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);

CREATE TABLE message_feedback (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  chat_id text NOT NULL,
  message_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id),
  rating smallint NOT NULL CHECK (rating BETWEEN -1 AND 1),
  signal text NOT NULL DEFAULT ''
    CHECK (signal IN ('', 'helpful', 'not_helpful', 'inaccurate', 'unsafe', 'edit', 'regenerate')),
  comment text CHECK (char_length(comment) <= 4096),
  tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 10),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (message_id, user_id, signal),
  FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id),
  FOREIGN KEY (workspace_id, message_id) REFERENCES chat_messages (workspace_id, id)
);
CREATE INDEX message_feedback_time ON message_feedback (workspace_id, created_at);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['chat_messages', 'chat_events', 'chat_shares', 'chat_participants', 'chat_reads',
    'message_feedback'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT ON chat_messages, chat_events TO crewship_app;
GRANT SELECT, INSERT, UPDATE ON chat_shares, chat_reads, message_feedback TO crewship_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON chat_participants TO crewship_app;
-- Whether who takes a share that is meant for an address owns it.
GRANT SELECT (email_verified_at) ON users TO crewship_app;
GRANT SELECT ON chat_messages, chat_events, chat_shares, chat_participants, chat_reads, message_feedback
  TO crewship_system;

-- What somebody may do in a chat: null, they may not know of it; viewer reads, editor writes too, manager closes it
-- (of a project's chat, who edits the project), owner shares it. Row-level security is the caller's.
CREATE FUNCTION crewship_chat_role(p_chat_id text, p_user_id text) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN c.owner_user_id = p_user_id THEN 'owner'
    WHEN c.visibility = 'project' AND p.role IN ('editor', 'owner') THEN 'manager'
    WHEN cp.role = 'editor' THEN 'editor'
    WHEN cp.role = 'viewer' OR c.visibility = 'workspace' THEN 'viewer'
    WHEN c.visibility = 'project' AND p.role IS NOT NULL THEN 'viewer'
  END
  FROM chats c
  JOIN memberships m ON m.workspace_id = c.workspace_id AND m.user_id = p_user_id AND m.disabled_at IS NULL
  LEFT JOIN chat_participants cp ON cp.chat_id = c.id AND cp.user_id = p_user_id
    AND (cp.expires_at IS NULL OR cp.expires_at > clock_timestamp())
  LEFT JOIN LATERAL (
    SELECT crewship_project_role(c.project_id, p_user_id) AS role WHERE c.visibility = 'project'
  ) p ON true
  WHERE c.id = p_chat_id AND c.deleted_at IS NULL
$$;
-- Whether somebody may read what belongs to a chat elsewhere: a run, its output. What names no chat is not kept back.
CREATE FUNCTION crewship_sees_chat(p_chat_id text, p_user_id text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce((
    SELECT c.visibility = 'workspace' OR crewship_chat_role(c.id, p_user_id) IS NOT NULL
    FROM chats c WHERE c.id = p_chat_id
  ), true)
$$;
REVOKE ALL ON FUNCTION crewship_chat_role(text, text), crewship_sees_chat(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_chat_role(text, text), crewship_sees_chat(text, text)
  TO crewship_app, crewship_system;

-- As before, for chats too: what is not the whole workspace's is read by those who see it.
CREATE OR REPLACE FUNCTION crewship_journal_audience(p_target_type text, p_target_id text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN p.visibility = 'private'
    THEN ARRAY(SELECT m.user_id FROM project_members m WHERE m.project_id = p.id) END
  FROM projects p WHERE p_target_type = 'project' AND p.id = p_target_id
  UNION ALL
  SELECT CASE WHEN c.visibility = 'workspace' OR c.visibility = 'project' AND p.visibility = 'workspace' THEN NULL
    ELSE ARRAY(
      SELECT c.owner_user_id
      UNION
      SELECT cp.user_id FROM chat_participants cp
      WHERE cp.chat_id = c.id AND (cp.expires_at IS NULL OR cp.expires_at > clock_timestamp())
      UNION
      SELECT m.user_id FROM project_members m WHERE c.visibility = 'project' AND m.project_id = c.project_id) END
  FROM chats c LEFT JOIN projects p ON p.id = c.project_id WHERE p_target_type = 'chat' AND c.id = p_target_id
$$;

-- As before, past what is told of chats that the reader may not know of.
CREATE OR REPLACE FUNCTION public.crewship_search_journal(
  p_workspace_id text, p_phrase text, p_crew_ids text[], p_agent_ids text[], p_mission_id text, p_trace_id text,
  p_entry_types text[], p_exclude_entry_types text[], p_severities text[], p_actor_types text[], p_priorities text[],
  p_since timestamptz, p_until timestamptz, p_before_ts timestamptz, p_before_id text, p_limit integer,
  p_viewer_id text DEFAULT NULL)
 RETURNS TABLE(entry_id text, entry_ts timestamp with time zone)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
DECLARE
  phrase tsquery := phraseto_tsquery('pg_catalog.simple', crewship_split_words(p_phrase));
  wanted tsquery;
  newest_from timestamptz;
  lower_bound timestamptz := p_since;
  upper_bound timestamptz := p_until;
  missing integer := p_limit;
  page integer;
BEGIN
  -- A phrase without a word matches nothing; joined to the workspace's word it would match everything.
  IF numnode(phrase) = 0 OR p_workspace_id <> ALL (crewship_workspaces()) THEN
    RETURN;
  END IF;
  wanted := phrase
    && format('''%s''', 'workspace:' || replace(replace(p_workspace_id, '\', '\\'), '''', ''''''))::tsquery;
  IF p_limit IS NOT NULL THEN
    SELECT e.ts INTO newest_from FROM journal_entries e
      WHERE e.workspace_id = p_workspace_id AND (p_since IS NULL OR e.ts >= p_since)
        AND (p_until IS NULL OR e.ts < p_until) AND (p_before_ts IS NULL OR e.ts <= p_before_ts)
      ORDER BY e.ts DESC, e.id DESC OFFSET 500 LIMIT 1;
    lower_bound := coalesce(newest_from, p_since);
  END IF;
  LOOP
    RETURN QUERY
      SELECT e.id, e.ts FROM journal_entries e
      -- The same condition twice, one of them constant: IS TRUE keeps it from being looked up in the index, whose
      -- entries would all be read to find the newest. How many hold a phrase is beyond the planner's statistics.
      WHERE (newest_from IS NOT NULL OR crewship_journal_terms(e.workspace_id, e.summary, e.payload) @@ wanted)
        AND (newest_from IS NULL OR (crewship_journal_terms(e.workspace_id, e.summary, e.payload) @@ wanted) IS TRUE)
        AND e.entry_type <> 'exec.output_chunk'
        AND e.workspace_id = p_workspace_id
        AND (p_crew_ids IS NULL OR e.crew_id = ANY (p_crew_ids))
        AND (p_agent_ids IS NULL OR e.agent_id = ANY (p_agent_ids))
        AND (p_mission_id IS NULL OR e.mission_id = p_mission_id)
        AND (p_trace_id IS NULL OR e.trace_id = p_trace_id)
        AND (p_entry_types IS NULL OR e.entry_type = ANY (p_entry_types))
        AND (p_exclude_entry_types IS NULL OR e.entry_type <> ALL (p_exclude_entry_types))
        AND (p_severities IS NULL OR e.severity = ANY (p_severities))
        AND (p_actor_types IS NULL OR e.actor_type = ANY (p_actor_types))
        AND (p_priorities IS NULL OR coalesce(
          (SELECT a.priority FROM journal_annotations a WHERE a.entry_id = e.id), 'normal') = ANY (p_priorities))
        AND (lower_bound IS NULL OR e.ts >= lower_bound)
        AND (upper_bound IS NULL OR e.ts < upper_bound)
        AND (p_viewer_id IS NULL OR coalesce(e.target_type NOT IN ('project', 'chat'), true)
          OR coalesce(p_viewer_id = ANY (crewship_journal_audience(e.target_type, e.target_id)), true))
        AND (p_before_ts IS NULL OR (e.ts, e.id) < (p_before_ts, p_before_id))
      ORDER BY e.ts DESC, e.id DESC LIMIT missing;
    GET DIAGNOSTICS page = ROW_COUNT;
    missing := missing - page;
    EXIT WHEN newest_from IS NULL OR missing <= 0;
    lower_bound := p_since;
    upper_bound := newest_from;
    newest_from := NULL;
  END LOOP;
END
$function$;
