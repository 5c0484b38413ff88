import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AnswerDelivery } from '../../../domain/people/escalations/answer-delivery.ts';
import type { EscalationAction, EscalationStatus } from '../../../domain/people/escalations/escalation.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { CredentialDecision } from '../../../db/kernel/transaction-effects.ts';
import { resolveInboxItems } from '../../../db/people/inbox/inbox-store.ts';
import { syncMissionClock } from '../missions/mission-clock.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { tellMission } from '../missions/tell-mission.ts';
import { decideDelivery } from './answer-delivery.ts';
import { journalEscalation } from './escalation-journal.ts';
import { tellTurnOfAnswer } from './questions-of-turn.ts';
import {
  type EscalationRow,
  escalationColumns,
  lockEscalation,
  resolutionContext,
} from '../../../db/people/escalations/escalation-row.ts';

export interface Resolution {
  readonly resolution: string;
  readonly action: EscalationAction;
  readonly redirectTo: string | null;
  readonly resolvedBy: string | null;
}

export type ResolveResult =
  | { readonly kind: 'resolved'; readonly delivery: AnswerDelivery; readonly agentGaveUpAt: string | null }
  /** The people's time was up by the database's clock; the row is EXPIRED now, and this transaction must commit. */
  | { readonly kind: 'expired' };

/**
 * PENDING → RESOLVED while the people's deadline holds, by the database's clock; otherwise the row expires here, even
 * when nothing else was running. The waiting clients and the escalation's workflow are told; an answer that comes late
 * is kept for an attempt that can use it. The answer to a CREDENTIAL is sealed, goes to no other attempt, and decides
 * on what was proposed. Throws `not_found`, and `wrong_state` with the state reached.
 */
export async function resolveEscalation(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  id: string,
  answer: Resolution,
  actor: Actor,
): Promise<ResolveResult> {
  const { escalation, mission } = await lockPending(tx, id);
  const isSecret = escalation.type === 'CREDENTIAL';
  const resolved = await tx.maybeOne<{ waiting: boolean }>(sql`
    UPDATE escalations e SET status = 'RESOLVED', resolution = ${isSecret ? null : answer.resolution},
      sealed_resolution = ${isSecret ? ring.seal(answer.resolution, resolutionContext(escalation)) : null},
      action = ${answer.action}, redirect_to = ${answer.redirectTo}, resolved_by = ${answer.resolvedBy},
      resolved_at = clock_timestamp(), updated_at = now()
    WHERE id = ${id} AND status = 'PENDING' AND answer_deadline_at > clock_timestamp()
    RETURNING deadline_at > clock_timestamp() AND agent_gave_up_at IS NULL AND (run_id IS NULL OR EXISTS (
      SELECT 1 FROM runs r WHERE r.id = e.run_id AND r.status IN ('ADMITTED', 'RUNNING'))) AS waiting`);
  if (resolved === null) {
    await close(tx, escalation, 'EXPIRED', orchestratorActor());
    await followClock(tx, mission);
    await tellTurnOfAnswer(tx, escalation, 'unanswered');
    return { kind: 'expired' };
  }
  const delivery = await decideDelivery(tx, escalation, mission?.status ?? null, resolved.waiting);
  await tx.execute(sql`
    UPDATE escalations SET delivery = ${delivery.kind},
      delivery_run_id = ${delivery.kind === 'running_task' ? delivery.runId : null} WHERE id = ${id}`);
  const action = answer.action === 'reject' ? 'rejected' : 'approved';
  await resolveInboxItems(tx, 'escalation', [id], { action, userId: answer.resolvedBy });
  const approved = answer.action === 'approve' ? { ring, answer: answer.resolution } : null;
  await decideCredential(tx, escalation, approved, actor);
  journalEscalation(tx, escalation, {
    state: 'resolved',
    actor,
    action: answer.action,
    agentStillWaiting: resolved.waiting,
    delivery,
  });
  tell(tx, escalation);
  await followClock(tx, mission);
  await tellTurnOfAnswer(tx, escalation, 'answered');
  return { kind: 'resolved', delivery, agentGaveUpAt: escalation.agent_gave_up_at };
}

/** The refusal that goes with {@link ResolveResult} `expired`, thrown after its transaction has committed. */
export function answerCameTooLate(): CrewshipError {
  return new CrewshipError('deadline_passed', 'the time to answer this escalation is over', {
    extensions: { current_status: 'EXPIRED' },
  });
}

/** PENDING → CANCELLED. Throws `not_found`, `wrong_state`. */
export async function cancelEscalation(tx: Tx, id: string, actor: Actor, reason: string | null): Promise<void> {
  const { escalation, mission } = await lockPending(tx, id);
  await close(tx, escalation, 'CANCELLED', actor, reason);
  await followClock(tx, mission);
  await tellTurnOfAnswer(tx, escalation, 'unanswered');
}

async function lockPending(tx: Tx, id: string): Promise<{ escalation: EscalationRow; mission: MissionRow | null }> {
  const locked = await lockEscalation(tx, id);
  if (locked === null) throw notFound('escalation');
  if (locked.escalation.status !== 'PENDING') throw wrongState('escalation', locked.escalation.status);
  return locked;
}

/** The locked mission's clock may stand, or run, by this question; its workflow keeps the time that is left. */
async function followClock(tx: Tx, mission: MissionRow | null): Promise<void> {
  if (mission !== null && (await syncMissionClock(tx, mission.id))) tellMission(tx, mission);
}

