import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { ApprovalOutcome, ApprovalStatus } from '../../../domain/people/approvals/approval.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { DecisionEffect } from '../../../db/kernel/transaction-effects.ts';
import { resolveInboxItems } from '../../../db/people/inbox/inbox-store.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { syncMissionClock } from '../missions/mission-clock.ts';
import { tellMission } from '../missions/tell-mission.ts';
import {
  type ApprovalRow,
  approvalRowColumns,
  cancelApproval,
  cancelApprovals,
  factsOf,
  journalApproval,
  settleApproval,
  tellApproval,
} from './approval-commands.ts';

/** What an agent asked for is decided: it goes on, in its mission's time. */
export const actionDecision: DecisionEffect = {
  async decide(tx, approval, decision, actor) {
    const mission = await lockAskingMission(tx, approval.mission_id);
    const { kind, subject_type: subjectType, subject_id: subjectId, run_id: traceId } = approval;
    await settleApproval(tx, { kind, subjectType, subjectId }, decision, { actor, traceId });
    await followClock(tx, mission);
  },
  isCancellable: true,
};

async function lockAskingMission(tx: Tx, id: string | null): Promise<MissionRow | null> {
  return id === null ? null : lockMission(tx, id);
}

/** The locked mission's clock may run again. */
async function followClock(tx: Tx, mission: MissionRow | null): Promise<void> {
  if (mission !== null && (await syncMissionClock(tx, mission.id))) tellMission(tx, mission);
}

interface LockedApproval extends ApprovalRow {
  readonly status: ApprovalStatus;
}

/** Reads and locks an approval, and before it the mission that it is asked in. */
export async function lockApproval(
  tx: Tx,
  id: string,
): Promise<{ readonly approval: LockedApproval; readonly mission: MissionRow | null } | null> {
  const known = await tx.maybeOne<{ mission_id: string | null }>(sql`
    SELECT mission_id FROM approvals WHERE id = ${id}`);
  if (known === null) return null;
  const mission = await lockAskingMission(tx, known.mission_id);
  const approval = await tx.maybeOne<LockedApproval>(sql`
    SELECT ${approvalRowColumns}, status FROM approvals WHERE id = ${id} FOR UPDATE`);
  return approval === null ? null : { approval, mission };
}

/** Ends an approval whose time is over, whoever sees it first. */
export async function expireApproval(tx: Tx, id: string): Promise<void> {
  const locked = await lockApproval(tx, id);
  if (locked === null) return;
  const approval = await tx.maybeOne<ApprovalRow>(sql`
    UPDATE approvals SET status = 'timeout', decided_at = clock_timestamp(), updated_at = now()
    WHERE id = ${id} AND status = 'pending' AND deadline_at <= clock_timestamp() RETURNING ${approvalRowColumns}`);
  if (approval === null) return;
  await resolveInboxItems(tx, 'approval', [id]);
  const about = { actor: orchestratorActor(), traceId: null };
  journalApproval(tx, approval, { type: 'approval.timeout', payload: factsOf(approval) }, about);
  tellApproval(tx, approval);
  await followClock(tx, locked.mission);
}

/** What the approval's workflow does next. */
export type ApprovalStep = {
  readonly status: ApprovalStatus | 'gone';
  readonly crewId: string | null;
  readonly missionId: string | null;
} & ({ readonly kind: 'closed' } | { readonly kind: 'waiting'; readonly wakeInMs: number });

