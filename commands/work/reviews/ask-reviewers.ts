import { addInboxItem, type InboxAudience } from '../../../db/people/inbox/inbox-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

interface Asked {
  readonly id: string;
  readonly workspace_id: string;
  readonly approval_id: string;
  readonly project_id: string | null;
  readonly submitted_by: string;
  readonly assignee_id: string | null;
  /** People are asked about its result already. */
  readonly isTask: boolean;
}

/** People of a private project that are asked, where nobody is named. */
const MAX_ASKED = 50;

/**
 * The item is in the inbox of who is to decide it, until somebody has: the items are about the decision, which settles
 * them, whoever makes it where.
 */
export async function askReviewers(tx: Tx, item: Asked): Promise<void> {
  if (item.assignee_id !== null) {
    await ask(tx, item, 'review.assigned', { audience_user_id: item.assignee_id });
    return;
  }
  if (item.isTask) return;
  for (const audience of await deciders(tx, item)) await ask(tx, item, 'approval.requested', audience);
}

function ask(
  tx: Tx,
  item: Asked,
  type: 'review.assigned' | 'approval.requested',
  audience: InboxAudience,
): Promise<void> {
  return addInboxItem(tx, {
    ...audience,
    workspaceId: item.workspace_id,
    type,
    subject_type: 'approval',
    subject_id: item.approval_id,
    crew_id: null,
    blocking: true,
    payload: { review_item_id: item.id },
  });
}

/** MANAGER, but of a private project its editors, who may know of it. */
async function deciders(tx: Tx, item: Asked): Promise<readonly InboxAudience[]> {
  if (item.project_id === null) return [{ audience_role: 'MANAGER' }];
  const { visibility } = await tx.one<{ visibility: string }>(sql`
    SELECT visibility FROM projects WHERE id = ${item.project_id}`);
  if (visibility !== 'private') return [{ audience_role: 'MANAGER' }];
  const editors = await tx.any<{ user_id: string }>(sql`
    SELECT pm.user_id FROM project_members pm
    JOIN memberships m ON m.workspace_id = pm.workspace_id AND m.user_id = pm.user_id AND m.disabled_at IS NULL
    WHERE pm.project_id = ${item.project_id} AND pm.role IN ('editor', 'owner') AND pm.user_id <> ${item.submitted_by}
    ORDER BY pm.role DESC, pm.user_id ${sql.limit(MAX_ASKED)}`);
  if (editors.length === 0) return [{ audience_role: 'ADMIN' }];
  return editors.map(({ user_id: id }) => ({ audience_user_id: id }));
}
