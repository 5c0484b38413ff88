-- Each kind of command is claimed in a lane of its own: wakes are never searched for behind those of workflows.

DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (kind, available_at, id) WHERE parked_at IS NULL;
