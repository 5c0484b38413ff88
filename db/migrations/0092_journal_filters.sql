-- Entries of a severity, or of one kind of actor, that are few among many. Of no partition yet: each gets its own while
-- the journal is read and written (db/build-indexes.ts). Most entries are `info`, and nobody looks for those alone.
CREATE INDEX journal_entries_severity ON ONLY journal_entries (workspace_id, severity, ts DESC, id DESC)
  WHERE severity <> 'info';
CREATE INDEX journal_entries_actor ON ONLY journal_entries (workspace_id, actor_type, ts DESC, id DESC);

-- Entries that somebody marked.
CREATE INDEX journal_annotations_priority ON journal_annotations (workspace_id, priority);
