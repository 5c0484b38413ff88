import type { ApprovalStatus, Decision, RequiredAuthority } from '../../../domain/people/approvals/approval.ts';
import type { ApprovalEnd, ApprovalFacts, ApprovalReason } from '../../../domain/people/approvals/approval-entries.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { resolveInboxItems } from '../../../db/people/inbox/inbox-store.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { askPeople } from './ask-deciders.ts';

export interface ApprovalSubject {
  readonly kind: string;
  readonly subjectType: string;
  readonly subjectId: string;
}

export interface NewApproval extends ApprovalSubject {
  readonly workspaceId: string;
  readonly crewId: string | null;
  readonly agentId: string | null;
  readonly missionId: string | null;
  /** Whose it is where not the whole workspace's. */
  readonly projectId?: string | null;
  readonly chatId?: string | null;
  readonly reason: string;
  /** What the decision is about: ids, enums and numbers. */
  readonly payload: JsonObject;
  /** What of it the journal says too. */
  readonly journalled: ApprovalReason;
  readonly requiredAuthority: RequiredAuthority;
  readonly generation: number;
  readonly traceId: string | null;
  /** Somebody else than who may decide it is asked. */
  readonly asksNobody?: boolean;
  /** A person who is not asked about their own. */
  readonly submittedBy?: string;
}

/** Who did it, and the trace it belongs to. */
interface About {
  readonly actor: Actor;
  readonly traceId: string | null;
}

/** What commands on an approval need to know of it. */
export interface ApprovalRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly agent_id: string | null;
  readonly mission_id: string | null;
  readonly project_id: string | null;
  readonly chat_id: string | null;
  readonly kind: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly generation: number;
  /** Null: nothing ends it but a decision, and no workflow keeps its time. */
  readonly deadline_at: string | null;
}

export const approvalRowColumns = sql.fragment`
  id, workspace_id, crew_id, agent_id, mission_id, project_id, chat_id, kind, subject_type, subject_id, generation,
  deadline_at`;

/**
 * Opens a decision about a row that this transaction has locked or made. One is open for a kind and subject at a time.
 */
export async function openApproval(tx: Tx, approval: NewApproval, actor: Actor): Promise<string> {
  const id = newId();
  await tx.execute(sql`
    INSERT INTO approvals (id, workspace_id, crew_id, agent_id, mission_id, project_id, chat_id, kind, subject_type,
      subject_id, reason, payload, required_authority, requested_by, generation)
    VALUES (${id}, ${approval.workspaceId}, ${approval.crewId}, ${approval.agentId}, ${approval.missionId},
      ${approval.projectId ?? null}, ${approval.chatId ?? null}, ${approval.kind}, ${approval.subjectType},
      ${approval.subjectId}, ${approval.reason}, ${sql.jsonb(approval.payload)}, ${approval.requiredAuthority},
      ${approval.agentId}, ${approval.generation})`);
  const opened = {
    id,
    workspace_id: approval.workspaceId,
    crew_id: approval.crewId,
    agent_id: approval.agentId,
    mission_id: approval.missionId,
    project_id: approval.projectId ?? null,
    chat_id: approval.chatId ?? null,
    kind: approval.kind,
    subject_type: approval.subjectType,
    subject_id: approval.subjectId,
    generation: approval.generation,
    deadline_at: null,
  };
  const requested = { ...factsOf(opened), ...approval.journalled };
  journalApproval(tx, opened, { type: 'approval.requested', payload: requested }, { actor, traceId: approval.traceId });
  if (approval.asksNobody !== true) {
    await askPeople(tx, opened, approval.requiredAuthority, approval.submittedBy ?? null);
  }
  return id;
}

/**
 * Decides the open approval of a subject that is locked, within its deadline: of two deciders one is told that it is
 * decided. What follows from it is the caller's, in the same transaction. Throws `wrong_state` with the status that it
 * has, `deadline_passed`, and `not_found` for a subject that nobody was asked about.
 */
