CREATE OR REPLACE FUNCTION public.crewship_add_project_root()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO project_folders (workspace_id, project_id, path, created_by)
  VALUES (NEW.workspace_id, NEW.id, '/', NEW.created_by);
  RETURN NULL;
END
$function$;
