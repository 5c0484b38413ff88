import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { MAX_PEER_RESULT_LENGTH } from '../../../domain/work/peers/peer-request.ts';
import type { TerminalRunStatus } from '../../../domain/work/runs/run-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { handOnQuestions } from '../escalations/questions-of-run.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { type JournalledPeerRequest, journalPeerRequest } from './peer-request-journal.ts';

const STATES = { COMPLETED: 'completed', FAILED: 'failed', TIMEOUT: 'failed', CANCELLED: 'cancelled' } as const;

/**
 * What the end of a locked run means for the request it was for, if it was for one: its answer is kept and whoever
 * waits for it is told. A run that was lost or restarted is replaced by one that names it, which takes the place that
 * is freed after this.
 */
export async function settlePeerRequest(
  tx: Tx,
  run: RunRow,
  mission: MissionRow | null,
  end: {
    readonly status: TerminalRunStatus;
    /** The run vanished, or is restarted, and gets another attempt. */
    readonly isReplaced: boolean;
    readonly summary: string | null;
    readonly errorMessage: string | null;
  },
): Promise<void> {
  if (run.trigger_type !== 'ASSIGNMENT' && run.trigger_type !== 'QUERY') return;
  const request = await tx.maybeOne<JournalledPeerRequest>(sql`
    SELECT id, kind, workspace_id, crew_id, mission_id, from_agent_id, to_agent_id, depth FROM peer_requests
    WHERE run_id = ${run.id} FOR UPDATE`);
  if (request === null) return;
  const actor = orchestratorActor();
  const isWanted =
    run.mission_id === null || (mission?.status === 'IN_PROGRESS' && mission.generation === run.generation);
  if (end.isReplaced && isWanted) {
    const runId = newId();
    await tx.execute(sql`
      INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, mission_id, chat_id, trigger_type, triggered_by,
        generation, attempt_no, predecessor_id, timeout_ms, queued_at)
      SELECT ${runId}, workspace_id, agent_id, crew_id, (SELECT host_id FROM crews WHERE crews.id = runs.crew_id),
        mission_id, chat_id, trigger_type, triggered_by, generation, attempt_no + 1, id, timeout_ms, clock_timestamp()
      FROM runs WHERE id = ${run.id}`);
    await tx.execute(sql`UPDATE peer_requests SET run_id = ${runId} WHERE id = ${request.id}`);
    journalPeerRequest(tx, request, { state: 'replaced', actor, runId });
    await handOnQuestions(tx, [runId]);
    return;
  }
  const isDone = end.status === 'COMPLETED';
  await tx.execute(sql`
    UPDATE peer_requests SET result = ${isDone ? (end.summary ?? '').slice(0, MAX_PEER_RESULT_LENGTH) : null},
      error_message = ${isDone ? null : (end.errorMessage ?? end.status.toLowerCase())}
    WHERE id = ${request.id}`);
  journalPeerRequest(tx, request, { state: STATES[end.status], actor, runId: run.id });
  if (request.kind === 'query') {
    tx.enqueue({ kind: 'wake', topic: 'query', workspaceId: request.workspace_id, id: request.id });
  }
}
