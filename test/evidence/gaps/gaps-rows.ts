import { gapsFeature } from '../../../api/evidence/gaps/gaps-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const gapsRows = definePathRows(gapsFeature, {
  pathRows: {
    async gapReportId({ crew }) {
      const url = '/capability-gaps/reports/run';
      return (await crew.owner.post<{ report_id: string }>(url, {}, 202)).report_id;
    },
    gapFindingId: ({ crew, insert }) =>
      insert(
        (id) => sql`
          INSERT INTO gap_findings (id, workspace_id, fingerprint, category, severity, title, occurrences, evidence,
            first_seen_at, last_seen_at)
          VALUES (${id}, ${crew.workspaceId}, ${'a'.repeat(64)}, 'unanswered', 'low', 'a finding', 2, '[]', now(),
            now())`,
      ),
  },
});
