import { createHash } from 'node:crypto';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import {
  MAX_OPEN_REVIEWS,
  REVIEW_APPROVAL,
  REVIEW_SUBJECT,
  type ReviewPriority,
  type ReviewSubject,
} from '../../../domain/work/reviews/review-item.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { getSessionIn } from '../../../db/conversations/chats/sessions-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import type { ReviewReader } from '../../../db/work/reviews/review-sight.ts';
import { hasOpenReview } from '../../../db/work/reviews/reviews-store.ts';
import { findTaskRow, type ManagedTaskRow, readTaskAccess } from '../../../db/work/tasks/managed-task-row.ts';
import { openApproval } from '../../engine/approvals/approval-commands.ts';
import { isEditor, refuseInArchive, refuseUnless } from '../../engine/tasks/task-access.ts';
import { TASK_APPROVAL } from '../../engine/tasks/task-approval-kind.ts';
import { keepAttachments } from './keep-attachments.ts';
import { holdReviewedTask } from './hold-reviewed-task.ts';
import { journalReview } from './review-journal.ts';

export interface NewReview extends ReviewReader {
  readonly kind: string;
  readonly title: string;
  readonly content: string | null;
  readonly subject: ReviewSubject | null;
  readonly sessionId: string | null;
  /** A message goes by itself: those who see the item see no more of its session than before. */
  readonly hidesSession?: true;
  readonly projectId: string | null;
  readonly assigneeId: string | null;
  readonly priority: ReviewPriority;
  readonly dueAt: string | null;
  readonly metadata: JsonObject;
  /** Addresses of files that runs published. */
  readonly attachments: readonly string[];
}

/** What an item is about, and whose that is. */
interface About {
  readonly content: string | null;
  readonly sessionId: string | null;
  readonly projectId: string | null;
  /** Held until the commit. */
  readonly task: ManagedTaskRow | null;
}

/**
 * Puts something before people. Its decision is one of its own, of a task the task's. Throws `not_found` for what the
 * caller may not see, `forbidden` below editor of its project or for a session that is not theirs to show,
 * `wrong_state` in the archive and for a task that does not wait for a decision, `conflict` where an item about the
 * same subject is open, `invalid_request`, `limit_reached`.
 */
export async function submitReview(tx: Tx, review: NewReview, actor: Actor): Promise<string> {
  const about = await resolve(tx, review);
  const { projectId, sessionId: chatId, task } = about;
  const access = await readTaskAccess(tx, review, projectId, 'project');
  if (projectId !== null) refuseUnless(isEditor(access));
  refuseInArchive(access);
  const chatSeq = chatId === null ? null : await showSession(tx, review, chatId);
  if (review.assigneeId !== null) await refuseAssignee(tx, review, review.assigneeId, about);
  if (review.subject !== null) await refuseSecond(tx, review.workspaceId, review.subject);
  await refuseTooMany(tx, review.workspaceId);

  const id = newId();
  const approvalId = task === null ? await openOwn(tx, review, about, id, actor) : await openOfTask(tx, task);
  await tx.execute(sql`
    INSERT INTO review_items (id, workspace_id, approval_id, kind, title, content, priority, score, subject_type,
      subject_id, project_id, chat_id, chat_seq, submitted_by, assignee_id, due_at, metadata)
    VALUES (${id}, ${review.workspaceId}, ${approvalId}, ${review.kind}, ${review.title}, ${about.content},
      ${review.priority}, ${await scoreOf(tx, review.workspaceId, about.content)}, ${review.subject?.type ?? null},
      ${review.subject?.id ?? null}, ${projectId}, ${chatId}, ${chatSeq}, ${review.userId}, ${review.assigneeId},
      ${review.dueAt}::timestamptz, ${sql.jsonb(review.metadata)})`);
  await keepAttachments(tx, { ...review, id, projectId }, review.attachments);
  const item = { id, workspace_id: review.workspaceId, project_id: projectId, chat_id: chatId };
  if (review.assigneeId !== null) {
    await addInboxItem(tx, {
      workspaceId: review.workspaceId,
      type: 'review.assigned',
      // Whatever decides it, takes this away.
      subject_type: 'approval',
      subject_id: approvalId,
      crew_id: null,
      audience_user_id: review.assigneeId,
      blocking: true,
      payload: { kind: REVIEW_APPROVAL, subject_type: REVIEW_SUBJECT, subject_id: id },
    });
  }
  journalReview(tx, item, actor, {
    type: 'review.submitted',
    payload: {
      ...{ item_id: id, approval_id: approvalId, subject_type: review.subject?.type ?? null },
      assignee_id: review.assigneeId,
    },
  });
  return id;
}

async function resolve(tx: Tx, review: NewReview): Promise<About> {
  const { subject } = review;
  if (subject?.type === 'task') {
    const task = await seeTask(tx, review, subject.id);
    const project = oneOf('project_id', review.projectId, task.project_id);
    const session = await projectOfSession(tx, review, review.sessionId);
    return {
      content: review.content ?? (await resultOf(tx, task.id)),
      sessionId: review.sessionId,
      projectId: session === undefined ? project : oneOf('project_id', project, session),
      task,
    };
  }
  const said = subject?.type === 'message' ? await findMessage(tx, review, subject.id) : null;
  const sessionId = said === null ? review.sessionId : oneOf('session_id', review.sessionId, said.chat_id);
  const ofSession = await projectOfSession(tx, review, sessionId);
  return {
    content: review.content ?? said?.content ?? null,
    sessionId: review.hidesSession ? null : sessionId,
    projectId: ofSession === undefined ? review.projectId : oneOf('project_id', review.projectId, ofSession),
    task: null,
  };
}

