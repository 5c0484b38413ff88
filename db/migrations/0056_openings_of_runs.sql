-- How much each attempt has opened of what outlives it: an attempt that goes wild has an end of it.
ALTER TABLE runs ADD COLUMN opened_questions integer NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN opened_requests integer NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN opened_issues integer NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN opened_missions integer NOT NULL DEFAULT 0;

-- What an attempt leaves open is closed, or handed on, when it ends.
CREATE INDEX escalations_open_of_run ON escalations (run_id) WHERE status = 'PENDING' AND run_id IS NOT NULL;
