-- The task that was made of a capability gap.
ALTER TABLE gap_findings
  ADD COLUMN task_id text,
  ADD FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE SET NULL;
CREATE INDEX gap_findings_task ON gap_findings (task_id) WHERE task_id IS NOT NULL;
