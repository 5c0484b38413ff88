-- Jobs of any kind: what they were asked for, how far they are, who drives them, and what happened to each.
ALTER TABLE jobs
  DROP CONSTRAINT jobs_status_check,
  ADD CONSTRAINT jobs_status_check CHECK (
    status IN ('queued', 'running', 'waiting', 'cancelling', 'completed', 'failed', 'cancelled')),
  ALTER COLUMN subject_type DROP NOT NULL,
  ALTER COLUMN subject_id DROP NOT NULL,
  ADD CONSTRAINT jobs_subject_check CHECK ((subject_type IS NULL) = (subject_id IS NULL)),
  -- `job`: a workflow of its own, `job-<id>-<generation>`. `own`: the actor of another row moves it.
  ADD COLUMN driver text NOT NULL DEFAULT 'job' CHECK (driver IN ('job', 'own')),
  ADD COLUMN input jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN project_id text CHECK (char_length(project_id) <= 64),
  ADD COLUMN parent_id text,
  ADD CONSTRAINT jobs_parent_fkey FOREIGN KEY (workspace_id, parent_id) REFERENCES jobs (workspace_id, id),
  -- Not before then.
  ADD COLUMN run_at timestamptz,
  -- The step that is taken, by its name: a release that adds steps finds its place again.
  ADD COLUMN step text CHECK (char_length(step) <= 64),
  ADD COLUMN progress_percent smallint CHECK (progress_percent BETWEEN 0 AND 100),
  -- How often it was taken up: more than once when its actor was lost.
  ADD COLUMN attempt integer NOT NULL DEFAULT 0,
  -- When its actor was found missing; until it is heard of again.
  ADD COLUMN lost_at timestamptz,
  -- The last number that one of its events was given.
  ADD COLUMN event_seq integer NOT NULL DEFAULT 0,
  ADD COLUMN events_expired boolean NOT NULL DEFAULT false;

-- What a provisioning was asked for stood in its result.
UPDATE jobs SET driver = 'own', input = coalesce(result, '{}'), result = NULL,
  attempt = CASE WHEN started_at IS NULL THEN 0 ELSE 1 END
WHERE kind = 'provision';

CREATE INDEX jobs_driven ON jobs (id)
  WHERE driver = 'job' AND status IN ('queued', 'running', 'waiting', 'cancelling');
CREATE INDEX jobs_listed ON jobs (workspace_id, created_at DESC, id DESC);
CREATE INDEX jobs_children ON jobs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_with_events ON jobs (finished_at) WHERE finished_at IS NOT NULL AND NOT events_expired;

ALTER TABLE job_events RENAME COLUMN kind TO type;
ALTER TABLE job_events
  ADD CONSTRAINT job_events_type_check CHECK (char_length(type) <= 64),
  ADD COLUMN actor_type text NOT NULL DEFAULT 'orchestrator' CHECK (char_length(actor_type) <= 32),
  ADD COLUMN actor_id text CHECK (char_length(actor_id) <= 64),
  ADD COLUMN data jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(data::text) <= 8192);

-- A build moves the jobs that follow it, whatever their workspaces; events of jobs that are long over are deleted.
GRANT SELECT, INSERT, DELETE ON job_events TO crewship_system;
