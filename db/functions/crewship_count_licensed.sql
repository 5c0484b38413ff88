CREATE OR REPLACE FUNCTION public.crewship_count_licensed(p_kind text, p_crew_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('licensed:' || p_kind || ':' || coalesce(p_crew_id, ''), 0));
  RETURN CASE p_kind
    WHEN 'crew' THEN (SELECT count(*) FROM crews c JOIN workspaces w ON w.id = c.workspace_id
      WHERE c.deleted_at IS NULL AND w.deleted_at IS NULL)
    WHEN 'agent' THEN (SELECT count(*) FROM agents WHERE crew_id = p_crew_id AND deleted_at IS NULL)
    WHEN 'member' THEN (SELECT count(DISTINCT m.user_id) FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
      WHERE w.deleted_at IS NULL)
  END;
END
$function$;
