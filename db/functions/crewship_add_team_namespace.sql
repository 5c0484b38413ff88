CREATE OR REPLACE FUNCTION public.crewship_add_team_namespace()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO knowledge_namespaces (workspace_id, name, title) VALUES (NEW.id, 'team', 'Team');
  RETURN NULL;
END
$function$;
