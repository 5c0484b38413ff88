import type { Decision, RequiredAuthority } from '../../../domain/people/approvals/approval.ts';
import type { ApprovalFacts, ApprovalReason } from '../../../domain/people/approvals/approval-entries.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { resolveInboxItems } from '../../../db/people/inbox/inbox-store.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

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
  readonly reason: string;
  /** What the decision is about: ids, enums and numbers. */
  readonly payload: JsonObject;
  /** What of it the journal says too. */
  readonly journalled: ApprovalReason;
  readonly requiredAuthority: RequiredAuthority;
  readonly generation: number;
  readonly traceId: string | null;
}

/** Who did it, and the trace it belongs to. */
interface About {
  readonly actor: Actor;
  readonly traceId: string | null;
}

interface ClosedApproval {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly agent_id: string | null;
  readonly mission_id: string | null;
  readonly kind: string;
  readonly subject_type: string;
  readonly subject_id: string;
}

const closedColumns = sql.fragment`id, workspace_id, crew_id, agent_id, mission_id, kind, subject_type, subject_id`;

/**
 * Opens a decision about a row that this transaction has locked or made. One is open for a kind and subject at a time.
 */
export async function openApproval(tx: Tx, approval: NewApproval, actor: Actor): Promise<string> {
  const id = newId();
  await tx.execute(sql`
    INSERT INTO approvals (id, workspace_id, crew_id, agent_id, mission_id, kind, subject_type, subject_id, reason,
      payload, required_authority, requested_by, generation)
    VALUES (${id}, ${approval.workspaceId}, ${approval.crewId}, ${approval.agentId}, ${approval.missionId},
      ${approval.kind}, ${approval.subjectType}, ${approval.subjectId}, ${approval.reason},
      ${sql.jsonb(approval.payload)}, ${approval.requiredAuthority}, ${approval.agentId}, ${approval.generation})`);
  const opened = {
    id,
    workspace_id: approval.workspaceId,
    crew_id: approval.crewId,
    agent_id: approval.agentId,
    mission_id: approval.missionId,
    kind: approval.kind,
    subject_type: approval.subjectType,
    subject_id: approval.subjectId,
  };
  const requested = { ...factsOf(opened), ...approval.journalled };
  journalApproval(tx, opened, { type: 'approval.requested', payload: requested }, { actor, traceId: approval.traceId });
  return id;
}

/**
 * Decides the open approval of a subject that is locked, within its deadline; null when there is none, so that of two
 * deciders one is told. What follows from it is the caller's, in the same transaction.
 */
export async function settleApproval(
  tx: Tx,
  subject: ApprovalSubject,
  decision: Decision,
  about: About,
): Promise<ClosedApproval | null> {
  const approval = await tx.maybeOne<ClosedApproval>(sql`
    UPDATE approvals SET status = ${decision.verdict}, decided_by = ${decision.decidedBy},
      decided_at = clock_timestamp(), decision_comment = ${decision.comment}, updated_at = now()
    WHERE kind = ${subject.kind} AND subject_type = ${subject.subjectType} AND subject_id = ${subject.subjectId}
      AND status = 'pending' AND (deadline_at IS NULL OR deadline_at > clock_timestamp())
    RETURNING ${closedColumns}`);
  if (approval === null) return null;
  await resolveInboxItems(tx, 'approval', [approval.id]);
  const type = decision.verdict === 'approved' ? 'approval.granted' : 'approval.denied';
  journalApproval(tx, approval, { type, payload: factsOf(approval) }, about);
  return approval;
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
  const approval = await tx.maybeOne<ClosedApproval>(sql`
    UPDATE approvals SET status = 'cancelled', decided_by = ${by.userId}, decided_at = clock_timestamp(),
      decision_comment = ${by.reason}, updated_at = now()
    WHERE id = ${id} AND status = 'pending' RETURNING ${closedColumns}`);
  if (approval === null) return false;
  await resolveInboxItems(tx, 'approval', [id]);
  journalCancelled(tx, approval, { actor: by.actor, traceId: null });
  return true;
}

async function cancelApprovals(tx: Tx, which: Fragment, about: About): Promise<void> {
  const open = await tx.any<ClosedApproval>(sql`
    UPDATE approvals SET status = 'cancelled', decided_at = clock_timestamp(), updated_at = now()
    WHERE ${which} AND status = 'pending' RETURNING ${closedColumns}`);
  const ids = open.map(({ id }) => id);
  await resolveInboxItems(tx, 'approval', ids);
  for (const approval of open) journalCancelled(tx, approval, about);
}

const SEVERITY = {
  'approval.requested': 'notice',
  'approval.granted': 'info',
  'approval.denied': 'warn',
  'approval.cancelled': 'notice',
} as const;

function factsOf(approval: ClosedApproval): ApprovalFacts {
  return {
    approval_id: approval.id,
    kind: approval.kind,
    ...(approval.subject_type === 'task'
      ? { task_id: approval.subject_id }
      : { subject_type: approval.subject_type, subject_id: approval.subject_id }),
  };
}

function journalCancelled(tx: Tx, approval: ClosedApproval, about: About): void {
  journalApproval(tx, approval, { type: 'approval.cancelled', payload: factsOf(approval) }, about);
}

/** `approval.*` of one transition. A person's comment stays in the row. */
function journalApproval(
  tx: Tx,
  approval: ClosedApproval,
  entry: EntryParts<keyof typeof SEVERITY>,
  about: About,
): void {
  tx.journal({
    transitionId: `approval-${approval.id}:${entry.type === 'approval.requested' ? 'requested' : 'decided'}`,
    severity: SEVERITY[entry.type],
    actor: about.actor,
    workspaceId: approval.workspace_id,
    crewId: approval.crew_id,
    agentId: approval.agent_id,
    missionId: approval.mission_id,
    taskId: approval.subject_type === 'task' ? approval.subject_id : null,
    targetType: 'approval',
    targetId: approval.id,
    summary: entry.type.replace('.', ' '),
    ...entry,
    traceId: about.traceId,
  });
}
