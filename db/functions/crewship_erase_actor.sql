CREATE OR REPLACE FUNCTION public.crewship_erase_actor(p_actor_type text, p_actor_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  erased bigint;
BEGIN
  -- Whoever seals at this moment hashes what is about to go.
  PERFORM pg_advisory_xact_lock(7263005);
  -- What is not sealed yet and has no salt is sealed with what is left of it.
  INSERT INTO journal_erasures (entry_id, workspace_id, personal)
  SELECT e.id, e.workspace_id, sha256(crewship_journal_salt(s.salt, e.id) ||
    convert_to(crewship_journal_personal(e), 'UTF8'))
  FROM journal_entries e
  JOIN journal_salts s ON s.stream = coalesce(e.workspace_id, 'instance') AND s.actor_type = e.actor_type
    AND s.actor_id = coalesce(e.actor_id, '')
  WHERE e.actor_type = p_actor_type AND e.actor_id = p_actor_id
  ON CONFLICT (entry_id) DO NOTHING;
  UPDATE journal_entries SET actor_id = NULL, address = NULL, user_agent = NULL, auth_token_id = NULL,
    auth_session_id = NULL
  WHERE actor_type = p_actor_type AND actor_id = p_actor_id;
  GET DIAGNOSTICS erased = ROW_COUNT;
  DELETE FROM journal_salts WHERE actor_type = p_actor_type AND actor_id = p_actor_id;
  RETURN erased;
END
$function$;
