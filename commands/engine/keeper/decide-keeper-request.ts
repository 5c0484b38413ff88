import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { HowDecides } from '../../../domain/people/approvals/deciding.ts';
import { needsSecondApprover, tighten, unjudged, type Verdict } from '../../../domain/vault/keeper/keeper-request.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { isAuthorOf } from '../../../db/work/runs/turn-authors.ts';
import { hasOtherDecider } from '../../../db/people/approvals/other-decider.ts';
import { readGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';
import { type KeeperRequestRow, lockKeeperRequest } from '../../../db/vault/keeper/keeper-request-row.ts';
import { askedOf, frameOf, tellKeeper } from './keeper-journal.ts';
import { failExecution } from './keeper-execution.ts';
import { settleDecision } from './settle-decision.ts';

/** What a judge said, or that it said nothing that counts. */
export interface JudgeOutcome {
  readonly verdict: Verdict;
  readonly profile: string;
  readonly prompt: string | null;
  readonly reply: string | null;
}

/**
 * PENDING → what a judge said, tightened by the tier. After the judge's time nothing that it says counts. A request
 * that somebody has decided by now stays as it is.
 */
export async function takeJudgement(db: Database, address: WorkflowAddress, judged: JudgeOutcome): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const row = await lockKeeperRequest(tx, address.id);
    if (row === null || row.decision !== 'PENDING' || row.generation !== address.generation) return;
    const governance = await readGovernance(tx, row.workspace_id);
    const { late } = await tx.one<{ late: boolean }>(sql`
      SELECT judge_deadline_at <= clock_timestamp() AS late FROM keeper_requests WHERE id = ${row.id}`);
    const said = late ? unjudged('the judge answered too late') : judged.verdict;
    const { profile, prompt, reply } = judged;
    await settleDecision(tx, row, tighten(said, row.security_level, governance), {
      governance,
      judged: { profile, prompt, reply },
    });
    tellKeeper(tx, row);
  });
}

/**
 * Ends what has taken too long, whoever should have seen to it: a judge that says nothing denies, people that say
 * nothing in their time too, and a command whose end nobody knows has failed.
 */
export async function giveUpKeeperRequest(tx: Tx, id: string): Promise<void> {
  const row = await lockKeeperRequest(tx, id);
  if (row === null) return;
  const { judge, people, execution } = await tx.one<{ judge: boolean; people: boolean; execution: boolean }>(sql`
    SELECT coalesce(judge_deadline_at <= clock_timestamp(), false) AS judge,
      coalesce(answer_deadline_at <= clock_timestamp(), false) AS people,
      coalesce(execution_deadline_at <= clock_timestamp(), false) AS execution
    FROM keeper_requests WHERE id = ${id}`);
  if (row.decision === 'PENDING' && judge) await deny(tx, row, unjudged('the judge gave no decision in time'));
  else if (row.decision === 'ESCALATE' && people) {
    await deny(tx, row, { decision: 'DENY', reason: 'nobody decided in time', riskScore: row.risk_score ?? 1 });
  } else if ((row.execution === 'due' || row.execution === 'running') && execution) {
    await failExecution(tx, row, 'no_end_in_time');
  }
}

async function deny(tx: Tx, row: KeeperRequestRow, verdict: Verdict): Promise<void> {
  const governance = await readGovernance(tx, row.workspace_id);
  await settleDecision(tx, row, tighten(verdict, row.security_level, governance), { governance });
  tellKeeper(tx, row);
}

/** Asked for in Temporal: what is open is denied. */
export async function withdrawKeeperRequest(db: Database, address: WorkflowAddress): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const row = await lockKeeperRequest(tx, address.id);
    if (row === null || (row.decision !== 'PENDING' && row.decision !== 'ESCALATE')) return;
    const riskScore = row.risk_score ?? 1;
    const governance = await readGovernance(tx, row.workspace_id);
    const reason = 'the request was withdrawn';
    const actor = orchestratorActor();
    await settleDecision(tx, row, { decision: 'DENY', reason, riskScore }, { governance, actor });
    tellKeeper(tx, row);
  });
}

export interface PersonsDecision {
  readonly decision: 'ALLOW' | 'DENY';
  readonly reason: string | null;
  readonly userId: string | null;
  readonly isOwner: boolean;
  readonly how: HowDecides;
}

/** Who wants to allow what the run does for them, where somebody else has to; nothing was changed. */
export class SelfApprovalBlocked extends CrewshipError {
  constructor() {
    super('forbidden', 'somebody else than the person that the run works for has to allow this', {
      extensions: { reason: 'four_eyes' },
    });
  }
}

/**
 * ESCALATE → what a person decides, while the people's time lasts. Whoever the run works for, or wrote into its turn,
 * may deny, and allows it only as the OWNER, where nobody else could and no second person is needed. Throws
 * `not_found`, `wrong_state`, `deadline_passed`, `interactive_required`, {@link SelfApprovalBlocked}.
 */
export async function resolveKeeperRequest(
  tx: Tx,
  id: string,
  by: PersonsDecision,
  actor: Actor,
): Promise<Verdict & { readonly decidedAt: string }> {
  const row = await lockKeeperRequest(tx, id);
  if (row === null) throw notFound('keeper request');
  if (row.decision !== 'ESCALATE') throw wrongState('keeper request', row.decision);
  const { late } = await tx.one<{ late: boolean }>(sql`
    SELECT answer_deadline_at <= clock_timestamp() AS late FROM keeper_requests WHERE id = ${id}`);
  if (late) throw new CrewshipError('deadline_passed', 'the time to decide this is over');
  const governance = await readGovernance(tx, row.workspace_id);
  if (by.how === 'neither' || (by.how === 'token' && needsSecondApprover(row.security_level, governance))) {
    throw new CrewshipError('interactive_required', 'a person who signed in has to decide this');
  }
  const isSelf =
    by.decision === 'ALLOW' &&
    (by.userId === null || by.userId === row.acts_for_user_id || (await isAuthorOf(tx, row.run_id, by.userId)));
  const needsOther = needsSecondApprover(row.security_level, governance);
  if (isSelf && (needsOther || !by.isOwner || (await hasOtherDecider(tx, row)))) throw new SelfApprovalBlocked();
  const wanted = {
    decision: by.decision,
    reason: by.reason ?? 'decided by a person',
    riskScore: row.risk_score ?? 1,
  };
  const verdict = await settleDecision(tx, row, wanted, {
    governance,
    actor,
    decidedBy: by.userId,
    isSelfApproved: isSelf,
  });
  tellKeeper(tx, row);
  const { decided_at: decidedAt } = await tx.one<{ decided_at: string }>(sql`
    SELECT decided_at FROM keeper_requests WHERE id = ${id}`);
  return { ...verdict, decidedAt };
}

/** Keeps that somebody wanted to allow what the run does for them. */
export async function journalBlockedSelfApproval(tx: Tx, id: string, actor: Actor): Promise<void> {
  const row = await lockKeeperRequest(tx, id);
  if (row === null) return;
  tx.journal({
    ...frameOf(row, actor),
    type: 'keeper.decision',
    severity: 'error',
    summary: 'keeper: self-approval blocked',
    payload: {
      ...askedOf(row),
      decision: row.decision,
      risk_score: row.risk_score ?? 1,
      judge_profile: null,
      self_approval_blocked: true,
    },
  });
}
