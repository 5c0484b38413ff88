import type { FEEDBACK_SIGNALS } from '../../../domain/conversations/chats/share.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { ChatViewer } from './sessions-store.ts';

export interface Feedback {
  readonly id: string;
  readonly message_id: string;
  readonly user_id: string;
  readonly rating: number;
  readonly signal: (typeof FEEDBACK_SIGNALS)[number] | null;
  readonly comment: string | null;
  readonly tags: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
}

export const feedbackColumns = sql.fragment`
  f.id, f.message_id, f.user_id, f.rating, nullif(f.signal, '') AS signal, f.comment, f.tags, f.created_at,
  f.updated_at`;

export interface FeedbackCount {
  readonly total: number;
  readonly positive: number;
  readonly negative: number;
}

export interface FeedbackFilter {
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly agentId: string | undefined;
  readonly projectId: string | undefined;
}

const KEYS = {
  day: sql.fragment`to_char(f.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  agent: sql.fragment`m.agent_id`,
  project: sql.fragment`h.project_id`,
};
/** Most groups that one reading gives: a year of days. */
const MAX_GROUPS = 366;

/**
 * How answers were rated, counted: numbers alone, over all sessions of the workspace but those of projects that the
 * reader may not see.
 */
export async function measureFeedback(
  reads: ReadPool,
  viewer: ChatViewer,
  filter: FeedbackFilter,
  groupBy: keyof typeof KEYS,
): Promise<readonly (FeedbackCount & { readonly key: string | null })[]> {
  return reads.any(
    [viewer.workspaceId],
    sql`
      SELECT ${KEYS[groupBy]} AS key, count(*)::integer AS total,
        count(*) FILTER (WHERE f.rating > 0)::integer AS positive,
        count(*) FILTER (WHERE f.rating < 0)::integer AS negative
      FROM message_feedback f JOIN chats h ON h.id = f.chat_id JOIN chat_messages m ON m.id = f.message_id
      WHERE f.workspace_id = ${viewer.workspaceId} AND f.created_at >= ${filter.from}::timestamptz
        AND f.created_at < ${filter.to}::timestamptz
        AND (h.project_id IS NULL OR crewship_project_role(h.project_id, ${viewer.userId}) IS NOT NULL)
        AND coalesce(m.agent_id, '') = coalesce(${filter.agentId ?? null}, m.agent_id, '')
        AND coalesce(h.project_id, '') = coalesce(${filter.projectId ?? null}, h.project_id, '')
      GROUP BY 1 ORDER BY 1 ${sql.limit(MAX_GROUPS)}`,
  );
}
