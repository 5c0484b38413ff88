CREATE OR REPLACE FUNCTION public.crewship_search_journal(p_workspace_id text, p_phrase text, p_crew_ids text[], p_agent_ids text[], p_mission_id text, p_trace_id text, p_entry_types text[], p_exclude_entry_types text[], p_severities text[], p_actor_types text[], p_priorities text[], p_since timestamp with time zone, p_until timestamp with time zone, p_before_ts timestamp with time zone, p_before_id text, p_limit integer, p_viewer_id text DEFAULT NULL::text)
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
