import { runsFeature } from '../../../api/work/runs/runs-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const runsRows = definePathRows(runsFeature, {
  pathRows: {
    runId: ({ crew, insert }) =>
      insert(
        (id) => sql`
          INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, reported, started_at)
          VALUES (${id}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'USER', 'RUNNING', true, now())`,
      ),
  },
});