export async function settleApproval(
  tx: Tx,
  subject: ApprovalSubject,
  decision: Decision,
  about: About,
): Promise<ApprovalRow> {
  const ofSubject = sql.fragment`kind = ${subject.kind} AND subject_type = ${subject.subjectType}
    AND subject_id = ${subject.subjectId}`;
  const { edits = null, outcome = null, selfApproved = false } = decision;
  const approval = await tx.maybeOne<ApprovalRow>(sql`
    UPDATE approvals SET status = ${decision.verdict}, decided_by = ${decision.decidedBy},
      decided_at = clock_timestamp(), decision_comment = ${decision.comment}, outcome = ${outcome},
      edits = ${edits === null ? null : sql.jsonb(edits)}, self_approved = ${selfApproved}, updated_at = now()
    WHERE ${ofSubject} AND status = 'pending' AND (deadline_at IS NULL OR deadline_at > clock_timestamp())
    RETURNING ${approvalRowColumns}`);
  if (approval === null) {
    const found = await tx.maybeOne<{ status: ApprovalStatus }>(sql`
      SELECT status FROM approvals WHERE ${ofSubject} ORDER BY status = 'pending' DESC, created_at DESC LIMIT 1`);
    if (found === null) throw notFound('approval');
    throw found.status === 'pending' ? decisionCameTooLate() : wrongState('approval', found.status);
  }
  const action = decision.verdict === 'approved' ? 'approved' : 'rejected';
  await resolveInboxItems(tx, 'approval', [approval.id], { action, userId: decision.decidedBy });
  const type = decision.verdict === 'approved' ? 'approval.granted' : 'approval.denied';
  const end: ApprovalEnd = {
    ...(outcome === null ? {} : { outcome }),
    ...(edits === null ? {} : { edited: Object.keys(edits) }),
    ...(selfApproved ? { self_approved: true } : {}),
  };
  journalApproval(tx, approval, { type, payload: { ...factsOf(approval), ...end } }, about);
  tellApproval(tx, approval);
  return approval;
}

/** Whether it is open; then nobody ends it before the commit. Its subject is locked. */
export async function holdOpenApproval(tx: Tx, id: string): Promise<boolean> {
  const open = await tx.maybeOne(sql`SELECT id FROM approvals WHERE id = ${id} AND status = 'pending' FOR UPDATE`);
  return open !== null;
}

/** The refusal of a decision after the people's time. */
export function decisionCameTooLate(): CrewshipError {
  return new CrewshipError('deadline_passed', 'the time to decide this is over');
}

/** Tells those who wait for a decision, and the workflow that keeps its time. */
export function tellApproval(tx: Tx, approval: ApprovalRow): void {
  const { id, workspace_id: workspaceId, generation } = approval;
  if (approval.deadline_at === null) return;
  tx.enqueue({ kind: 'wake', topic: 'approval', workspaceId, id });
  tx.enqueue({ kind: 'workflow', workflow: 'approval', address: { workspaceId, id, generation } });
}

/** Nobody is asked about these subjects any more. */
export function cancelApprovalsOf(
  tx: Tx,
  subjectType: string,
  subjectIds: readonly string[],
  actor: Actor,
): Promise<void> {
  const which = sql.fragment`subject_type = ${subjectType}
    AND subject_id = ANY (${sql.array([...subjectIds], 'text')})`;
  return subjectIds.length === 0 ? Promise.resolve() : cancelApprovals(tx, which, { actor, traceId: null });
}

/** Closes what a mission still asks people to decide; the mission is locked. */
export function cancelApprovalsOfMission(
  tx: Tx,
  mission: { readonly id: string; readonly trace_id: string },
  actor: Actor,
): Promise<void> {
  return cancelApprovals(tx, sql.fragment`mission_id = ${mission.id}`, { actor, traceId: mission.trace_id });
}

