import type { FinishReason } from '../../../domain/conversations/chats/chat.ts';
import { chatTurnJob } from '../../../domain/conversations/chats/chat-turn-job.ts';
import type { ArtifactRef } from '../../../domain/work/artifacts/artifact.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { artifactsOfRun } from '../../work/artifacts/artifacts-store.ts';
import type { ChatViewer } from './sessions-store.ts';

/** A turn as callers see it: docs/contracts/conversations.md, Turns. */
export interface Turn {
  readonly job_id: string;
  readonly session_id: string;
  readonly run_id: string;
  readonly status: JobStatus;
  readonly message: {
    readonly id: string;
    readonly role: 'assistant';
    readonly content: string;
    readonly artifacts: readonly ArtifactRef[];
  } | null;
  readonly finish_reason: FinishReason | null;
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cached_input_tokens: number;
    readonly cost_usd: string;
  } | null;
  readonly error: { readonly code: string } | null;
  readonly events_url: string;
}

const turnQuery = (viewer: ChatViewer, jobId: string) => sql`
  SELECT j.id AS job_id, h.id AS session_id, r.id AS run_id, j.status,
    CASE WHEN m.id IS NOT NULL THEN jsonb_build_object('id', m.id, 'role', m.role, 'content', m.content,
      'artifacts', ${artifactsOfRun(sql.fragment`m.run_id`)}) END AS message,
    coalesce(m.finish_reason, CASE j.status WHEN 'failed' THEN 'error' WHEN 'cancelled' THEN 'cancelled' END)
      AS finish_reason, e.data AS usage,
    CASE WHEN j.error_code IS NOT NULL THEN jsonb_build_object('code', j.error_code) END AS error,
    '/api/v1/sessions/' || h.id || '/replay?after_seq=' || (coalesce(b.seq, 1) - 1) AS events_url
  FROM jobs j
  JOIN chats h ON h.workspace_id = j.workspace_id AND h.id = j.subject_id AND h.deleted_at IS NULL
  JOIN LATERAL (SELECT id FROM runs WHERE job_id = j.id ORDER BY attempt_no DESC LIMIT 1) r ON true
  LEFT JOIN chat_messages m ON m.job_id = j.id AND m.role = 'assistant'
  LEFT JOIN LATERAL (SELECT seq FROM chat_events WHERE job_id = j.id ORDER BY seq LIMIT 1) b ON true
  LEFT JOIN LATERAL (
    SELECT data FROM chat_events WHERE job_id = j.id AND type = 'usage' ORDER BY seq DESC LIMIT 1) e ON true
  WHERE j.id = ${jobId} AND j.kind = ${chatTurnJob.name} AND j.workspace_id = ${viewer.workspaceId}
    AND crewship_chat_role(h.id, ${viewer.userId}) IS NOT NULL`;

/** Null: there is no such turn, or the viewer may not know of its session. */
export function readTurn(reads: ReadPool, viewer: ChatViewer, jobId: string): Promise<Turn | null> {
  return reads.maybeOne<Turn>([viewer.workspaceId], turnQuery(viewer, jobId));
}

/** The same, as the transaction has left it. */
export function readTurnIn(tx: Tx, viewer: ChatViewer, jobId: string): Promise<Turn | null> {
  return tx.maybeOne<Turn>(turnQuery(viewer, jobId));
}

/** The turn that a caller names by its job, its run, or the session in which it is under way; null: none. */
export async function findTurnIn(
  tx: Tx,
  workspaceId: string,
  by: {
    readonly jobId?: string | undefined;
    readonly runId?: string | undefined;
    readonly chatId?: string | undefined;
  },
): Promise<{ readonly job_id: string; readonly chat_id: string } | null> {
  const isIt =
    by.jobId !== undefined
      ? sql.fragment`j.id = ${by.jobId}`
      : by.runId !== undefined
        ? sql.fragment`j.id = (SELECT job_id FROM runs WHERE id = ${by.runId} AND trigger_type = 'CHAT')`
        : sql.fragment`j.id = (SELECT coalesce(turn_job_id, (SELECT job_id FROM chat_messages
            WHERE chat_id = chats.id AND job_id IS NOT NULL ORDER BY seq DESC LIMIT 1))
            FROM chats WHERE id = ${by.chatId!})`;
  return tx.maybeOne(sql`
    SELECT j.id AS job_id, j.subject_id AS chat_id FROM jobs j
    WHERE ${isIt} AND j.kind = ${chatTurnJob.name} AND j.workspace_id = ${workspaceId}`);
}
