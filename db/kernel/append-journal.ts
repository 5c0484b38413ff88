import type { CommonQueryMethods } from 'slonik';
import type { NewJournalEntry } from '../../domain/evidence/journal/new-journal-entry.ts';
import { newJournalId } from '../../platform/ids/ids.ts';
import { TransitionAlreadyCommitted } from './database-errors.ts';
import { named, sql } from './sql.ts';

/**
 * Appends entries, their transition ids, and their places in the queue of entries without a position: one statement
 * whatever the number. json_to_recordset beats one parameter per column (no limit of 65,535 parameters, one plan).
 *
 * Throws {@link TransitionAlreadyCommitted} when a transition id exists, which rolls the whole transaction back.
 */
export async function appendJournal(
  connection: CommonQueryMethods,
  entries: readonly NewJournalEntry[],
  requestId: string | null,
): Promise<void> {
  const rows = entries.map((entry) => ({
    id: entry.id ?? newJournalId(),
    transition_id: entry.transitionId ?? undefined,
    workspace_id: entry.workspaceId ?? undefined,
    crew_id: entry.crewId ?? undefined,
    agent_id: entry.agentId ?? undefined,
    mission_id: entry.missionId ?? undefined,
    task_id: entry.taskId ?? undefined,
    entry_type: entry.type,
    severity: entry.severity ?? 'info',
    actor_type: entry.actor.type,
    actor_id: entry.actor.id ?? undefined,
    target_type: entry.targetType ?? undefined,
    target_id: entry.targetId ?? undefined,
    auth_method: entry.actor.authMethod ?? undefined,
    auth_token_id: entry.actor.tokenId ?? undefined,
    auth_session_id: entry.actor.sessionId ?? undefined,
    request_id: entry.actor.requestId ?? requestId ?? undefined,
    address: entry.actor.address ?? undefined,
    user_agent: entry.actor.userAgent?.slice(0, 512) ?? undefined,
    summary: entry.summary.slice(0, 2_000),
    payload: entry.payload ?? {},
    refs: entry.refs ?? {},
    trace_id: entry.traceId ?? undefined,
    span_id: entry.spanId ?? undefined,
  }));
  const wanted = rows.flatMap((row) => row.transition_id ?? []);
  const query = sql`
    WITH input AS MATERIALIZED (
      SELECT *, clock_timestamp() AS ts FROM json_to_recordset(${sql.rows(rows)}) AS r(
        id text, transition_id text, workspace_id text, crew_id text, agent_id text, mission_id text, task_id text,
        entry_type text, severity text, actor_type text, actor_id text, target_type text, target_id text,
        auth_method text, auth_token_id text, auth_session_id text, request_id text, address text, user_agent text,
        summary text, payload jsonb, refs jsonb, trace_id text, span_id text)
    ), entry AS (
      INSERT INTO journal_entries (id, ts, workspace_id, crew_id, agent_id, mission_id, task_id, entry_type, severity,
        actor_type, actor_id, target_type, target_id, auth_method, auth_token_id, auth_session_id, request_id, address,
        user_agent, summary, payload, refs, trace_id, span_id)
      SELECT id, date_trunc('milliseconds', ts), workspace_id, crew_id, agent_id, mission_id, task_id, entry_type,
        severity, actor_type, actor_id, target_type, target_id, auth_method, auth_token_id, auth_session_id, request_id,
        address, user_agent, summary, payload, refs, trace_id, span_id FROM input
    ), queued AS (
      INSERT INTO journal_unsequenced (stream, workspace_id, entry_id, entry_ts)
      SELECT coalesce(workspace_id, 'instance'), workspace_id, id, date_trunc('milliseconds', ts) FROM input
    )
    INSERT INTO transitions (id, workspace_id, entry_id, entry_ts)
    SELECT transition_id, workspace_id, id, date_trunc('milliseconds', ts) FROM input WHERE transition_id IS NOT NULL
    ON CONFLICT (id) DO NOTHING`;
  const result = await connection.query(named(query));
  if (result.rowCount !== wanted.length) throw new TransitionAlreadyCommitted(wanted);
}
