import { checkpointsFeature } from '../../../api/work/checkpoints/checkpoints-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newCheckpointId } from '../../../platform/ids/ids.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const checkpointsRows = definePathRows(checkpointsFeature, {
  pathRows: {
    async checkpointId({ crew, id, insert }) {
      const missionId = await id('missionId');
      return insert(
        (checkpointId) => sql`
          INSERT INTO checkpoints (id, workspace_id, crew_id, mission_id, journal_cursor, state)
          VALUES (${checkpointId}, ${crew.workspaceId}, ${crew.crewId}, ${missionId}, 'j_0000000000000000',
            '{"agent_memory": {}, "pending_tasks": [], "open_assignments": [],
              "crew_container_id": null, "meta": {}}')`,
        newCheckpointId(),
      );
    },
  },
});
