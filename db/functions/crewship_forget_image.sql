CREATE OR REPLACE FUNCTION public.crewship_forget_image(p_crew_id text, p_image_id text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  on_host text;
BEGIN
  SELECT host_id INTO on_host FROM crews
    WHERE id = p_crew_id AND workspace_id = ANY (crewship_workspaces()) AND cached_image_id = p_image_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE crews SET cached_image = NULL, cached_image_id = NULL, cached_config_hash = NULL WHERE id = p_crew_id;
  DELETE FROM cached_images WHERE host_id = on_host AND image_id = p_image_id;
  RETURN true;
END
$function$;
