import type { Escalation, EscalationAction, EscalationStatus } from '../../../domain/people/escalations/escalation.ts';
import { LLM_PROVIDERS, type LlmProvider } from '../../../domain/money/llm/llm-provider.ts';
import { PROVIDER_KEY_TYPES } from '../../../domain/vault/credentials/credential.ts';
import { newestFirst, type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

const ORDER = newestFirst('e');

function conditions(workspaceId: string, filter: { crewId: string; status?: string | undefined }): Fragment {
  const status = filter.status === undefined ? sql.fragment`` : sql.fragment`AND e.status = ${filter.status}`;
  return sql.fragment`e.workspace_id = ${workspaceId} AND e.crew_id = ${filter.crewId} ${status}`;
}

/** Escalations of a crew, newest first. The answer to a CREDENTIAL is never among them. */
export async function listEscalations(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId: string; readonly status?: string | undefined },
  page: PageRequest,
): Promise<Escalation[]> {
  return reads.any<Escalation>(
    [workspaceId],
    sql`
      SELECT e.id, e.workspace_id, e.crew_id, e.agent_id, e.mission_id, e.task_id, e.run_id, e.chat_id, e.type,
        e.credential_id, e.from_name, e.from_slug, e.reason, e.context, e.metadata, e.status,
        CASE WHEN e.type = 'CREDENTIAL' AND e.resolved_at IS NOT NULL THEN '[REDACTED]'
          ELSE e.resolution END AS resolution,
        e.action, e.redirect_to, e.cancel_reason, e.resolved_by, e.resolved_at, e.deadline_at, e.answer_deadline_at,
        e.agent_gave_up_at, e.delivery, e.delivery_run_id, e.delivered_at, e.acknowledged_at, e.created_at,
        e.updated_at, ${ORDER.key}
      FROM escalations e WHERE ${conditions(workspaceId, filter)} ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
  );
}

/** How many escalations of a crew match. */
export async function countEscalations(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId: string; readonly status?: string | undefined },
): Promise<number> {
  const row = await reads.maybeOne<{ total: number }>(
    [workspaceId],
    sql`SELECT count(*) AS total FROM escalations e WHERE ${conditions(workspaceId, filter)}`,
  );
  return row?.total ?? 0;
}

/** How many questions of a workspace can still be answered. */
export async function countPendingEscalations(reads: ReadPool, workspaceId: string): Promise<number> {
  const row = await reads.maybeOne<{ total: number }>(
    [workspaceId],
    sql`
      SELECT count(*) AS total FROM escalations
      WHERE workspace_id = ${workspaceId} AND status = 'PENDING' AND answer_deadline_at > now()`,
  );
  return row?.total ?? 0;
}

/** What a waiting client needs to know of its escalation. */
export interface WaitedEscalation {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly status: EscalationStatus;
  readonly resolution: string | null;
  /** Of a CREDENTIAL; it opens for the agent that waits. */
  readonly sealed_resolution: string | null;
  readonly action: EscalationAction | null;
  readonly redirect_to: string | null;
  /** The provider of models whose key the answer is: the host adds it to calls, and no agent gets it. */
  readonly key_of: LlmProvider | null;
  /** Milliseconds until the agent stops waiting, by the database's clock; 0 or less when that time is over. */
  readonly agent_left_ms: number;
  /** The answer came after the agent had gone on: an attempt is to have it, or has it. */
  readonly is_late: boolean;
}

/** Reads the escalations that clients wait on, across workspaces, in one query. */
export async function readWaitedEscalations(
  reads: ReadPool,
  workspaceIds: readonly string[],
  ids: readonly string[],
): Promise<WaitedEscalation[]> {
  return reads.any<WaitedEscalation>(
    workspaceIds,
    sql`
      SELECT e.id, e.workspace_id, e.crew_id, e.status, e.resolution, e.sealed_resolution, e.action, e.redirect_to,
        CASE WHEN c.type = ANY (${sql.array([...PROVIDER_KEY_TYPES], 'text')})
          AND lower(c.provider) = ANY (${sql.array([...LLM_PROVIDERS], 'text')}) THEN lower(c.provider) END AS key_of,
        ceil(extract(epoch FROM e.deadline_at - clock_timestamp()) * 1000)::bigint AS agent_left_ms,
        coalesce(e.delivery IN ('running_task', 'next_task'), false) AS is_late
      FROM escalations e LEFT JOIN credentials c ON c.id = e.credential_id
      WHERE e.id = ANY (${sql.array([...ids], 'text')})`,
  );
}
