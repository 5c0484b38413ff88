-- Turns as tasks of other systems are listed by when they came to where they are.
CREATE INDEX jobs_turns_changed ON jobs (workspace_id, (coalesce(finished_at, started_at, created_at)) DESC, id DESC)
  WHERE kind = 'chat.turn';
