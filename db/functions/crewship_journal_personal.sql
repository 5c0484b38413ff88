CREATE OR REPLACE FUNCTION public.crewship_journal_personal(e journal_entries)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('actor_id', e.actor_id, 'address', e.address, 'user_agent', e.user_agent,
    'token', e.auth_token_id, 'session', e.auth_session_id)::text
$function$;
