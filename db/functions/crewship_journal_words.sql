CREATE OR REPLACE FUNCTION public.crewship_journal_words(workspace_id text, summary text, payload jsonb)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT array_to_tsvector(ARRAY['workspace:' || coalesce(workspace_id, '')])
    || to_tsvector('pg_catalog.simple', summary)
    || CASE WHEN octet_length(payload::text) <= 100000 THEN to_tsvector('pg_catalog.simple', payload)
       ELSE to_tsvector('pg_catalog.simple', left(payload::text, 100000)) END
$function$;
