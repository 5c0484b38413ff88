import type { Actor } from '../../../domain/kernel/access/authority.ts';
import {
  type ChatOrigin,
  type ChatRole,
  type ChatStatus,
  type ChatVisibility,
  refuseChatRole,
  refuseReopening,
  type Session,
  sessionNotActive,
  turnInProgress,
} from '../../../domain/conversations/chats/chat.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { type ChatViewer, findExternalIn, getSessionIn } from '../../../db/conversations/chats/sessions-store.ts';
import { resolveAgentIn } from '../../../db/crews/agents/resolve-agent-in.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { newId } from '../../../platform/ids/ids.ts';

export interface NewSession extends ChatViewer {
  /** Default: a new one. */
  readonly id?: string | undefined;
  readonly title: string | null;
  readonly projectId: string | null;
  /** Who answers unless a message says otherwise; null: whoever is the default then. */
  readonly agent: string | null;
  readonly visibility: Exclude<ChatVisibility, 'workspace'>;
  readonly externalId: string | null;
  readonly metadata: JsonObject;
  readonly origin: ChatOrigin;
  /** What was said before it elsewhere, oldest first. */
  readonly earlier?: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[] | undefined;
}

/**
 * A session that the caller owns. Throws `not_found` for an agent or a project that is not there, `forbidden` below
 * editor of the project, `wrong_state` for an archived one, `invalid_request` for a project's visibility without one,
 * `conflict` for a taken id.
 */
export async function createSession(tx: Tx, session: NewSession, actor: Actor): Promise<Session> {
  const { workspaceId, userId, earlier = [] } = session;
  if (session.visibility === 'project' && session.projectId === null) {
    throw invalidField('visibility', 'takes a project_id');
  }
  if (session.projectId !== null) await refuseProject(tx, session.projectId, userId);
  const agent = session.agent === null ? null : await resolveAgentIn(tx, workspaceId, session.agent);
  const id = session.id ?? newId();
  await tx
    .execute(sql`
      INSERT INTO chats (id, workspace_id, crew_id, agent_id, user_id, owner_user_id, project_id, visibility, title,
        external_id, metadata, mode, origin, message_seq, message_count)
      VALUES (${id}, ${workspaceId}, ${agent?.crew_id ?? null}, ${agent?.id ?? null}, ${userId}, ${userId},
        ${session.projectId}, ${session.visibility}, ${session.title}, ${session.externalId},
        ${sql.jsonb(session.metadata)}, 'CHAT', ${session.origin}, ${earlier.length}, ${earlier.length})`)
    .catch((error: unknown) => {
      if (isUniqueViolation(error, 'chats_pkey')) throw new CrewshipError('conflict', 'this id is taken');
      if (isUniqueViolation(error, 'chats_external')) throw new CrewshipError('conflict', 'this external_id is taken');
      throw error;
    });
  await storeEarlierMessages(tx, { ...session, id }, earlier);
  tx.journal({
    ...sessionFrame({ id, workspaceId }, actor),
    type: 'session.created',
    summary: 'session created',
    payload: { visibility: session.visibility },
  });
  return getSessionIn(tx, session, id);
}

/** The session that a message names, or the one that it begins. Throws as {@link createSession}. */
export async function sessionFor(
  tx: Tx,
  session: NewSession & { readonly sessionId: string | undefined },
  actor: Actor,
): Promise<Session> {
  const known =
    session.sessionId ?? (session.externalId === null ? null : await findExternalIn(tx, session, session.externalId));
  if (known === null) return createSession(tx, session, actor);
  const found = await getSessionIn(tx, session, known);
  if (session.projectId !== null && session.projectId !== found.project_id) {
    throw invalidField('project_id', 'is not the project of this session');
  }
  return found;
}

