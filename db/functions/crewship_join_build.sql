CREATE OR REPLACE FUNCTION public.crewship_join_build(p_new_id text, p_workspace_id text, p_host_id text, p_config_hash text, p_spec jsonb, p_fresh boolean, OUT outcome text, OUT build_id text, OUT build_n integer, OUT image_tag text, OUT image_id text)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF NOT p_workspace_id = ANY (crewship_workspaces()) THEN
    RAISE insufficient_privilege USING MESSAGE = 'not a workspace of this session';
  END IF;
  LOOP
    IF NOT p_fresh THEN
      SELECT 'cached', c.tag, c.image_id INTO outcome, image_tag, image_id
        FROM cached_images c WHERE c.host_id = p_host_id AND c.config_hash = p_config_hash FOR SHARE;
      IF FOUND THEN RETURN; END IF;
    END IF;
    SELECT b.status, b.id, b.n INTO outcome, build_id, build_n FROM image_builds b
      WHERE b.host_id = p_host_id AND b.config_hash = p_config_hash AND b.status IN ('queued', 'running') FOR UPDATE;
    IF FOUND THEN RETURN; END IF;
    -- One that ended since the first look left its image.
    IF p_fresh OR NOT EXISTS (
      SELECT 1 FROM cached_images c WHERE c.host_id = p_host_id AND c.config_hash = p_config_hash
    ) THEN
      INSERT INTO image_builds (id, host_id, config_hash, n, asked_by_workspace_id, spec)
        SELECT p_new_id, p_host_id, p_config_hash, coalesce(max(b.n), 0) + 1, p_workspace_id, p_spec
        FROM image_builds b WHERE b.host_id = p_host_id AND b.config_hash = p_config_hash
        ON CONFLICT DO NOTHING RETURNING 'begun', id, n INTO outcome, build_id, build_n;
      IF FOUND THEN RETURN; END IF;
    END IF;
  END LOOP;
END
$function$;
