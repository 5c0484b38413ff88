import { a2aFeature } from '../../../api/conversations/a2a/a2a-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const a2aRows = definePathRows(a2aFeature, {
  pathRows: {
    async turnId({ crew, id: rowOf, insert }) {
      const sessionId = await rowOf('sessionId');
      const jobId = await insert(
        (id) => sql`
          INSERT INTO jobs (id, workspace_id, kind, driver, subject_type, subject_id, status, finished_at)
          VALUES (${id}, ${crew.workspaceId}, 'chat.turn', 'own', 'chat', ${sessionId}, 'completed', now())`,
      );
      await insert(
        (id) => sql`
          INSERT INTO runs (id, workspace_id, agent_id, crew_id, chat_id, job_id, trigger_type, status, finished_at)
          VALUES (${id}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, ${sessionId}, ${jobId}, 'CHAT',
            'COMPLETED', now())`,
      );
      return jobId;
    },
    // None is ever made: nobody is called back.
    configId: () => 'no-config',
  },
});