/** The session's row counts them from the beginning: it is not held before the turn takes the engine's locks. */
async function storeEarlierMessages(
  tx: Tx,
  session: { readonly id: string } & ChatViewer,
  messages: NonNullable<NewSession['earlier']>,
): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map((message, index) => ({
    ...message,
    id: newId(),
    seq: index + 1,
    author: message.role === 'user' ? session.userId : undefined,
  }));
  await tx.execute(sql`
    INSERT INTO chat_messages (id, workspace_id, chat_id, seq, role, content, author_user_id)
    SELECT m.id, ${session.workspaceId}, ${session.id}, m.seq, m.role, m.content, m.author
    FROM json_to_recordset(${sql.rows(rows)}) AS m (id text, seq bigint, role text, content text, author text)`);
}

export interface SessionPatch {
  readonly title?: string | null | undefined;
  readonly metadata?: JsonObject | undefined;
  /** Null: whoever is the default. */
  readonly agent?: string | null | undefined;
  readonly visibility?: Exclude<ChatVisibility, 'workspace'> | undefined;
  /** Opens a closed one again. */
  readonly status?: 'active' | undefined;
}

export interface SessionCall extends ChatViewer {
  readonly id: string;
}

/** Judges the session as it is, once it is held: `If-Match`. */
type Check = (current: Session) => void;

/**
 * Changes a session. Throws `not_found`, `forbidden` below manager, and for the visibility below owner;
 * `version_conflict`, `wrong_state` for an archived one.
 */
export async function updateSession(
  tx: Tx,
  call: SessionCall & { readonly patch: SessionPatch; readonly version: number | undefined },
  check: Check,
  actor: Actor,
): Promise<Session> {
  const session = await holdSession(tx, call, 'manager');
  check(session);
  refuseVersion(session, call.version);
  refuseReopening(session.status);
  const { patch } = call;
  const columns: Record<string, Fragment> = {};
  if (patch.title !== undefined) columns.title = sql.fragment`${patch.title}`;
  if (patch.metadata !== undefined) columns.metadata = sql.jsonb(patch.metadata);
  if (patch.agent === null) columns.agent_id = sql.fragment`NULL`;
  else if (patch.agent !== undefined) {
    const agent = await resolveAgentIn(tx, call.workspaceId, patch.agent);
    columns.agent_id = sql.fragment`${agent.id}`;
    columns.crew_id = sql.fragment`${agent.crew_id}`;
  }
  if (patch.visibility !== undefined && patch.visibility !== session.visibility) {
    refuseChatRole(session.my_role, 'owner');
    if (patch.visibility === 'project' && session.project_id === null) {
      throw invalidField('visibility', 'the session is in no project');
    }
    columns.visibility = sql.fragment`${patch.visibility}`;
    columns.access_seq = sql.fragment`access_seq + 1`;
  }
  const isReopened = patch.status === 'active' && session.status === 'closed';
  if (isReopened) {
    columns.status = sql.fragment`'active'`;
    columns.closed_at = sql.fragment`NULL`;
  }
  const changed = Object.keys(patch).filter((name) => patch[name as keyof SessionPatch] !== undefined);
  if (Object.keys(columns).length === 0) return session;
  await writeSession(tx, session.id, columns);
  if (columns.access_seq !== undefined) wakeReaders(tx, call);
  journalSession(tx, call, actor, {
    type: 'session.updated',
    payload: { changed_fields: changed.filter((name) => name !== 'status' || isReopened) },
  });
  if (isReopened) journalSession(tx, call, actor, { type: 'session.reopened' });
  return getSessionIn(tx, call, session.id);
}

/** Ends a session: it is read on, and takes messages again once it is reopened. Repeating it changes nothing. */
export async function closeSession(
  tx: Tx,
  call: SessionCall & { readonly summary: string | null },
  actor: Actor,
): Promise<Session> {
  const session = await holdSession(tx, call, 'manager');
  refuseReopening(session.status);
  if (session.status === 'closed') return session;
  await endSession(tx, session, call.summary, 'closed');
  journalSession(tx, call, actor, { type: 'session.closed' });
  return getSessionIn(tx, call, session.id);
}

