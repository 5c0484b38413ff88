import type { Actor } from '../../../domain/kernel/access/authority.ts';
import {
  EXECUTION_GIVE_UP_SECONDS,
  GATED_LEVEL,
  KEEPER_ANSWER_DAYS,
  type KeeperGovernance,
  needsSecondApprover,
  type Verdict,
} from '../../../domain/vault/keeper/keeper-request.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { addInboxItem, resolveInboxItems } from '../../../db/people/inbox/inbox-store.ts';
import { hasOtherDecider } from '../../../db/people/approvals/other-decider.ts';
import { findRequestedCredential } from '../../../db/vault/keeper/find-requested-credential.ts';
import type { KeeperRequestRow } from '../../../db/vault/keeper/keeper-request-row.ts';
import { issueLease } from './issue-lease.ts';
import { askedOf, frameOf, keeperActor, noteStep } from './keeper-journal.ts';

/** What stands beside a decision. */
interface Judged {
  readonly profile: string;
  readonly prompt: string | null;
  readonly reply: string | null;
}

export interface Settlement {
  readonly governance: KeeperGovernance;
  /** The keeper, unless a person decides. */
  readonly actor?: Actor;
  readonly decidedBy?: string | null;
  readonly judged?: Judged;
  readonly isSelfApproved?: boolean;
}

const SUBJECT = 'keeper_request';

/**
 * Writes a decision down, with all that follows from it, for a request that this transaction made or has locked. What
 * would be allowed is allowed only if the agent still has the credential at this moment, and its run still goes on;
 * what people are asked only if somebody may answer. Returns what was decided in the end.
 */
export async function settleDecision(
  tx: Tx,
  row: KeeperRequestRow,
  wanted: Verdict,
  settlement: Settlement,
): Promise<Verdict> {
  const { governance, actor = keeperActor(), decidedBy = null, judged = null } = settlement;
  const held = wanted.decision === 'ALLOW' ? await holds(tx, row) : null;
  const verdict =
    wanted.decision === 'ALLOW' && held === null
      ? { ...wanted, decision: 'DENY' as const, reason: 'the agent does not have this credential any more' }
      : await withApprover(tx, row, wanted, governance);
  const { decision, reason, riskScore } = verdict;
  const isRun = decision === 'ALLOW' && row.request_type === 'execute';
  await tx.execute(sql`
    UPDATE keeper_requests SET decision = ${decision}, reason = ${reason}, risk_score = ${riskScore},
      decided_at = clock_timestamp(), decided_by = ${decidedBy},
      judge_profile = coalesce(${judged?.profile ?? null}, judge_profile),
      judge_prompt = coalesce(${judged?.prompt ?? null}, judge_prompt),
      judge_reply = coalesce(${judged?.reply ?? null}, judge_reply),
      answer_deadline_at = CASE WHEN ${decision === 'ESCALATE'}
        THEN now() + ${KEEPER_ANSWER_DAYS} * interval '1 day' ELSE answer_deadline_at END,
      execution = CASE WHEN ${isRun} THEN 'due' ELSE execution END,
      execution_deadline_at = CASE WHEN ${isRun}
        THEN clock_timestamp() + ${EXECUTION_GIVE_UP_SECONDS} * interval '1 second' END,
      updated_at = now()
    WHERE id = ${row.id}`);
  const seq = await noteStep(tx, row, { state: decision, actor, reason, riskScore });
  tx.journal({
    ...frameOf(row, actor),
    transitionId: `keeper-${row.id}:${seq}`,
    type: 'keeper.decision',
    severity: decision === 'DENY' ? 'warn' : 'notice',
    summary: `keeper: ${row.request_type} ${decision}`,
    payload: {
      ...askedOf(row),
      decision,
      risk_score: riskScore,
      judge_profile: judged?.profile ?? null,
      ...(settlement.isSelfApproved === true ? { self_approved: true } : {}),
    },
  });
  if (row.decision === 'ESCALATE') await resolveInboxItems(tx, SUBJECT, [row.id]);
  const isNotified = governance.enabled && riskScore >= governance.deny_notify_min_risk;
  if (decision === 'ESCALATE' || (decision === 'DENY' && decidedBy === null && isNotified)) {
    await addInboxItem(tx, {
      workspaceId: row.workspace_id,
      type: decision === 'ESCALATE' ? 'keeper_escalated' : 'keeper_denied',
      subject_type: SUBJECT,
      subject_id: row.id,
      crew_id: row.crew_id,
      audience_role: 'ADMIN',
      blocking: decision === 'ESCALATE',
    });
  }
  const seconds = governance.auto_lease_seconds;
  if (decision === 'ALLOW' && held !== null && row.security_level >= GATED_LEVEL && seconds > 0) {
    await issueLease(tx, row, { seconds, envVar: held.env_var });
  }
  return verdict;
}

/** The credential, if the agent has it now, for a run that still goes on; what is run takes a plain secret. */
export async function holds(tx: Tx, row: KeeperRequestRow) {
  const credential = await findRequestedCredential(
    tx,
    { id: row.agent_id, runId: row.run_id },
    { id: row.credential_id },
  );
  if (credential === null || (row.request_type === 'execute' && credential.type !== 'SECRET')) return null;
  // A tier that was raised meanwhile was judged as the lower one.
  if (credential.security_level > row.security_level) return null;
  if (row.run_id === null) return credential;
  const over = await tx.maybeOne(sql`
    SELECT 1 FROM runs WHERE id = ${row.run_id} AND status NOT IN ('QUEUED', 'ADMITTED', 'RUNNING')`);
  return over === null ? credential : null;
}

/** Where two people are needed, and there is only the one that the run works for, nobody can be asked. */
async function withApprover(
  tx: Tx,
  row: KeeperRequestRow,
  verdict: Verdict,
  governance: KeeperGovernance,
): Promise<Verdict> {
  if (verdict.decision !== 'ESCALATE' || !needsSecondApprover(row.security_level, governance)) return verdict;
  if (await hasOtherDecider(tx, row)) return verdict;
  return { ...verdict, decision: 'DENY', reason: 'no_second_approver: nobody else may decide this' };
}
