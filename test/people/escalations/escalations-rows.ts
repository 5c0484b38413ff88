import { escalationsFeature } from '../../../api/people/escalations/escalations-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const escalationsRows = definePathRows(escalationsFeature, {
  pathRows: {
    escalationId: ({ crew, insert }) =>
      insert(
        (id) => sql`
          INSERT INTO escalations (id, workspace_id, crew_id, from_name, from_slug, reason, deadline_at,
            answer_deadline_at)
          VALUES (${id}, ${crew.workspaceId}, ${crew.crewId}, 'Lead', ${crew.lead.slug}, 'Which?', now(),
            now() + interval '1 hour')`,
      ),
  },
});
