CREATE OR REPLACE FUNCTION public.crewship_chat_role(p_chat_id text, p_user_id text)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;
