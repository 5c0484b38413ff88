-- How many messages each attempt has sent to other crews: they outlive it, and are as large as a mebibyte.
ALTER TABLE runs ADD COLUMN opened_messages integer NOT NULL DEFAULT 0;
