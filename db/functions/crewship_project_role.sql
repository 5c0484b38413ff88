CREATE OR REPLACE FUNCTION public.crewship_project_role(p_project_id text, p_user_id text)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT CASE
    WHEN m.role IN ('OWNER', 'ADMIN') THEN 'owner'
    WHEN p.visibility = 'workspace' AND m.role = 'MANAGER' AND coalesce(pm.role, 'viewer') = 'viewer' THEN 'editor'
    WHEN p.visibility = 'workspace' THEN coalesce(pm.role, 'viewer')
    ELSE pm.role
  END
  FROM projects p
  JOIN memberships m ON m.workspace_id = p.workspace_id AND m.user_id = p_user_id AND m.disabled_at IS NULL
  LEFT JOIN project_members pm ON pm.project_id = p.id AND pm.user_id = p_user_id
  WHERE p.id = p_project_id AND p.deleted_at IS NULL
$function$;
