import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';
import { runTimeLeftMs } from './run-clock.ts';

/** What is left of a live run's time, by its clock as it is now; 0 for a run that is over. */
export async function readTimeLeft(db: Pick<Database, 'reads'>, address: WorkflowAddress): Promise<number> {
  const run = await db.reads.maybeOne<{ left_ms: number }>(
    [address.workspaceId],
    sql`
      SELECT ${runTimeLeftMs} AS left_ms FROM runs r
      WHERE r.id = ${address.id} AND r.status IN ('ADMITTED', 'RUNNING')`,
  );
  return Math.max(0, run?.left_ms ?? 0);
}
