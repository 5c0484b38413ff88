CREATE OR REPLACE FUNCTION public.crewship_add_project_namespace()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO knowledge_namespaces (workspace_id, name, title, project_id)
  VALUES (NEW.workspace_id, 'project.' || NEW.id, '', NEW.id);
  RETURN NULL;
END
$function$;
