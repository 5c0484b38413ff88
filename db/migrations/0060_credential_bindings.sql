-- A credential given to all of a workspace, to a crew or to an agent, under the name of a variable: a slot.
CREATE TABLE credential_bindings (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  credential_id text NOT NULL,
  scope text NOT NULL CHECK (scope IN ('WORKSPACE', 'CREW', 'AGENT')),
  crew_id text,
  agent_id text,
  slot text NOT NULL CHECK (slot ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
  created_by text REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (workspace_id, credential_id) REFERENCES credentials (workspace_id, id),
  FOREIGN KEY (workspace_id, crew_id) REFERENCES crews (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id),
  CHECK ((scope = 'CREW') = (crew_id IS NOT NULL)),
  CHECK ((scope = 'AGENT') = (agent_id IS NOT NULL))
);
-- A slot holds one credential in each place.
CREATE UNIQUE INDEX credential_bindings_slot
  ON credential_bindings (workspace_id, scope, coalesce(crew_id, ''), coalesce(agent_id, ''), slot);
CREATE INDEX credential_bindings_credential ON credential_bindings (credential_id);
CREATE INDEX credential_bindings_crew ON credential_bindings (crew_id) WHERE crew_id IS NOT NULL;
CREATE INDEX credential_bindings_agent ON credential_bindings (agent_id) WHERE agent_id IS NOT NULL;

ALTER TABLE credential_bindings ENABLE ROW LEVEL SECURITY;
ALTER TABLE credential_bindings FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON credential_bindings TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON credential_bindings TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON credential_bindings TO crewship_app;
