import { approvalsFeature } from '../../../api/people/approvals/approvals-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const approvalsRows = definePathRows(approvalsFeature, {
  pathRows: {
    approvalId: ({ crew, insert }) =>
      insert(
        (id) => sql`
          INSERT INTO approvals (id, workspace_id, crew_id, kind, subject_type, subject_id, reason, required_authority)
          VALUES (${id}, ${crew.workspaceId}, ${crew.crewId}, 'autonomy_gate', 'agent', ${crew.lead.id}, 'Hired?',
            'manage')`,
      ),
    grantId: ({ crew, insert }) =>
      insert(
        (id) => sql`
          INSERT INTO trust_grants (id, workspace_id, crew_id, kind, max_uses, reason, expires_at)
          VALUES (${id}, ${crew.workspaceId}, ${crew.crewId}, 'tool_call', 1, 'Known', now() + interval '1 day')`,
      ),
  },
});
