-- Checkpoints of missions, full-text search of the journal, and partitions that the system login may have made.

-- What was true of a mission at an entry of its journal. Goes with its mission; a fork outlives the checkpoint it began at.
CREATE TABLE checkpoints (
  id text PRIMARY KEY CHECK (id ~ '^chk_[0-9a-f]{16}$'),
  workspace_id text NOT NULL REFERENCES workspaces (id),
  crew_id text,
  mission_id text NOT NULL,
  label text CHECK (char_length(label) BETWEEN 1 AND 200),
  journal_cursor text NOT NULL,
  state jsonb NOT NULL,
  fork_of text,
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, mission_id) REFERENCES missions (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, fork_of) REFERENCES checkpoints (workspace_id, id) ON DELETE SET NULL (fork_of)
);
CREATE INDEX checkpoints_mission ON checkpoints (mission_id, created_at DESC, id DESC);
CREATE INDEX checkpoints_forks ON checkpoints (fork_of) WHERE fork_of IS NOT NULL;

ALTER TABLE checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE checkpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON checkpoints TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON checkpoints TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON checkpoints TO crewship_app;
GRANT SELECT ON checkpoints TO crewship_system;

-- The words of an entry: its summary and the texts of its payload, as they are written but for case. The workspace is a
-- word too, so that one index lookup finds what is in both: how common a word is elsewhere costs nothing here. No text
-- can contain that word: the parser ends words at a colon. A payload too large for a tsvector is cut.
CREATE FUNCTION crewship_journal_words(workspace_id text, summary text, payload jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(ARRAY['workspace:' || coalesce(workspace_id, '')])
    || to_tsvector('pg_catalog.simple', summary)
    || CASE WHEN octet_length(payload::text) <= 100000 THEN to_tsvector('pg_catalog.simple', payload)
       ELSE to_tsvector('pg_catalog.simple', left(payload::text, 100000)) END
$$;
-- Entries of output hold offsets and hashes only; they are most entries.
CREATE INDEX journal_entries_words ON journal_entries USING gin (crewship_journal_words(workspace_id, summary, payload))
  WHERE entry_type <> 'exec.output_chunk';

-- Entries of one workspace that hold the words of a phrase, one after the other, and pass a filter: newest first,
-- strictly before (p_before_ts, p_before_id). Only of a workspace of the session's list. Runs as the system role because
-- row-level security withholds indexes from conditions that are not leakproof, as full text is. What is returned are
-- ids, by which the caller reads the entries under its own policies. A null filter asks nothing; the filters are those of
-- entryConditions in db/journal/list-journal.ts. Planned anew each time: which plan is good depends on the words.
--
-- A page is looked for among the newest 500 entries first and only then, for what is missing, in the index. With 10,000
-- entries of a workspace (200,000 in all) that all hold the phrase it takes 6 ms so, 120 ms by the index alone, as each of
-- them is looked at; a phrase that 40 or none of them hold takes 9 ms, and would take 80 to 100 ms under the policies.
CREATE FUNCTION crewship_search_journal(
  p_workspace_id text, p_phrase text, p_crew_ids text[], p_agent_ids text[], p_mission_id text, p_trace_id text,
  p_entry_types text[], p_exclude_entry_types text[], p_severities text[], p_actor_types text[], p_priorities text[],
  p_since timestamptz, p_until timestamptz, p_before_ts timestamptz, p_before_id text, p_limit integer
) RETURNS TABLE (entry_id text, entry_ts timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  phrase tsquery := phraseto_tsquery('pg_catalog.simple', p_phrase);
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
  wanted := phrase && format('''%s''', 'workspace:' || replace(replace(p_workspace_id, '\', '\\'), '''', ''''''))::tsquery;
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
      -- The same condition twice, one of them constant: IS TRUE keeps it from being looked up in the index, whose entries
      -- would all be read to find the newest. How many hold a phrase is beyond the planner's statistics.
      WHERE (newest_from IS NOT NULL OR crewship_journal_words(e.workspace_id, e.summary, e.payload) @@ wanted)
        AND (newest_from IS NULL OR (crewship_journal_words(e.workspace_id, e.summary, e.payload) @@ wanted) IS TRUE)
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
$$;
GRANT SELECT ON journal_annotations TO crewship_system;
GRANT EXECUTE ON FUNCTION crewship_journal_words(text, text, jsonb) TO crewship_app, crewship_system;
ALTER FUNCTION crewship_search_journal(text, text, text[], text[], text, text, text[], text[], text[], text[], text[],
  timestamptz, timestamptz, timestamptz, text, integer) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_search_journal(text, text, text[], text[], text, text, text[], text[], text[], text[],
  text[], timestamptz, timestamptz, timestamptz, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_search_journal(text, text, text[], text[], text, text, text[], text[], text[], text[],
  text[], timestamptz, timestamptz, timestamptz, text, integer) TO crewship_app;

-- Makes the journal's partition of the month that is so many months ahead (UTC, by this server's clock; 0 is this one,
-- at most 12), and says what came of it: made; present; or blocked, when the default partition holds entries of that
-- month or the tables were locked for too long. Belongs to the installer, the only one who may make tables: the system
-- login gets this one table at a time and no other right of the owner's. Appending waits while a partition is
-- attached, so it gives up after two seconds. Entries are never moved: they are evidence.
CREATE FUNCTION crewship_make_journal_partition(p_months_ahead integer, OUT partition text, OUT outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => p_months_ahead);
  starts_at timestamptz := month AT TIME ZONE 'UTC';
  ends_at timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
  IF p_months_ahead NOT BETWEEN 0 AND 12 THEN
    RAISE EXCEPTION 'a partition is made at most 12 months ahead' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  partition := 'journal_entries_' || to_char(month, 'YYYY_MM');
  -- Two makers wait for each other.
  PERFORM pg_advisory_xact_lock(7263004);
  IF to_regclass('public.' || partition) IS NOT NULL THEN
    outcome := 'present';
    RETURN;
  END IF;
  outcome := 'blocked';
  IF EXISTS (SELECT 1 FROM journal_entries_default WHERE ts >= starts_at AND ts < ends_at) THEN
    RETURN;
  END IF;
  -- Attaching a table leaves readers and writers of the other partitions alone; CREATE TABLE … PARTITION OF would lock
  -- the whole journal.
  EXECUTE format('CREATE TABLE public.%I (LIKE journal_entries INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
  EXECUTE format('ALTER TABLE journal_entries ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
    partition, starts_at, ends_at);
  outcome := 'made';
EXCEPTION
  -- An entry of that month arrived between the look and the attaching, or somebody held the tables.
  WHEN check_violation OR lock_not_available OR query_canceled THEN
    outcome := 'blocked';
END
$$;
REVOKE ALL ON FUNCTION crewship_make_journal_partition(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_make_journal_partition(integer) TO crewship_system;
