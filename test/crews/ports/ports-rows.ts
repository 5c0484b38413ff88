import { portsFeature } from '../../../api/crews/ports/ports-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const portsRows = definePathRows(portsFeature, {
  pathRows: {
    exposureId: ({ crew, insert }) =>
      insert(
        (id) => sql`
          INSERT INTO port_exposures (id, workspace_id, crew_id, agent_id, container_id, port, token_hash, expires_at)
          VALUES (${id}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'container', 3000,
            sha256(${id}::bytea), now() + interval '1 hour')`,
      ),
  },
});
