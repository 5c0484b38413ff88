CREATE OR REPLACE FUNCTION public.crewship_sees_chat(p_chat_id text, p_user_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT coalesce((
    SELECT c.visibility = 'workspace' OR crewship_chat_role(c.id, p_user_id) IS NOT NULL
    FROM chats c WHERE c.id = p_chat_id
  ), true)
$function$;
