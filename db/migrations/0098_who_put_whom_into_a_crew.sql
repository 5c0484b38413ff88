-- Who put the member into the crew: being shown its secrets is not given by oneself. Null for those of before.
ALTER TABLE crew_members ADD COLUMN added_by text;
