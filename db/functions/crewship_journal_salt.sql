CREATE OR REPLACE FUNCTION public.crewship_journal_salt(p_salt bytea, p_entry_id text)
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT sha256(p_salt || convert_to(p_entry_id, 'UTF8'))
$function$;