/** Closes one that is open, as a person wishes. False when it was not. */
export async function cancelApproval(
  tx: Tx,
  id: string,
  by: { readonly userId: string | null; readonly reason: string | null; readonly actor: Actor },
): Promise<boolean> {
  const approval = await tx.maybeOne<ApprovalRow>(sql`
    UPDATE approvals SET status = 'cancelled', decided_by = ${by.userId}, decided_at = clock_timestamp(),
      decision_comment = ${by.reason}, updated_at = now()
    WHERE id = ${id} AND status = 'pending' RETURNING ${approvalRowColumns}`);
  if (approval === null) return false;
  await resolveInboxItems(tx, 'approval', [id], { action: 'cancelled', userId: by.userId });
  noteCancelled(tx, approval, { actor: by.actor, traceId: null });
  return true;
}

/** Closes what is open of these. Where its run is over, another try of its task asks anew under the same key. */
export async function cancelApprovals(
  tx: Tx,
  which: Fragment,
  about: About,
  outcome: 'run_over' | null = null,
): Promise<void> {
  const open = await tx.any<ApprovalRow>(sql`
    UPDATE approvals SET status = 'cancelled', decided_at = clock_timestamp(), outcome = ${outcome}, updated_at = now(),
      request_key = CASE WHEN ${outcome}::text IS NULL THEN request_key END
    WHERE ${which} AND status = 'pending' RETURNING ${approvalRowColumns}`);
  const ids = open.map(({ id }) => id);
  await resolveInboxItems(tx, 'approval', ids, { action: 'cancelled' });
  for (const approval of open) noteCancelled(tx, approval, about);
}

const SEVERITY = {
  'approval.requested': 'notice',
  'approval.granted': 'info',
  'approval.denied': 'warn',
  'approval.timeout': 'warn',
  'approval.cancelled': 'notice',
  'approval.consumed': 'info',
} as const;

/** One entry each; the ends of an approval are one step. */
const STEPS: Readonly<Partial<Record<keyof typeof SEVERITY, string>>> = {
  'approval.requested': 'requested',
  'approval.consumed': 'consumed',
};

/** What every entry of it says. */
export function factsOf(approval: ApprovalRow): ApprovalFacts {
  return {
    approval_id: approval.id,
    kind: approval.kind,
    ...(approval.subject_type === 'task'
      ? { task_id: approval.subject_id }
      : { subject_type: approval.subject_type, subject_id: approval.subject_id }),
  };
}

function noteCancelled(tx: Tx, approval: ApprovalRow, about: About): void {
  tellApproval(tx, approval);
  journalApproval(tx, approval, { type: 'approval.cancelled', payload: factsOf(approval) }, about);
}

/** Whose entry it is: a private thing's, so that who may not see that reads nothing of its decisions. */
function placeOf(approval: ApprovalRow) {
  if (approval.chat_id !== null) return { targetType: 'chat', targetId: approval.chat_id };
  if (approval.project_id !== null) return { targetType: 'project', targetId: approval.project_id };
  return { targetType: 'approval', targetId: approval.id };
}

/** `approval.*` of one transition. A person's comment stays in the row. */
export function journalApproval(
  tx: Tx,
  approval: ApprovalRow,
  entry: EntryParts<keyof typeof SEVERITY>,
  about: About,
): void {
  tx.journal({
    transitionId: `approval-${approval.id}:${STEPS[entry.type] ?? 'decided'}`,
    severity: SEVERITY[entry.type],
    actor: about.actor,
    workspaceId: approval.workspace_id,
    crewId: approval.crew_id,
    agentId: approval.agent_id,
    missionId: approval.mission_id,
    taskId: approval.subject_type === 'task' ? approval.subject_id : null,
    ...placeOf(approval),
    summary: entry.type.replace('.', ' '),
    ...entry,
    traceId: about.traceId,
  });
}
