CREATE OR REPLACE FUNCTION public.crewship_workspaces()
 RETURNS text[]
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT coalesce(string_to_array(nullif(current_setting('crewship.workspaces', true), ''), ','), '{}'::text[]) $function$;
