import type { Decision } from '../../../domain/people/approvals/approval.ts';
import { type Actor } from '../../../domain/kernel/access/authority.ts';
import { type AutonomyAction, type AutonomyLevel, judgeAction } from '../../../domain/crews/autonomy/autonomy.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { openApproval, settleApproval } from '../approvals/approval-commands.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { DecisionEffect } from '../../../db/kernel/transaction-effects.ts';
import { lockMission } from '../../../db/work/missions/mission-row.ts';

export const AUTONOMY_GATE = 'autonomy_gate';

/** What a crew's agents have made that still waits for a person: more would only bury what is there. */
const MAX_OPEN_REVIEWS = 10;

/** What a crew's level makes of an action of its agents. */
export interface Judgement {
  readonly level: AutonomyLevel;
  readonly isHeld: boolean;
  /** It is live, and people are told of it. */
  readonly isNoticed: boolean;
}

/**
 * Judges what an agent of a crew is about to do; the crew stays locked, so that its level and what is counted stay so.
 * Throws `forbidden` with the policy for what the level refuses, and with the limit beyond ten open reviews.
 */
export async function judgeAgentAction(tx: Tx, crewId: string, action: AutonomyAction): Promise<Judgement> {
  const crew = await tx.maybeOne<{ autonomy_level: AutonomyLevel }>(sql`
    SELECT autonomy_level FROM crews WHERE id = ${crewId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (crew === null) throw notFound('crew');
  const level = crew.autonomy_level;
  const verdict = judgeAction(level, action);
  if (verdict === 'refused') {
    const reason = `agents of a crew whose autonomy is ${level} may not do this`;
    throw new CrewshipError('forbidden', reason, {
      extensions: { error: 'refused by policy', reason, crew_id: crewId, autonomy_level: level, policy_action: action },
    });
  }
  if (verdict !== 'held') return { level, isHeld: false, isNoticed: verdict === 'noticed' };
  const { open } = await tx.one<{ open: number }>(sql`
    SELECT count(*) AS open FROM approvals
    WHERE crew_id = ${crewId} AND kind = ${AUTONOMY_GATE} AND status = 'pending'`);
  if (open >= MAX_OPEN_REVIEWS) {
    const reason = `a crew has at most ${MAX_OPEN_REVIEWS} things of its agents waiting for review`;
    const setting = 'max_open_reviews';
    throw new CrewshipError('forbidden', reason, {
      extensions: { error: reason, reason, crew_id: crewId, setting, limit: MAX_OPEN_REVIEWS },
    });
  }
  return { level, isHeld: true, isNoticed: false };
}

/** Tells people what an agent made by itself. */
export function noticeMade(
  tx: Tx,
  made: {
    readonly subjectType: 'crew' | 'agent' | 'mission';
    readonly subjectId: string;
    readonly workspaceId: string;
    readonly crewId: string;
    readonly agentId: string | null;
  },
): Promise<void> {
  return addInboxItem(tx, {
    workspaceId: made.workspaceId,
    type: 'agent.made',
    subject_type: made.subjectType,
    subject_id: made.subjectId,
    crew_id: made.crewId,
    agentId: made.agentId,
    audience_role: 'MANAGER',
    blocking: false,
  });
}

/** Has an ADMIN asked whether a held row of this transaction is to become live. Returns the approval's id. */
export async function holdForReview(
  tx: Tx,
  held: {
    readonly subjectType: 'crew' | 'agent' | 'mission';
    readonly subjectId: string;
    readonly workspaceId: string;
    /** The crew whose agent made it, and the agent where its run says so. */
    readonly crewId: string;
    readonly agentId: string | null;
    readonly level: AutonomyLevel;
    readonly action: AutonomyAction;
  },
  actor: Actor,
): Promise<string> {
  const about = { policy_action: held.action, autonomy_level: held.level };
  return openApproval(
    tx,
    {
      kind: AUTONOMY_GATE,
      subjectType: held.subjectType,
      subjectId: held.subjectId,
      workspaceId: held.workspaceId,
      crewId: held.crewId,
      agentId: held.agentId,
      missionId: held.subjectType === 'mission' ? held.subjectId : null,
      reason: `an agent made this ${held.subjectType}, and the autonomy of its crew is ${held.level}`,
      payload: about,
      journalled: about,
      requiredAuthority: 'manage',
      generation: 1,
      traceId: null,
    },
    actor,
  );
}

/**
 * A person's decision on what an agent made: approved it is live, denied it stays as it is, inert, until somebody
 * deletes it. Throws `conflict` when its subject was deleted meanwhile, and as `settleApproval`.
 */
async function decideAutonomyGate(
  tx: Tx,
  approval: { readonly subject_type: string; readonly subject_id: string },
  decision: Decision,
  actor: Actor,
): Promise<void> {
  const { subject_type: subjectType, subject_id: subjectId } = approval;
  // The subject first, then its approval, as everybody takes them.
  const subject = await lockSubject(tx, subjectType, subjectId);
  if (subject === null) throw new CrewshipError('conflict', `the ${subjectType} is gone`);
  const of = { kind: AUTONOMY_GATE, subjectType, subjectId };
  await settleApproval(tx, of, decision, { actor, traceId: null });
  if (decision.verdict === 'approved') await release(tx, subject, actor);
}

export const autonomyDecision: DecisionEffect = { decide: decideAutonomyGate, isCancellable: true };

interface HeldSubject {
  readonly type: 'crew' | 'agent' | 'mission';
  readonly id: string;
  readonly workspaceId: string;
  readonly crewId: string | null;
  readonly label: string;
}

async function lockSubject(tx: Tx, type: string, id: string): Promise<HeldSubject | null> {
  if (type === 'mission') {
    const mission = await lockMission(tx, id);
    if (mission === null) return null;
    return { type, id, workspaceId: mission.workspace_id, crewId: mission.crew_id, label: mission.id };
  }
  if (type !== 'crew' && type !== 'agent') return null;
  const table = sql.identifier([type === 'crew' ? 'crews' : 'agents']);
  const crewColumn = sql.identifier([type === 'crew' ? 'id' : 'crew_id']);
  const row = await tx.maybeOne<{ workspace_id: string; crew_id: string | null; slug: string }>(sql`
    SELECT workspace_id, ${crewColumn} AS crew_id, slug FROM ${table} WHERE id = ${id} AND deleted_at IS NULL
    FOR NO KEY UPDATE`);
  return row === null ? null : { type, id, workspaceId: row.workspace_id, crewId: row.crew_id, label: row.slug };
}

async function release(tx: Tx, subject: HeldSubject, actor: Actor): Promise<void> {
  const { type, id, workspaceId, crewId } = subject;
  if (type === 'agent') {
    await tx.execute(sql`
      UPDATE agents SET status = 'IDLE', updated_at = now() WHERE id = ${id} AND status = 'PENDING_REVIEW'`);
    tx.journal({
      type: 'agent.status_change',
      actor,
      workspaceId,
      crewId,
      agentId: id,
      targetType: 'agent',
      targetId: id,
      summary: 'agent PENDING_REVIEW → IDLE',
      payload: { agent_id: id, from: 'PENDING_REVIEW', to: 'IDLE' },
    });
    return;
  }
  const table = sql.identifier([type === 'crew' ? 'crews' : 'missions']);
  await tx.execute(sql`UPDATE ${table} SET held = false, updated_at = now() WHERE id = ${id}`);
  const entry = auditEntry('updated', {
    actor,
    workspaceId,
    crewId,
    targetType: type,
    targetId: id,
    label: subject.label,
    payload: { changed_fields: ['held'] },
  });
  tx.journal(type === 'mission' ? { ...entry, missionId: id } : entry);
}
