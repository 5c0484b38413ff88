CREATE OR REPLACE FUNCTION public.crewship_journal_content(e journal_entries)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('summary', e.summary, 'payload', e.payload, 'refs', e.refs)::text
$function$;
