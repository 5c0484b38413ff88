CREATE OR REPLACE FUNCTION public.crewship_journal_audience(p_target_type text, p_target_id text)
 RETURNS text[]
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT CASE WHEN p.visibility = 'private'
    THEN ARRAY(SELECT m.user_id FROM project_members m WHERE m.project_id = p.id) END
  FROM projects p WHERE p_target_type = 'project' AND p.id = p_target_id
$function$;
