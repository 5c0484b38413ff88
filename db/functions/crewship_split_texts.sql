CREATE OR REPLACE FUNCTION public.crewship_split_texts(document jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT regexp_replace(regexp_replace(
    jsonb_path_query_array(document, 'strict $.** ? (@.type() == "string")')::text, '\\(u[0-9a-f]{4}|.)', ' ', 'g'),
    '[\u0001-\u0021\u0023-\u002b\u002d-\u002f\u003a-\u0040\u005c\u005e-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4'
    || '\u00b6-\u00b8\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004'
    || '\u3008-\u3020\u3030\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+',
    ' ', 'g')::jsonb
$function$;
