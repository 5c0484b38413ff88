import { keeperFeature } from '../../../api/vault/keeper/keeper-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const keeperRows = definePathRows(keeperFeature, {
  pathRows: {
    requestId: async ({ crew, id, insert }) => {
      const credentialId = await id('credentialId');
      const requestId = await insert(
        (own) => sql`
          INSERT INTO keeper_requests (id, workspace_id, crew_id, agent_id, credential_id, credential_name,
            security_level, request_type, intent, decision, reason, risk_score, decided_at, answer_deadline_at)
          VALUES (${own}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, ${credentialId}, 'Key', 4, 'access',
            'Read the list of open invoices of the customer', 'ESCALATE', 'People decide', 6, now(),
            now() + interval '7 days')`,
      );
      await crew.write(sql`
        INSERT INTO keeper_request_events (workspace_id, request_id, seq, state, actor_type)
        VALUES (${crew.workspaceId}, ${requestId}, 1, 'ESCALATE', 'keeper')`);
      return requestId;
    },
  },
});
