import { reviewsFeature } from '../../../api/work/reviews/reviews-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const reviewsRows = definePathRows(reviewsFeature, {
  pathRows: {
    async reviewItemId({ crew, insert, post }) {
      const itemId = await post('/api/v1/review/queue', { kind: 'answer', title: 'Right?' });
      const blobId = await insert(
        (id) => sql`
          INSERT INTO blobs (id, workspace_id, state, sha256, size_bytes)
          VALUES (${id}, ${crew.workspaceId}, 'stored', ${'b'.repeat(64)}, 0)`,
      );
      await insert(
        () => sql`
          INSERT INTO review_attachments (workspace_id, item_id, position, name, mime, size_bytes, blob_id)
          VALUES (${crew.workspaceId}, ${itemId}, 0, 'a.txt', 'text/plain', 0, ${blobId})`,
        newId(),
      );
      return itemId;
    },
    attachmentIndex: () => '0',
  },
});
