import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

export interface JournalPartition {
  readonly name: string;
  /**
   * `made` now; `present` before; `blocked`: the default partition holds entries of that month, or the tables were
   * locked for too long. A blocked month's entries stay in the default partition, where all works the same.
   */
  readonly outcome: 'made' | 'present' | 'blocked';
}

/** Appending waits while the default partition is searched: better to try another day than to hold it up for longer. */
const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * Makes the monthly partitions of the journal (UTC, by Postgres's clock) for this month and `monthsAhead` more, 12 at
 * most, each in a transaction of its own. Safe to run any number of times at once. Moves no entry. The system login may
 * not make tables: an SQL function of the owner's does this one thing for it.
 */
export async function makeJournalPartitions(
  db: Pick<Database, 'systemTransaction'>,
  monthsAhead: number,
): Promise<JournalPartition[]> {
  const partitions: JournalPartition[] = [];
  for (let months = 0; months <= monthsAhead; months++) {
    partitions.push(
      await db.systemTransaction({}, async (tx) => {
        await tx.execute(sql`SELECT set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true)`);
        return tx.one<JournalPartition>(sql`
          SELECT partition AS name, outcome FROM crewship_make_journal_partition(${months})`);
      }),
    );
  }
  return partitions;
}
