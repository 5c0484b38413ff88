import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Which of these targets the outbox still has a command for, on its way or to be tried again. */
export async function readPendingTargets(
  systemReads: Pick<ReadPool, 'any'>,
  targets: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await systemReads.any<{ target: string }>(
    [],
    sql`
      SELECT DISTINCT target FROM outbox
      WHERE parked_at IS NULL AND kind = 'workflow' AND target = ANY(${sql.array([...targets], 'text')})`,
  );
  return new Set(rows.map((row) => row.target));
}
