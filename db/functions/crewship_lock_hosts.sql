CREATE OR REPLACE FUNCTION public.crewship_lock_hosts(p_host_ids text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT 1 FROM slot_scopes WHERE kind = 'host' AND id = ANY (p_host_ids) ORDER BY id FOR UPDATE
$function$;
