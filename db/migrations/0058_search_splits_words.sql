-- A text whose every sign that is no letter and no digit is a blank: what is left are words, for the parser that keeps
-- addresses, paths and versions whole as for people.
CREATE FUNCTION crewship_split_words(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(words, '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8'
    || '\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030'
    || '\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+', ' ', 'g')
$$;

-- The texts of a document, each split like that, as a list: a phrase does not go on from one to the next. Works on
-- the list as it is written, whose escapes are no letters; its quotes, commas and brackets are left, which end words
-- anyway.
CREATE FUNCTION crewship_split_texts(document jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(regexp_replace(
    jsonb_path_query_array(document, 'strict $.** ? (@.type() == "string")')::text, '\\(u[0-9a-f]{4}|.)', ' ', 'g'),
    '[\u0001-\u0021\u0023-\u002b\u002d-\u002f\u003a-\u0040\u005c\u005e-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4'
    || '\u00b6-\u00b8\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004'
    || '\u3008-\u3020\u3030\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+',
    ' ', 'g')::jsonb
$$;

-- The words of an entry: its summary and the texts of its payload, as they are written but for case. The workspace is a
-- word too, so that one index lookup finds what is in both: how common a word is elsewhere costs nothing here. No text
-- can contain that word, which has a colon. A payload too large for a tsvector is cut. Without subqueries, so that a
-- search that looks at entries one by one has it as part of its own statement.
CREATE FUNCTION crewship_journal_terms(workspace_id text, summary text, payload jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(ARRAY['workspace:' || coalesce(workspace_id, '')])
    || to_tsvector('pg_catalog.simple', public.crewship_split_words(summary))
    || CASE WHEN octet_length(payload::text) <= 100000
       THEN to_tsvector('pg_catalog.simple', public.crewship_split_texts(payload))
       ELSE to_tsvector('pg_catalog.simple', public.crewship_split_words(
         regexp_replace(left(payload::text, 100000), '\\(u[0-9a-f]{4}|.)', ' ', 'g'))) END
$$;
GRANT EXECUTE ON FUNCTION crewship_split_words(text), crewship_split_texts(jsonb),
  crewship_journal_terms(text, text, jsonb) TO crewship_app, crewship_system;

-- Of no partition yet: each gets its own while the journal is read and written (db/build-indexes.ts). Until then a
-- search reads the entries themselves.
CREATE INDEX journal_entries_terms ON ONLY journal_entries
  USING gin (crewship_journal_terms(workspace_id, summary, payload)) WHERE entry_type <> 'exec.output_chunk';
DROP INDEX journal_entries_words;
DROP FUNCTION crewship_journal_words(text, text, jsonb);

CREATE OR REPLACE FUNCTION crewship_search_journal(
  p_workspace_id text, p_phrase text, p_crew_ids text[], p_agent_ids text[], p_mission_id text, p_trace_id text,
  p_entry_types text[], p_exclude_entry_types text[], p_severities text[], p_actor_types text[], p_priorities text[],
  p_since timestamptz, p_until timestamptz, p_before_ts timestamptz, p_before_id text, p_limit integer,
  p_viewer_id text DEFAULT NULL
)
 RETURNS TABLE(entry_id text, entry_ts timestamp with time zone)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
AS $$
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
        AND (p_viewer_id IS NULL OR e.target_type IS DISTINCT FROM 'project'
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
$$;
