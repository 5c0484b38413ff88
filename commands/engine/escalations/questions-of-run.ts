import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { AGENT_WAIT_SECONDS } from '../../../domain/people/escalations/escalation.ts';
import { type EscalationRow, escalationColumns } from '../../../db/people/escalations/escalation-row.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { handOnApprovals } from '../approvals/end-approval.ts';
import { tellMission } from '../missions/tell-mission.ts';
import { close } from './close-escalation.ts';
import { journalEscalation } from './escalation-journal.ts';

/**
 * Withdraws what a locked run, which ends for good, still waits to be told. What its agent has given up to wait for
 * stays open for people, as a late answer is another attempt's. A question that an agent asked in the chat of another
 * mission is not ours to wait for: who holds it closes it, or answers it to nobody.
 */
export async function closeQuestionsOfRun(tx: Tx, run: RunRow, mission: MissionRow | null): Promise<void> {
  const waiting = await tx.any<EscalationRow>(sql`
    SELECT ${escalationColumns} FROM escalations
    WHERE run_id = ${run.id} AND status = 'PENDING' AND agent_gave_up_at IS NULL AND deadline_at > clock_timestamp()
    ORDER BY id FOR UPDATE SKIP LOCKED`);
  for (const escalation of waiting) await close(tx, escalation, 'CANCELLED', orchestratorActor(), 'its run is over');
  const others = waiting.flatMap(({ mission_id: id }) => (id === null || id === mission?.id ? [] : [id]));
  if (others.length === 0) return;
  const missions = await tx.any<Parameters<typeof tellMission>[1]>(sql`
    SELECT id, workspace_id, generation, status FROM missions WHERE id = ANY (${sql.array(others, 'text')})`);
  for (const other of missions) tellMission(tx, other);
}

/**
 * Makes the open questions of attempts that were lost or restarted those of their successors, which are told of them
 * and may wait for the answer in a window of their own. Until one does nobody waits: the answer is a late one, which
 * its start or its own request brings it. What they ask to be allowed is handed on with them.
 */
export async function handOnQuestions(tx: Tx, runIds: readonly string[]): Promise<void> {
  await handOnApprovals(tx, runIds);
  const open = await tx.any<{ id: string; to_run_id: string; to_task_id: string | null }>(sql`
    SELECT e.id, r.id AS to_run_id, r.task_id AS to_task_id
    FROM runs r
    JOIN runs p ON p.id = r.predecessor_id AND p.error_code IN ('lost', 'restarted')
      AND p.generation = r.generation AND p.iteration = r.iteration
    JOIN escalations e ON e.run_id = p.id AND e.status = 'PENDING'
    WHERE r.id = ANY (${sql.array([...runIds], 'text')})
    ORDER BY e.id FOR UPDATE OF e SKIP LOCKED`);
  for (const { id, to_run_id: runId, to_task_id: taskId } of open) {
    const escalation = await tx.one<EscalationRow>(sql`
      UPDATE escalations SET run_id = ${runId}, updated_at = now(),
        agent_gave_up_at = coalesce(agent_gave_up_at, clock_timestamp()),
        deadline_at = clock_timestamp() + ${AGENT_WAIT_SECONDS} * interval '1 second'
      WHERE id = ${id} RETURNING ${escalationColumns}`);
    journalEscalation(tx, escalation, {
      state: 'handed_on',
      actor: orchestratorActor(),
      to: { runId, taskId, via: null },
    });
  }
}
