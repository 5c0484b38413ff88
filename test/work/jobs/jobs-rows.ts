import { jobsFeature } from '../../../api/work/jobs/jobs-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const jobsRows = definePathRows(jobsFeature, {
  pathRows: {
    jobId: ({ crew, insert }) =>
      insert((id) => sql`INSERT INTO jobs (id, workspace_id, kind) VALUES (${id}, ${crew.workspaceId}, 'gone.kind')`),
  },
});
