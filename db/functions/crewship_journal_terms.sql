CREATE OR REPLACE FUNCTION public.crewship_journal_terms(workspace_id text, summary text, payload jsonb)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT array_to_tsvector(ARRAY['workspace:' || coalesce(workspace_id, '')])
    || to_tsvector('pg_catalog.simple', public.crewship_split_words(summary))
    || CASE WHEN octet_length(payload::text) <= 100000
       THEN to_tsvector('pg_catalog.simple', public.crewship_split_texts(payload))
       ELSE to_tsvector('pg_catalog.simple', public.crewship_split_words(
         regexp_replace(left(payload::text, 100000), '\\(u[0-9a-f]{4}|.)', ' ', 'g'))) END
$function$;
