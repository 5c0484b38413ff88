CREATE OR REPLACE FUNCTION public.crewship_provision_person(p_id text, p_email text, p_usernames text[], p_full_name text, p_workspace_id text, p_token_hash bytea, p_proves_address boolean, p_valid_seconds integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  candidate text;
BEGIN
  IF NOT coalesce(p_workspace_id = ANY (crewship_workspaces()::text[]), false) THEN
    RAISE EXCEPTION 'the workspace is not in sight' USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOREACH candidate IN ARRAY p_usernames LOOP
    INSERT INTO users (id, email, username, full_name, home_workspace_id)
    VALUES (p_id, p_email, candidate, p_full_name, p_workspace_id) ON CONFLICT DO NOTHING;
    IF FOUND THEN
      INSERT INTO one_time_tokens (token_hash, purpose, user_id, proves_address, expires_at)
      VALUES (p_token_hash, 'set_up_account', p_id, p_proves_address, now() + make_interval(secs => p_valid_seconds));
      RETURN true;
    END IF;
    IF EXISTS (SELECT 1 FROM users WHERE email = p_email) THEN
      RETURN false;
    END IF;
  END LOOP;
  RAISE EXCEPTION 'no username is free' USING ERRCODE = 'unique_violation';
END
$function$;
