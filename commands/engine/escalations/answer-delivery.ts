import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { AnswerDelivery, LateAnswer } from '../../../domain/people/escalations/answer-delivery.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { MissionStatus } from '../../../domain/work/missions/mission-status.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { journalEscalation } from './escalation-journal.ts';
import { type EscalationRow, escalationColumns } from '../../../db/people/escalations/escalation-row.ts';
import { isFreeAnswer } from '../../../db/people/escalations/late-answers.ts';

/** Most answers that one attempt is given at its start; the rest go to the next one. */
const MAX_ANSWERS_PER_INPUT = 20;
/** Of the question, which the one who gets the answer may not have asked. */
const MAX_QUESTION_LENGTH = 2_000;

/**
 * Whom the answer to a locked escalation reaches, at the moment it is given. `waiting`: the agent's window is open. A
 * late one belongs to the attempt that runs its task now; without one, to the mission's next attempt. What a CREDENTIAL
 * escalation is answered with never goes this way.
 */
export async function decideDelivery(
  tx: Tx,
  escalation: EscalationRow,
  missionStatus: MissionStatus | null,
  waiting: boolean,
): Promise<AnswerDelivery> {
  const { run_id: runId, task_id: taskId } = escalation;
  if (waiting) return { kind: 'waiter', taskId, runId };
  if (escalation.type === 'CREDENTIAL') return { kind: 'none', taskId: null, runId: null };
  const live = await tx.maybeOne<{ id: string; task_id: string | null }>(sql`
    SELECT r.id, r.task_id FROM runs r
    WHERE r.status IN ('ADMITTED', 'RUNNING') AND NOT r.reported AND (r.id = ${runId}
      OR r.id = (SELECT t.run_id FROM tasks t WHERE t.id = ${taskId}))
    ORDER BY r.id = ${runId} DESC LIMIT 1`);
  if (live !== null) return { kind: 'running_task', taskId: live.task_id, runId: live.id };
  const goesOn = missionStatus === 'IN_PROGRESS' || missionStatus === 'PLANNING';
  return { kind: goesOn ? 'next_task' : 'none', taskId: null, runId: null };
}

/** Makes the free answers this run's own; of two runs one gets each. */
async function claimFree(tx: Tx, runId: string): Promise<void> {
  await tx.execute(sql`
    UPDATE escalations SET delivery_run_id = ${runId}, delivered_at = NULL, delivered_via = NULL, updated_at = now()
    WHERE id IN (
      SELECT e.id FROM escalations e JOIN runs r ON r.id = ${runId} WHERE ${isFreeAnswer}
      ORDER BY e.resolved_at, e.id ${sql.limit(MAX_ANSWERS_PER_INPUT)} FOR UPDATE OF e SKIP LOCKED)`);
}

const answerColumns = sql.fragment`
  id AS escalation_id, left(reason, ${MAX_QUESTION_LENGTH}) AS question, resolution, action, redirect_to, resolved_at`;

/**
 * The late answers that go into an attempt's input: claimed for it, whatever happens to this process. They count as
 * delivered once the attempt has started ({@link recordInputAnswers}); one that never starts leaves them to the next.
 */
export async function claimInputAnswers(db: Database, address: WorkflowAddress): Promise<readonly LateAnswer[]> {
  return db.transaction(workflowScope(address), async (tx) => {
    await claimFree(tx, address.id);
    return tx.any<LateAnswer>(sql`
      SELECT ${answerColumns} FROM escalations
      WHERE delivery_run_id = ${address.id} AND acknowledged_at IS NULL AND delivered_via IS DISTINCT FROM 'request'
        AND delivery IN ('running_task', 'next_task')
      ORDER BY resolved_at, id ${sql.limit(MAX_ANSWERS_PER_INPUT)}`);
  });
}

/** The attempt has started with these answers in its input. */
export async function recordInputAnswers(tx: Tx, runId: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await recordDelivery(tx, runId, 'input', sql.fragment`id = ANY (${sql.array(ids, 'text')})`);
}

/**
 * The late answers for a running attempt that asks for them: the same ones until it acknowledges them, or ends. Empty
 * for a run that is not running.
 */
export async function takeAnswers(
  db: Database,
  scope: { readonly workspaceId: string; readonly crewId: string; readonly runId: string },
): Promise<readonly LateAnswer[]> {
  const { runId } = scope;
  const own = sql.fragment`delivery_run_id = ${runId} AND acknowledged_at IS NULL
    AND delivered_via IS DISTINCT FROM 'input' AND delivery IN ('running_task', 'next_task')`;
  const due = await db.reads.maybeOne(
    [scope.workspaceId],
    sql`
      SELECT 1 FROM runs r WHERE r.id = ${runId} AND r.crew_id = ${scope.crewId} AND r.status = 'RUNNING' AND (
        EXISTS (SELECT 1 FROM escalations WHERE ${own}) OR EXISTS (SELECT 1 FROM escalations e WHERE ${isFreeAnswer}))`,
  );
  if (due === null) return [];
  return db.transaction({ workspaceIds: [scope.workspaceId] }, async (tx) => {
    await claimFree(tx, runId);
    await recordDelivery(tx, runId, 'request', sql.fragment`delivery IN ('running_task', 'next_task')`);
    return tx.any<LateAnswer>(sql`
      SELECT ${answerColumns} FROM escalations WHERE ${own}
        ORDER BY resolved_at, id ${sql.limit(MAX_ANSWERS_PER_INPUT)}`);
  });
}

async function recordDelivery(tx: Tx, runId: string, via: 'input' | 'request', which: Fragment): Promise<void> {
  const delivered = await tx.any<EscalationRow & { run_task_id: string | null }>(sql`
    UPDATE escalations SET delivered_at = clock_timestamp(), delivered_via = ${via}, updated_at = now()
    WHERE delivery_run_id = ${runId} AND delivered_at IS NULL AND acknowledged_at IS NULL AND ${which}
    RETURNING ${escalationColumns}, (SELECT task_id FROM runs WHERE id = ${runId}) AS run_task_id`);
  for (const escalation of delivered) {
    journalEscalation(tx, escalation, {
      state: 'delivered',
      actor: orchestratorActor(),
      to: { runId, taskId: escalation.run_task_id, via },
    });
  }
}

/**
 * The attempt has taken note of an answer; it is not given again, to nobody. Repeating it changes nothing. Throws
 * `not_found`.
 */
export async function acknowledgeAnswer(
  tx: Tx,
  answer: { readonly escalationId: string; readonly crewId: string; readonly runId: string },
  actor: Actor,
): Promise<void> {
  const escalation = await tx.maybeOne<EscalationRow & { acknowledged_at: string | null }>(sql`
    SELECT ${escalationColumns}, acknowledged_at FROM escalations
    WHERE id = ${answer.escalationId} AND crew_id = ${answer.crewId} AND delivery_run_id = ${answer.runId}
      AND delivered_at IS NOT NULL FOR UPDATE`);
  if (escalation === null) throw notFound('answer');
  if (escalation.acknowledged_at !== null) return;
  await tx.execute(sql`
    UPDATE escalations SET acknowledged_at = clock_timestamp(), updated_at = now() WHERE id = ${escalation.id}`);
  journalEscalation(tx, escalation, {
    state: 'acknowledged',
    actor,
    to: { runId: answer.runId, taskId: null, via: null },
  });
}