/** What is named, and what follows from the rest, are the same. */
function oneOf(field: string, named: string | null, follows: string | null): string | null {
  if (named !== null && named !== follows) throw invalidField(field, 'is not that of what the item is about');
  return follows;
}

async function seeTask(tx: Tx, review: NewReview, taskId: string): Promise<ManagedTaskRow> {
  const known = await findTaskRow(tx, taskId);
  if (known === null || known.workspace_id !== review.workspaceId) throw notFound('task');
  await readTaskAccess(tx, review, known.project_id);
  await holdReviewedTask(tx, known);
  const task = await findTaskRow(tx, taskId);
  if (task === null) throw notFound('task');
  return task;
}

async function resultOf(tx: Tx, taskId: string): Promise<string | null> {
  const row = await tx.one<{ result: string | null }>(sql`
    SELECT result_summary AS result FROM tasks WHERE id = ${taskId}`);
  return row.result;
}

async function findMessage(tx: Tx, review: NewReview, id: string) {
  const message = await tx.maybeOne<{ chat_id: string; content: string }>(sql`
    SELECT m.chat_id, m.content FROM chat_messages m
    WHERE m.id = ${id} AND m.workspace_id = ${review.workspaceId}
      AND crewship_chat_role(m.chat_id, ${review.userId}) IS NOT NULL`);
  if (message === null) throw notFound('message');
  return message;
}

/** Undefined: no session. Throws `not_found` for one that the caller may not see. */
async function projectOfSession(tx: Tx, review: NewReview, id: string | null): Promise<string | null | undefined> {
  return id === null ? undefined : (await getSessionIn(tx, review, id)).project_id;
}

/** Who sees the item reads the session as it is now: its owner shows it, or who closes sessions of its project. */
async function showSession(tx: Tx, review: NewReview, id: string): Promise<number> {
  const { my_role: role } = await getSessionIn(tx, review, id);
  if (role !== 'owner' && role !== 'manager') {
    throw new CrewshipError('forbidden', 'only who owns a session puts it before others');
  }
  const { seq } = await tx.one<{ seq: number }>(sql`SELECT message_seq AS seq FROM chats WHERE id = ${id}`);
  return seq;
}

/** Somebody who may decide it, and is not who submits it. */
async function refuseAssignee(tx: Tx, review: NewReview, userId: string, { projectId, task }: About): Promise<void> {
  if (userId === review.userId) throw invalidField('assignee_id', 'must be somebody else than who submits it');
  const refuse = (why: string) => invalidField('assignee_id', why);
  const access = await readTaskAccess(tx, { workspaceId: review.workspaceId, userId }, projectId).catch(
    (error: unknown) => {
      if (error instanceof CrewshipError && error.code === 'not_found') throw refuse('must be somebody who may see it');
      throw error;
    },
  );
  if (!access.isParticipant) throw refuse('must have at least the role MEMBER');
  if (task !== null && task.reviewer_id !== userId && !isEditor(access)) {
    throw refuse('must be the reviewer of the task, or somebody who may change it');
  }
}

async function refuseSecond(tx: Tx, workspaceId: string, subject: ReviewSubject): Promise<void> {
  const open = await hasOpenReview(tx, workspaceId, subject);
  if (open === null) return;
  throw new CrewshipError('conflict', 'an item about this is open', { extensions: { reason: 'open_item' } });
}

async function refuseTooMany(tx: Tx, workspaceId: string): Promise<void> {
  const { open } = await tx.one<{ open: number }>(sql`
    SELECT count(*) AS open FROM approvals
    WHERE workspace_id = ${workspaceId} AND kind = ${REVIEW_APPROVAL} AND status = 'pending'`);
  if (open < MAX_OPEN_REVIEWS) return;
  throw new CrewshipError('limit_reached', `a workspace has at most ${MAX_OPEN_REVIEWS} items that wait for review`);
}

function openOwn(tx: Tx, review: NewReview, about: About, itemId: string, actor: Actor): Promise<string> {
  const why = { rule: 'submitted', confidence: null };
  return openApproval(
    tx,
    {
      kind: REVIEW_APPROVAL,
      subjectType: REVIEW_SUBJECT,
      subjectId: itemId,
      workspaceId: review.workspaceId,
      crewId: null,
      agentId: null,
      missionId: null,
      projectId: about.projectId,
      chatId: about.sessionId,
      reason: 'something was submitted for review',
      payload: why,
      journalled: why,
      requiredAuthority: 'create',
      generation: 1,
      traceId: itemId,
      asksNobody: review.assigneeId !== null,
      submittedBy: review.userId,
    },
    actor,
  );
}

/** The decision that a task waits for already. */
async function openOfTask(tx: Tx, task: ManagedTaskRow): Promise<string> {
  const open = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM approvals WHERE kind = ${TASK_APPROVAL} AND subject_type = 'task' AND subject_id = ${task.id}
      AND status = 'pending'`);
  if (task.status !== 'AWAITING_APPROVAL' || open === null) throw wrongState('task', task.status);
  return open.id;
}

/** What the newest validation made of the same content. */
async function scoreOf(tx: Tx, workspaceId: string, content: string | null): Promise<number | null> {
  if (content === null) return null;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const row = await tx.maybeOne<{ score: number | null }>(sql`
    SELECT score FROM validation_logs WHERE workspace_id = ${workspaceId} AND content_sha256 = ${sha256}
    ORDER BY created_at DESC LIMIT 1`);
  return row?.score ?? null;
}
