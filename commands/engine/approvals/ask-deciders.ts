import type { RequiredAuthority } from '../../../domain/people/approvals/approval.ts';
import { type InboxAudience, addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** What those who decide are told of a decision. */
export interface AskedApproval {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly agent_id: string | null;
  readonly project_id: string | null;
  readonly kind: string;
  readonly subject_type: string;
  readonly subject_id: string;
}

const DECIDERS = { create: 'MANAGER', manage: 'ADMIN', operator: 'OWNER' } as const;
/** People of a private project that are asked. */
const MAX_ASKED = 50;

/** Those who may decide have it in their inboxes until it is over, but who submitted it. */
export async function askPeople(
  tx: Tx,
  approval: AskedApproval,
  authority: RequiredAuthority,
  submittedBy: string | null = null,
): Promise<void> {
  for (const audience of await deciders(tx, approval.project_id, authority, submittedBy)) {
    await addInboxItem(tx, {
      ...audience,
      workspaceId: approval.workspace_id,
      type: approval.subject_type === 'task' ? 'task.review' : 'approval.requested',
      subject_type: 'approval',
      subject_id: approval.id,
      crew_id: approval.crew_id,
      agentId: approval.agent_id,
      blocking: true,
      payload: { kind: approval.kind, subject_type: approval.subject_type, subject_id: approval.subject_id },
    });
  }
}

/** A role of the workspace, but of a private project its editors, who may know of it. */
async function deciders(
  tx: Tx,
  projectId: string | null,
  authority: RequiredAuthority,
  submittedBy: string | null,
): Promise<readonly InboxAudience[]> {
  const everybody = [{ audience_role: DECIDERS[authority] }];
  if (projectId === null) return everybody;
  const { visibility } = await tx.one<{ visibility: string }>(sql`
    SELECT visibility FROM projects WHERE id = ${projectId}`);
  if (visibility !== 'private') return everybody;
  const editors = await tx.any<{ user_id: string }>(sql`
    SELECT pm.user_id FROM project_members pm
    JOIN memberships m ON m.workspace_id = pm.workspace_id AND m.user_id = pm.user_id AND m.disabled_at IS NULL
    WHERE pm.project_id = ${projectId} AND pm.role IN ('editor', 'owner') AND pm.user_id IS DISTINCT FROM ${submittedBy}
    ORDER BY pm.role DESC, pm.user_id ${sql.limit(MAX_ASKED)}`);
  // Whoever manages the workspace passes as an owner of each of its projects.
  if (editors.length === 0) return [{ audience_role: 'ADMIN' }];
  return editors.map(({ user_id: id }) => ({ audience_user_id: id }));
}
