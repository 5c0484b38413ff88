CREATE OR REPLACE FUNCTION public.crewship_journal_audience(p_target_type text, p_target_id text)
 RETURNS text[]
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;
