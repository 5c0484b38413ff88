-- A lease that the keeper gives for a run ends with it: no other run has it, and its rows go when it ends.
ALTER TABLE credential_grants ADD COLUMN run_id text;
ALTER TABLE credential_grants DROP CONSTRAINT credential_grants_agent_id_credential_id_key;
CREATE UNIQUE INDEX credential_grants_agent_id_credential_id_key ON credential_grants (agent_id, credential_id)
  WHERE run_id IS NULL;
CREATE UNIQUE INDEX credential_grants_run ON credential_grants (run_id, agent_id, credential_id)
  WHERE run_id IS NOT NULL;
-- The same without its condition, for who asks for all of an agent's.
CREATE INDEX credential_grants_agent ON credential_grants (agent_id);

-- What commands put out is kept for a while; this finds what is past it.
CREATE INDEX keeper_requests_output ON keeper_requests (executed_at) WHERE output IS NOT NULL;
