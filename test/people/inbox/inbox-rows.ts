import { inboxFeature } from '../../../api/people/inbox/inbox-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows, type RowWorld } from '../../support/path-rows.ts';

const addItem = ({ crew, insert }: RowWorld) =>
  insert(
    (id) => sql`
      INSERT INTO inbox_items (id, workspace_id, type, subject_type, subject_id, crew_id, audience_role)
      VALUES (${id}, ${crew.workspaceId}, 'run.failed', 'run', 'a-run', ${crew.crewId}, 'VIEWER')`,
  );

export const inboxRows = definePathRows(inboxFeature, { pathRows: { itemId: addItem, notificationId: addItem } });
