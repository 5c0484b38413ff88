import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type ReportedEnd, reportRunEnded, reportRunStarted } from './report-run.ts';

interface RunScope {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string | null;
  readonly runId: string | null;
}

const MAX_METADATA_LENGTH = 16_384;

/**
 * A `run.*` entry that a crew emits: the run's row and its entry in one transaction, exactly as if the run had been
 * reported. Throws `invalid_request` without the run (and, at its start, its agent).
 */
export async function recordRunEntry(
  tx: Tx,
  scope: RunScope,
  status: ReportedEnd['status'],
  payload: JsonObject,
  actor: Actor,
): Promise<void> {
  if (scope.runId === null) throw invalidField('trace_id', 'names the run');
  if (JSON.stringify(payload).length > MAX_METADATA_LENGTH) throw invalidField('payload', 'is too large for a run');
  if (status === 'RUNNING') {
    if (scope.agentId === null) throw invalidField('agent_id', 'names the run’s agent');
    await reportRunStarted(
      tx,
      {
        id: scope.runId,
        workspaceId: scope.workspaceId,
        crewId: scope.crewId,
        agentId: scope.agentId,
        chatId: null,
        triggerType: 'USER',
        metadata: payload,
      },
      actor,
    );
    return;
  }
  const { exit_code: exitCode, error_message: errorMessage, ...metadata } = payload;
  await reportRunEnded(
    tx,
    { runId: scope.runId, crewId: scope.crewId },
    {
      status,
      exitCode: Number.isInteger(exitCode) && Math.abs(exitCode as number) < 2 ** 31 ? (exitCode as number) : null,
      errorMessage: typeof errorMessage === 'string' ? errorMessage.slice(0, 2_000) : null,
      metadata,
    },
    actor,
  );
}
