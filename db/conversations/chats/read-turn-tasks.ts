import type { FinishReason } from '../../../domain/conversations/chats/chat.ts';
import { chatTurnJob } from '../../../domain/conversations/chats/chat-turn-job.ts';
import type { EscalationType } from '../../../domain/people/escalations/escalation.ts';
import type { ArtifactRef } from '../../../domain/work/artifacts/artifact.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import { artifactsOfRun } from '../../work/artifacts/artifacts-store.ts';
import type { ChatViewer } from './sessions-store.ts';

interface SaidInTurn {
  readonly id: string;
  /** What another system calls the message. */
  readonly given_id: string | null;
  readonly content: string;
}

/** A question that the agent of a turn waits to have answered. */
export interface TurnQuestion {
  readonly id: string;
  readonly type: EscalationType;
  readonly reason: string;
}

/** A turn as a task that others follow: what was asked, how it stands, and what came of it. */
export interface TurnTask {
  readonly job_id: string;
  readonly session_id: string;
  readonly status: JobStatus;
  readonly error_code: string | null;
  readonly finish_reason: FinishReason | null;
  readonly asked: SaidInTurn | null;
  readonly answer: SaidInTurn | null;
  /** What the newest attempt published. */
  readonly artifacts: readonly ArtifactRef[];
  /** Oldest first. */
  readonly questions: readonly TurnQuestion[];
  /** The event before its first one. */
  readonly before_seq: number;
  readonly changed_at: string;
}

/** When it came to where it is; `jobs_turns_changed` is the index of it. */
const changedAt = sql.fragment`coalesce(j.finished_at, j.started_at, j.created_at)`;
const ORDER = listOrder(descending('time', changedAt), descending('text', sql.fragment`j.id`));

const said = (role: 'user' | 'assistant'): Fragment => sql.fragment`
  (SELECT jsonb_build_object('id', m.id, 'given_id', m.metadata ->> 'message_id', 'content', m.content)
    FROM chat_messages m WHERE m.job_id = j.id AND m.role = ${role} ORDER BY m.seq LIMIT 1)`;

const columns = sql.fragment`
  j.id AS job_id, j.subject_id AS session_id, j.status, j.error_code, ${changedAt} AS changed_at,
  (SELECT m.finish_reason FROM chat_messages m WHERE m.job_id = j.id AND m.role = 'assistant' LIMIT 1)
    AS finish_reason, ${said('user')} AS asked, ${said('assistant')} AS answer,
  ${artifactsOfRun(sql.fragment`r.id`)} AS artifacts, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'type', e.type, 'reason', e.reason)
      ORDER BY e.created_at, e.id), '[]'::jsonb)
    FROM escalations e WHERE e.run_id = r.id AND e.status = 'PENDING' AND e.agent_gave_up_at IS NULL) AS questions,
  coalesce((SELECT min(v.seq) FROM chat_events v WHERE v.job_id = j.id), 1) - 1 AS before_seq`;

/** Turns `j` with their newest attempt `r`, of chats that the viewer may know of. */
function seenBy({ workspaceId, userId }: ChatViewer): { readonly source: Fragment; readonly where: Fragment } {
  return {
    source: sql.fragment`
      jobs j JOIN chats h ON h.workspace_id = j.workspace_id AND h.id = j.subject_id AND h.deleted_at IS NULL
      JOIN LATERAL (SELECT id FROM runs WHERE job_id = j.id ORDER BY attempt_no DESC LIMIT 1) r ON true`,
    where: sql.fragment`
      j.kind = ${chatTurnJob.name} AND j.workspace_id = ${workspaceId}
      AND (h.owner_user_id = ${userId} OR h.visibility <> 'private' OR EXISTS (
        SELECT 1 FROM chat_participants p WHERE p.chat_id = h.id AND p.user_id = ${userId}))
      AND crewship_chat_role(h.id, ${userId}) IS NOT NULL`,
  };
}

/** Null: there is no such turn, or the viewer may not know of its session. */
export function readTurnTask(reads: ReadPool, viewer: ChatViewer, jobId: string): Promise<TurnTask | null> {
  const { source, where } = seenBy(viewer);
  return reads.maybeOne<TurnTask>(
    [viewer.workspaceId],
    sql`SELECT ${columns} FROM ${source} WHERE ${where} AND j.id = ${jobId}`,
  );
}

export interface TurnTaskFilter {
  readonly sessionId?: string | undefined;
  /** Empty: whatever their status. */
  readonly statuses: readonly JobStatus[];
  /** Those whose agent waits for people, or those that go on without; undefined: both. */
  readonly isAsking?: boolean | undefined;
  readonly changedAfter?: string | undefined;
}

/** Turns that somebody may know of, the one that changed last first. */
export function listTurnTasks(
  reads: ReadPool,
  viewer: ChatViewer,
  filter: TurnTaskFilter,
  page: PageRequest,
): Promise<Page<TurnTask>> {
  const { source, where: seen } = seenBy(viewer);
  const all = [seen];
  if (filter.sessionId !== undefined) all.push(sql.fragment`j.subject_id = ${filter.sessionId}`);
  if (filter.statuses.length > 0) all.push(sql.fragment`j.status = ANY (${sql.array([...filter.statuses], 'text')})`);
  if (filter.isAsking !== undefined) {
    all.push(sql.fragment`EXISTS (SELECT 1 FROM escalations e WHERE e.run_id = r.id AND e.status = 'PENDING'
      AND e.agent_gave_up_at IS NULL) = ${filter.isAsking}`);
  }
  if (filter.changedAfter !== undefined) all.push(sql.fragment`${changedAt} >= ${filter.changedAfter}::timestamptz`);
  const where = sql.join(all, sql.fragment` AND `);
  return readPage<TurnTask>(
    reads,
    [viewer.workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM ${source}
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${source} WHERE ${where}`,
  );
}
