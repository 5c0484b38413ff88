import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { ISSUE_OF_MISSION, type IssueStatus, isClosedIssue } from '../../../domain/work/issues/issue.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { MovedMission } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { addActivity, type IssueTarget, journalIssue } from './issue-rows.ts';

interface Followed extends IssueTarget {
  readonly from: IssueStatus;
}

/**
 * The issue that a mission works on goes where the mission goes, in its transaction. One that was closed with its
 * mission, as a duplicate or because it was given up, stays so.
 */
export async function followMission(tx: Tx, mission: MovedMission, actor: Actor): Promise<void> {
  const to = ISSUE_OF_MISSION[mission.to];
  const known = await tx.maybeOne<Followed>(sql`
    SELECT i.id, i.workspace_id, i.crew_id, i.identifier, i.project_id, i.status AS "from",
      EXISTS (SELECT 1 FROM projects p WHERE p.id = i.project_id AND p.visibility = 'private') AS is_private
    FROM issues i WHERE i.mission_id = ${mission.id} AND i.workspace_id = ${mission.workspaceId} FOR UPDATE OF i`);
  if (known === null || known.from === to || known.from === 'DUPLICATE') return;
  await tx.execute(sql`
    UPDATE issues SET status = ${to}, updated_at = now(),
      completed_at = CASE WHEN ${isClosedIssue(to)} THEN now() END
    WHERE id = ${known.id}`);
  await addActivity(tx, known, actor, 'status_changed', { from: known.from, to, mission_id: mission.id });
  journalIssue(tx, known, actor, {
    type: 'issue.status_change',
    payload: { identifier: known.identifier, changed_fields: ['status'], from: known.from, to },
  });
}
