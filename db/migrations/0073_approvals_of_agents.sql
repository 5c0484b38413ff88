-- What agents ask people to allow: who asks, what people changed of it, and the one time that it is handed over.

ALTER TABLE approvals
  -- The attempt that waits for it, and its task.
  ADD COLUMN run_id text,
  ADD COLUMN task_id text,
  -- The person that the run works for, who is no second pair of eyes.
  ADD COLUMN acts_for_user_id text,
  -- How its agent goes on: it waits, it goes on meanwhile, or nobody was asked.
  ADD COLUMN gate_mode text NOT NULL DEFAULT 'sync' CHECK (gate_mode IN ('none', 'async', 'sync')),
  -- Why it ended as it did, where the status does not say it.
  ADD COLUMN outcome text
    CHECK (outcome IN ('changes_requested', 'autonomy', 'trust_grant', 'no_second_approver', 'run_over')),
  ADD COLUMN edits jsonb,
  ADD COLUMN self_approved boolean NOT NULL DEFAULT false,
  -- What its agent calls it: the same one is asked once, whichever attempt asks.
  ADD COLUMN request_key text CHECK (char_length(request_key) BETWEEN 1 AND 128),
  ADD COLUMN consumed_at timestamptz,
  ADD COLUMN consumed_by_run_id text,
  ADD CHECK (octet_length(edits::text) <= 65536),
  ADD CHECK (consumed_at IS NULL OR status <> 'pending');

CREATE UNIQUE INDEX approvals_request_key ON approvals (crew_id, coalesce(task_id, run_id, ''), request_key)
  WHERE request_key IS NOT NULL;
CREATE INDEX approvals_run_open ON approvals (run_id) WHERE status = 'pending' AND run_id IS NOT NULL;
CREATE INDEX approvals_due ON approvals (deadline_at) WHERE status = 'pending' AND deadline_at IS NOT NULL;
CREATE INDEX approvals_workspace_newest ON approvals (workspace_id, created_at DESC, id DESC);

-- The reconciler compares those with a deadline with their workflows.
GRANT SELECT, UPDATE ON approvals TO crewship_system;