/** Puts a session away for good; one that is active is closed first. Repeating it changes nothing. */
export async function archiveSession(tx: Tx, call: SessionCall, actor: Actor): Promise<Session> {
  const session = await holdSession(tx, call, 'manager');
  if (session.status === 'archived') return session;
  await endSession(tx, session, null, 'archived');
  if (session.status === 'active') journalSession(tx, call, actor, { type: 'session.closed' });
  journalSession(tx, call, actor, { type: 'session.archived' });
  return getSessionIn(tx, call, session.id);
}

async function endSession(tx: Tx, session: Session, summary: string | null, to: ChatStatus): Promise<void> {
  if (session.turn_job_id !== null) throw turnInProgress(session.turn_job_id);
  if (session.status !== 'active' && to === 'closed') throw sessionNotActive(session.status);
  await writeSession(tx, session.id, {
    status: sql.fragment`${to}`,
    closed_at: sql.fragment`coalesce(closed_at, now())`,
    ...(to === 'archived' ? { archived_at: sql.fragment`now()` } : {}),
    ...(summary === null ? {} : { summary: sql.fragment`${summary}` }),
  });
}

/** Locks a session and reads it as the caller sees it now. Throws `not_found`, `forbidden`. */
export async function holdSession(tx: Tx, call: SessionCall, needed: ChatRole): Promise<Session> {
  const locked = await tx.maybeOne(sql`
    SELECT 1 FROM chats WHERE id = ${call.id} AND workspace_id = ${call.workspaceId} AND deleted_at IS NULL
    FOR NO KEY UPDATE`);
  if (locked === null) throw notFound('session');
  const session = await getSessionIn(tx, call, call.id);
  refuseChatRole(session.my_role, needed);
  return session;
}

async function writeSession(tx: Tx, id: string, columns: Readonly<Record<string, Fragment>>): Promise<void> {
  const stamped = { ...columns, version: sql.fragment`version + 1`, updated_at: sql.fragment`now()` };
  await tx.execute(sql`UPDATE chats SET ${assignments(stamped)} WHERE id = ${id}`);
}

/** Who follows it is asked again whether they may. */
export function wakeReaders(tx: Tx, { workspaceId, id }: SessionCall): void {
  tx.enqueue({ kind: 'wake', topic: 'chat', workspaceId, id });
}

function refuseVersion({ version: current }: Session, version: number | undefined): void {
  if (version === undefined || version === current) return;
  throw new CrewshipError('version_conflict', `the session is at version ${current}; read it again`, {
    extensions: { current_version: current },
  });
}

async function refuseProject(tx: Tx, projectId: string, userId: string): Promise<void> {
  const project = await tx.maybeOne<{ role: string | null; archived: boolean }>(sql`
    SELECT crewship_project_role(id, ${userId}) AS role, archived_at IS NOT NULL AS archived FROM projects
    WHERE id = ${projectId} AND deleted_at IS NULL`);
  if (project === null || project.role === null) throw notFound('project');
  if (project.role === 'viewer') throw new CrewshipError('forbidden', 'this takes the role editor in the project');
  if (project.archived) {
    throw new CrewshipError('wrong_state', 'the project is archived', { extensions: { current_status: 'archived' } });
  }
}

/** Whose entry it is, without its words. */
export function sessionFrame(session: { readonly id: string; readonly workspaceId: string }, actor: Actor) {
  return { actor, workspaceId: session.workspaceId, targetType: 'chat', targetId: session.id };
}

type SessionEntry = EntryParts<'session.updated' | 'session.closed' | 'session.archived' | 'session.reopened'>;

function journalSession(tx: Tx, call: SessionCall, actor: Actor, entry: SessionEntry): void {
  tx.journal({ ...sessionFrame(call, actor), summary: entry.type.replace('.', ' '), ...entry });
}

/** Somebody takes all that is kept of a session with them. */
export async function recordExport(tx: Tx, call: SessionCall, actor: Actor): Promise<void> {
  await getSessionIn(tx, call, call.id);
  tx.journal({ ...sessionFrame(call, actor), type: 'session.exported', summary: 'session exported' });
}
