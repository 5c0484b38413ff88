-- Which run opened a port: what it leaves running is kept while the port is open.
ALTER TABLE port_exposures ADD COLUMN run_id text;
CREATE INDEX port_exposures_run ON port_exposures (run_id) WHERE run_id IS NOT NULL AND status = 'active';
