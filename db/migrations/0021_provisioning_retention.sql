-- Finished provisionings and builds that nobody looks at any more are deleted.
CREATE INDEX jobs_provision_finished ON jobs (finished_at)
  WHERE kind = 'provision' AND status IN ('completed', 'failed', 'cancelled');
CREATE INDEX image_builds_finished ON image_builds (finished_at) WHERE closed_at IS NOT NULL;
GRANT DELETE ON jobs TO crewship_system;
