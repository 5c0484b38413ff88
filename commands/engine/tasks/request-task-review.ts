import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { openApproval } from '../approvals/approval-commands.ts';
import { TASK_APPROVAL } from './task-approval-kind.ts';
import { journalTask } from './task-journal.ts';

/** Opens the decision on a task of no mission that has become AWAITING_APPROVAL in the same transaction. */
export async function requestTaskReview(tx: Tx, task: ManagedTaskRow, actor: Actor): Promise<void> {
  await tx.execute(sql`
    UPDATE tasks SET review_status = 'requested', review_by = NULL, review_at = NULL, review_note = NULL
    WHERE id = ${task.id}`);
  const rule = task.approval_required ? 'approval_required' : 'review_requested';
  await openApproval(
    tx,
    {
      kind: TASK_APPROVAL,
      subjectType: 'task',
      subjectId: task.id,
      workspaceId: task.workspace_id,
      crewId: task.crew_id,
      agentId: task.assigned_agent_id,
      missionId: null,
      projectId: task.project_id,
      reason: 'the task waits for its review',
      payload: { rule, confidence: null },
      journalled: { rule, confidence: null },
      requiredAuthority: 'create',
      generation: 0,
      traceId: task.id,
    },
    actor,
  );
  journalTask(tx, task, actor, { type: 'review.requested', payload: { task_id: task.id } });
}
