import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { reviewEntries } from '../../../domain/work/reviews/review-entries.ts';
import type { ReviewRow } from '../../../db/work/reviews/reviews-store.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

type OfItem = Pick<ReviewRow, 'id' | 'workspace_id' | 'project_id' | 'chat_id'>;

/** Whose entry it is: the session's or the project's, so that who may not see that reads nothing of its reviews. */
function placeOf(item: OfItem) {
  if (item.chat_id !== null) return { targetType: 'chat', targetId: item.chat_id };
  if (item.project_id !== null) return { targetType: 'project', targetId: item.project_id };
  return { targetType: 'review_item', targetId: item.id };
}

export function journalReview(tx: Tx, item: OfItem, actor: Actor, entry: EntryParts<keyof typeof reviewEntries>): void {
  tx.journal({
    actor,
    workspaceId: item.workspace_id,
    ...placeOf(item),
    severity: 'notice',
    summary: entry.type.replace('.', ' '),
    ...entry,
  });
}
