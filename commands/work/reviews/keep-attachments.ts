import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { ReviewReader } from '../../../db/work/reviews/review-sight.ts';
import { referToBlob } from '../../kernel/blobs/keep-blob.ts';

interface Shown {
  readonly token: string;
  readonly name: string;
  readonly mime: string;
  readonly blob_id: string;
  readonly size_bytes: number;
}

/**
 * Keeps files that runs published with an item, as they are now. Who sees the item reads them, so they are of its
 * project or of none, and a session's are put before others by who may show that. Locks blobs: after the item's row.
 * Throws `invalid_request`.
 */
export async function keepAttachments(
  tx: Tx,
  item: ReviewReader & { readonly id: string; readonly projectId: string | null },
  tokens: readonly string[],
): Promise<void> {
  if (tokens.length === 0) return;
  const { workspaceId, userId, projectId } = item;
  const found = await tx.any<Shown>(sql`
    SELECT x.reference_token AS token, x.name, x.mime, v.blob_id, v.size_bytes
    FROM artifacts x JOIN artifact_revisions v ON v.artifact_id = x.id AND v.revision = x.current_revision
    WHERE x.workspace_id = ${workspaceId} AND x.reference_token = ANY (${sql.array([...tokens], 'text')})
      AND (x.project_id IS NULL OR x.project_id = ${projectId})
      AND (x.chat_id IS NULL OR crewship_chat_role(x.chat_id, ${userId}) IN ('owner', 'manager')
        OR EXISTS (SELECT FROM chats c WHERE c.id = x.chat_id AND c.visibility = 'workspace'))`);
  const byToken = new Map(found.map((shown) => [shown.token, shown]));
  for (const [position, token] of tokens.entries()) {
    const shown = byToken.get(token);
    if (shown === undefined) {
      throw invalidField(`attachments.${position}`, 'names no file that you may put before who sees the item');
    }
    await referToBlob(tx, { workspaceId, blobId: shown.blob_id }, { kind: 'review_item', id: item.id });
    await tx.execute(sql`
      INSERT INTO review_attachments (workspace_id, item_id, position, name, mime, size_bytes, blob_id)
      VALUES (${workspaceId}, ${item.id}, ${position}, ${shown.name}, ${shown.mime}, ${shown.size_bytes},
        ${shown.blob_id})`);
  }
}
