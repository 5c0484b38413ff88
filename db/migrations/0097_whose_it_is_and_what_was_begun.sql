-- When its host began what cannot be looked up again afterwards: the journal has it from then on.
ALTER TABLE host_calls ADD COLUMN begun_at timestamptz;

-- When a host last tried to measure a crew in vain: the others' turn comes first.
ALTER TABLE crew_data ADD COLUMN tried_at timestamptz;

-- Whose a run of a managed task is: its project's, also once the task is gone.
ALTER TABLE runs ADD COLUMN project_id text;