/** Cancels what a mission still asks. */
export async function cancelEscalationsOfMission(
  tx: Tx,
  missionId: string,
  actor: Actor,
  reason: string,
): Promise<void> {
  const pending = await tx.any<EscalationRow>(sql`
    SELECT ${escalationColumns} FROM escalations WHERE mission_id = ${missionId} AND status = 'PENDING'
    ORDER BY id FOR UPDATE`);
  for (const escalation of pending) await close(tx, escalation, 'CANCELLED', actor, reason);
}

/** What the escalation's workflow does next. */
export type EscalationStep = {
  readonly status: EscalationStatus | 'GONE';
  readonly crewId: string | null;
  readonly missionId: string | null;
} & ({ readonly kind: 'closed' } | { readonly kind: 'waiting'; readonly wakeInMs: number });

/** One step of an escalation's workflow: expires the row when the people's time is up, else says when that is. */
export async function advanceEscalation(db: Database, address: WorkflowAddress): Promise<EscalationStep> {
  return db.transaction(workflowScope(address), async (tx): Promise<EscalationStep> => {
    const locked = await lockEscalation(tx, address.id);
    if (locked === null) return { kind: 'closed', status: 'GONE', crewId: null, missionId: null };
    const { escalation, mission } = locked;
    const shown = { status: escalation.status, crewId: escalation.crew_id, missionId: escalation.mission_id };
    if (escalation.status !== 'PENDING' || escalation.generation !== address.generation)
      return { kind: 'closed', ...shown };
    const { left_ms: leftMs } = await tx.one<{ left_ms: number }>(sql`
      SELECT ceil(extract(epoch FROM answer_deadline_at - clock_timestamp()) * 1000)::bigint AS left_ms
      FROM escalations WHERE id = ${escalation.id}`);
    if (leftMs > 0) return { kind: 'waiting', ...shown, wakeInMs: leftMs };
    await close(tx, escalation, 'EXPIRED', orchestratorActor());
    await followClock(tx, mission);
    await tellTurnOfAnswer(tx, escalation, 'unanswered');
    return { kind: 'closed', ...shown, status: 'EXPIRED' };
  });
}

/** PENDING → EXPIRED once the people's time is up; false for one that is not there, over, or still has time. */
export async function expireEscalation(tx: Tx, id: string, actor: Actor): Promise<boolean> {
  const locked = await lockEscalation(tx, id);
  if (locked === null || locked.escalation.status !== 'PENDING') return false;
  const { late } = await tx.one<{ late: boolean }>(sql`
    SELECT answer_deadline_at <= clock_timestamp() AS late FROM escalations WHERE id = ${id}`);
  if (!late) return false;
  await close(tx, locked.escalation, 'EXPIRED', actor);
  await followClock(tx, locked.mission);
  await tellTurnOfAnswer(tx, locked.escalation, 'unanswered');
  return true;
}

/** Notes that the agent stopped waiting; the row stays answerable. Repeating it changes nothing. */
export async function markAgentGaveUp(db: Database, workspaceId: string, id: string): Promise<void> {
  await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    const locked = await lockEscalation(tx, id);
    if (locked === null) return;
    const escalation = await tx.maybeOne<EscalationRow>(sql`
      UPDATE escalations SET agent_gave_up_at = clock_timestamp(), updated_at = now()
      WHERE id = ${id} AND status = 'PENDING' AND agent_gave_up_at IS NULL AND deadline_at <= clock_timestamp()
      RETURNING ${escalationColumns}`);
    if (escalation === null) return;
    journalEscalation(tx, escalation, { state: 'unanswered', actor: orchestratorActor() });
    await followClock(tx, locked.mission);
    await tellTurnOfAnswer(tx, escalation, 'unanswered');
  });
}

/** Closes a locked row. */
export async function close(
  tx: Tx,
  escalation: EscalationRow,
  to: 'EXPIRED' | 'CANCELLED',
  actor: Actor,
  reason: string | null = null,
): Promise<void> {
  await tx.execute(sql`
    UPDATE escalations SET status = ${to}, cancel_reason = ${reason}, updated_at = now() WHERE id = ${escalation.id}`);
  await resolveInboxItems(tx, 'escalation', [escalation.id], { action: 'cancelled' });
  await decideCredential(tx, escalation, null, actor);
  journalEscalation(tx, escalation, { state: to === 'EXPIRED' ? 'expired' : 'cancelled', actor });
  tell(tx, escalation);
}

/** Tells the vault what became of the credential that the question is about, if it is about one. */
async function decideCredential(
  tx: Tx,
  escalation: EscalationRow,
  approved: CredentialDecision['approved'],
  actor: Actor,
): Promise<void> {
  const { credential_id: credentialId, workspace_id: workspaceId, crew_id: crewId, agent_id: agentId } = escalation;
  if (credentialId === null) return;
  await tx.effects.credentialDecided(tx, { credentialId, workspaceId, crewId, agentId, approved, actor });
}

function tell(tx: Tx, escalation: EscalationRow): void {
  tx.enqueue({ kind: 'wake', topic: 'escalation', workspaceId: escalation.workspace_id, id: escalation.id });
  tx.enqueue({
    kind: 'workflow',
    workflow: 'escalation',
    address: { workspaceId: escalation.workspace_id, id: escalation.id, generation: escalation.generation },
  });
}