/** One step of an approval's workflow: ends the row when the people's time is up, else says when that is. */
export async function advanceApproval(db: Database, address: WorkflowAddress): Promise<ApprovalStep> {
  return db.transaction(workflowScope(address), async (tx): Promise<ApprovalStep> => {
    await expireApproval(tx, address.id);
    const row = await tx.maybeOne<LockedApproval & { left_ms: number }>(sql`
      SELECT ${approvalRowColumns}, status,
        greatest(1, ceil(extract(epoch FROM deadline_at - clock_timestamp()) * 1000))::bigint AS left_ms
      FROM approvals WHERE id = ${address.id}`);
    if (row === null) return { kind: 'closed', status: 'gone', crewId: null, missionId: null };
    const shown = { status: row.status, crewId: row.crew_id, missionId: row.mission_id };
    if (row.status !== 'pending' || row.generation !== address.generation) return { kind: 'closed', ...shown };
    return { kind: 'waiting', ...shown, wakeInMs: row.left_ms };
  });
}

/** Asked for in Temporal: the row's own cancellation. One that is closed already stays as it is. */
export async function withdrawApprovalOf(db: Database, address: WorkflowAddress): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const locked = await lockApproval(tx, address.id);
    if (locked === null) return;
    await cancelApproval(tx, address.id, { userId: null, reason: null, actor: orchestratorActor() });
    await followClock(tx, locked.mission);
  });
}

/** Withdraws what a locked run, which ends for good, still waits for. */
export async function cancelApprovalsOfRun(tx: Tx, runId: string): Promise<void> {
  const which = sql.fragment`run_id = ${runId} AND gate_mode = 'sync'`;
  await cancelApprovals(tx, which, { actor: orchestratorActor(), traceId: runId }, 'run_over');
}

/** Makes what attempts that were lost or restarted ask for, and had no answer to, that of their successors. */
export async function handOnApprovals(tx: Tx, runIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    UPDATE approvals a SET run_id = r.id, updated_at = now()
    FROM runs r JOIN runs p ON p.id = r.predecessor_id AND p.error_code IN ('lost', 'restarted')
      AND p.generation = r.generation AND p.iteration = r.iteration
    WHERE r.id = ANY (${sql.array([...runIds], 'text')}) AND a.run_id = p.id AND a.consumed_at IS NULL`);
}

/** What an agent is told, once. */
export interface HandedDecision {
  readonly status: Exclude<ApprovalStatus, 'pending'>;
  readonly outcome: ApprovalOutcome | null;
  readonly edits: JsonObject | null;
  readonly comment: string | null;
}

/**
 * Hands a decision over to the agent that asked, once: whoever comes later is told that it was, and to whom. Throws
 * `not_found`, also for an attempt that is not the one that asks, and `conflict`.
 */
export async function consumeDecision(
  tx: Tx,
  id: string,
  by: { readonly crewId: string; readonly runId: string | null },
  actor: Actor,
): Promise<HandedDecision> {
  const own = sql.fragment`id = ${id} AND crew_id = ${by.crewId} AND subject_type = 'action'
    AND (run_id IS NULL OR run_id = coalesce(${by.runId}, run_id))`;
  const row = await tx.maybeOne<ApprovalRow & HandedDecision>(sql`
    UPDATE approvals SET consumed_at = clock_timestamp(), consumed_by_run_id = ${by.runId}, updated_at = now()
    WHERE ${own} AND status <> 'pending' AND consumed_at IS NULL
    RETURNING ${approvalRowColumns}, status, outcome, edits, decision_comment AS comment`);
  if (row !== null) {
    const payload = { ...factsOf(row), run_id: by.runId, decision: row.status };
    journalApproval(tx, row, { type: 'approval.consumed', payload }, { actor, traceId: by.runId });
    return { status: row.status, outcome: row.outcome, edits: row.edits, comment: row.comment };
  }
  const handed = await tx.maybeOne<{ status: ApprovalStatus; consumed_by_run_id: string | null }>(sql`
    SELECT status, consumed_by_run_id FROM approvals WHERE ${own}`);
  if (handed === null) throw notFound('approval');
  throw new CrewshipError('conflict', 'this decision was handed over already: look at what came of it before', {
    extensions: { reason: 'already_consumed', decision: handed.status, consumed_by_run_id: handed.consumed_by_run_id },
  });
}
