import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { TerminalRunStatus } from '../../../domain/work/runs/run-status.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** The entry of a run's start or end: of repeated reports the first. */
export async function findRunEntry(
  reads: ReadPool,
  scope: { readonly workspaceId: string; readonly runId: string | null },
  status: TerminalRunStatus | 'RUNNING',
): Promise<string> {
  const row = await reads.maybeOne<{ entry_id: string }>(
    [scope.workspaceId],
    sql`
      SELECT entry_id FROM transitions
      WHERE id = ${`run-${scope.runId}:${status === 'RUNNING' ? 'started' : 'settled'}`}`,
  );
  if (row === null) throw new CrewshipError('conflict', 'the run has no such entry');
  return row.entry_id;
}
