-- What a crew's running container was made of, agents that are restarted, and images that turn out to be gone.

-- Image, limits, mounts, network and privileges as the container was asked for: compared with what the crew wants now.
ALTER TABLE crews ADD COLUMN container_plan jsonb;

-- A running attempt is to be ended and run once more; one that is about to start reads again what it starts with.
ALTER TABLE runs ADD COLUMN restart_requested_at timestamptz;

-- A crew's image is not on its host any more: neither the crew nor the host's list names it from here on, so that it is
-- built again. False: the crew has another one by now. Runs as the system role, as the list is the host's.
CREATE FUNCTION crewship_forget_image(p_crew_id text, p_image_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  on_host text;
BEGIN
  SELECT host_id INTO on_host FROM crews
    WHERE id = p_crew_id AND workspace_id = ANY (crewship_workspaces()) AND cached_image_id = p_image_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE crews SET cached_image = NULL, cached_image_id = NULL, cached_config_hash = NULL WHERE id = p_crew_id;
  DELETE FROM cached_images WHERE host_id = on_host AND image_id = p_image_id;
  RETURN true;
END
$$;
ALTER FUNCTION crewship_forget_image(text, text) OWNER TO crewship_system;
REVOKE ALL ON FUNCTION crewship_forget_image(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_forget_image(text, text) TO crewship_app;
