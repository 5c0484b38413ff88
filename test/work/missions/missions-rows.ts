import { missionsFeature } from '../../../api/work/missions/missions-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const missionsRows = definePathRows(missionsFeature, {
  pathRows: {
    missionId: ({ crew, insert }) =>
      insert(
        (id) => sql`
          INSERT INTO missions (id, workspace_id, crew_id, lead_agent_id, trace_id, title, number)
          VALUES (${id}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, ${`mission-${id}`}, 'Mission',
            (SELECT coalesce(max(number), 0) + 1 FROM missions WHERE workspace_id = ${crew.workspaceId}))`,
      ),
    async taskId({ crew, id, insert }) {
      const missionId = await id('missionId');
      return insert(
        (taskId) => sql`
          INSERT INTO tasks (id, workspace_id, mission_id, crew_id, title)
          VALUES (${taskId}, ${crew.workspaceId}, ${missionId}, ${crew.crewId}, 'Task')`,
      );
    },
  },
});
