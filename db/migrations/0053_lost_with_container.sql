-- An attempt that was lost with all of its crew's container: counted apart from those that vanished by themselves.
ALTER TABLE runs ADD COLUMN lost_with_container boolean NOT NULL DEFAULT false;
