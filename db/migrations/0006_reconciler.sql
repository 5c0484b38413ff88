-- The reconciler: one pass at a time over all processes, and where the last one began. And the pause before a sidecar
-- that keeps ending is started again.

-- A pass calls Temporal, so it cannot hold a row lock meanwhile: it holds the lease until a time, which it moves on.
ALTER TABLE leases
  ADD COLUMN holder text CHECK (char_length(holder) <= 255),
  ADD COLUMN held_until timestamptz NOT NULL DEFAULT '-infinity',
  ADD COLUMN began_at timestamptz,
  -- When the last pass that came to its end began: what happened before it has been compared.
  ADD COLUMN compared_until timestamptz;
INSERT INTO leases (name) VALUES ('reconciler');

-- Whether a mission waits for anything but its actor.
GRANT SELECT ON task_dependencies TO crewship_system;

ALTER TABLE crews
  ADD COLUMN sidecar_started_at timestamptz,
  -- Ends in a row of sidecars that did not live long.
  ADD COLUMN sidecar_restarts integer NOT NULL DEFAULT 0,
  ADD COLUMN sidecar_restart_at timestamptz;
