import { deliveriesFeature } from '../../../api/people/deliveries/deliveries-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const deliveriesRows = definePathRows(deliveriesFeature, {
  pathRows: {
    channelId: ({ post }) =>
      post('/api/v1/notifications/channels', { name: 'Mine', url: 'https://hooks.example.com/x' }),
    deliveryId: ({ crew, insert }) =>
      insert(
        (id) => sql`
          INSERT INTO deliveries (id, workspace_id, user_id, purpose, channel, type, item_id, status, settled_at)
          VALUES (${id}, ${crew.workspaceId}, ${crew.owner.id}, 'notification', 'email', 'run.failed', ${id}, 'dead',
            now())`,
      ),
  },
});
