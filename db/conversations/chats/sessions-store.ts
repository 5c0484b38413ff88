import type { ChatRole, ChatStatus, Session } from '../../../domain/conversations/chats/chat.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Whose eyes a chat is seen with. */
export interface ChatViewer {
  readonly workspaceId: string;
  readonly userId: string;
}

const columns = sql.fragment`
  h.id, h.title, h.status, CASE WHEN a.id IS NOT NULL
    THEN jsonb_build_object('id', a.id, 'slug', a.slug, 'name', a.name) END AS agent,
  h.project_id, h.owner_user_id AS owner_id, h.visibility, v.my_role, h.external_id, h.message_count,
  CASE WHEN h.message_seq > 0 THEN h.last_activity_at END AS last_message_at, h.turn_job_id, h.event_seq, h.metadata,
  h.summary, h.version, h.created_at, h.updated_at`;

/**
 * Sessions `h` with what they are to this person: one predicate for every door. Those that are theirs, that they take
 * part in or that are shown to more than their owner are looked at; `v.my_role` is null where they may not see one.
 */
export function seenBy(viewer: ChatViewer): Fragment {
  return sql.fragment`
    chats h LEFT JOIN agents a ON a.workspace_id = h.workspace_id AND a.id = h.agent_id
    CROSS JOIN LATERAL (SELECT crewship_chat_role(h.id, ${viewer.userId}) AS my_role
      WHERE h.owner_user_id = ${viewer.userId} OR h.visibility <> 'private' OR EXISTS (
        SELECT 1 FROM chat_participants p WHERE p.chat_id = h.id AND p.user_id = ${viewer.userId})
    ) v`;
}

/** Those that this person may see, of {@link seenBy}. */
export function isSession(viewer: ChatViewer): Fragment {
  return sql.fragment`h.workspace_id = ${viewer.workspaceId} AND h.mode <> 'MISSION' AND h.deleted_at IS NULL
    AND v.my_role IS NOT NULL`;
}

export interface SessionFilter {
  readonly status?: ChatStatus | undefined;
  readonly projectId?: string | undefined;
  readonly agentId?: string | undefined;
  /** Those that the viewer owns; false: only those of others. */
  readonly isMine?: boolean | undefined;
  /** Part of the title. */
  readonly search?: string | undefined;
}

const ORDER = listOrder(descending('time', sql.fragment`h.last_activity_at`), descending('text', sql.fragment`h.id`));

/** Sessions that somebody may see, the one that was talked in last first. */
export function listSessions(
  reads: ReadPool,
  viewer: ChatViewer,
  filter: SessionFilter,
  page: PageRequest,
): Promise<Page<Session>> {
  const all = [isSession(viewer)];
  if (filter.status !== undefined) all.push(sql.fragment`h.status = ${filter.status}`);
  if (filter.projectId !== undefined) all.push(sql.fragment`h.project_id = ${filter.projectId}`);
  if (filter.agentId !== undefined) all.push(sql.fragment`h.agent_id = ${filter.agentId}`);
  if (filter.isMine !== undefined) {
    all.push(sql.fragment`(h.owner_user_id IS NOT DISTINCT FROM ${viewer.userId}) = ${filter.isMine}`);
  }
  if (filter.search !== undefined) all.push(sql.fragment`strpos(lower(h.title), lower(${filter.search})) > 0`);
  const where = sql.join(all, sql.fragment` AND `);
  return readPage<Session>(
    reads,
    [viewer.workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM ${seenBy(viewer)}
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${seenBy(viewer)} WHERE ${where}`,
  );
}

const one = (viewer: ChatViewer, id: string) => sql`
  SELECT ${columns} FROM ${seenBy(viewer)} WHERE ${isSession(viewer)} AND h.id = ${id}`;

/** Throws `not_found` also for a session that the viewer may not know of. */
export async function getSession(reads: ReadPool, viewer: ChatViewer, id: string): Promise<Session> {
  const session = await reads.maybeOne<Session>([viewer.workspaceId], one(viewer, id));
  if (session === null) throw notFound('session');
  return session;
}

/** The same, as the transaction has left it. */
export async function getSessionIn(tx: Tx, viewer: ChatViewer, id: string): Promise<Session> {
  const session = await tx.maybeOne<Session>(one(viewer, id));
  if (session === null) throw notFound('session');
  return session;
}

/** The live session that this person has under an id of another system; null without one. */
export async function findExternalIn(tx: Tx, viewer: ChatViewer, externalId: string): Promise<string | null> {
  const row = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM chats WHERE workspace_id = ${viewer.workspaceId} AND owner_user_id = ${viewer.userId}
      AND external_id = ${externalId} AND deleted_at IS NULL`);
  return row?.id ?? null;
}

/** A chat that a client follows. */
export interface WaitedChat {
  readonly id: string;
  readonly workspace_id: string;
  readonly event_seq: number;
  readonly access_seq: number;
}

export function readWaitedChats(
  reads: ReadPool,
  workspaceIds: readonly string[],
  ids: readonly string[],
): Promise<WaitedChat[]> {
  return reads.any<WaitedChat>(
    workspaceIds,
    sql`
      SELECT id, workspace_id, event_seq, access_seq FROM chats WHERE id = ANY (${sql.array([...ids], 'text')})`,
  );
}

/** What somebody is to a chat, and whether a turn of it is under way. */
export interface ChatFooting {
  readonly role: ChatRole;
  readonly status: ChatStatus;
  readonly turn_job_id: string | null;
  readonly event_seq: number;
  readonly access_seq: number;
  /** Until their part in it is over; null: no end is set. */
  readonly expires_in_ms: number | null;
}

/** Null: they may not know of it. */
export function readFooting(reads: ReadPool, viewer: ChatViewer, id: string): Promise<ChatFooting | null> {
  return reads.maybeOne<ChatFooting>(
    [viewer.workspaceId],
    sql`
      SELECT v.my_role AS role, h.status, h.turn_job_id, h.event_seq, h.access_seq, (
        SELECT greatest(0, extract(epoch FROM p.expires_at - clock_timestamp()) * 1000)::bigint
        FROM chat_participants p WHERE p.chat_id = h.id AND p.user_id = ${viewer.userId}) AS expires_in_ms
      FROM ${seenBy(viewer)} WHERE ${isSession(viewer)} AND h.id = ${id}`,
  );
}
