import type { Client } from 'pg';

/** A connection of the owner's login: only it may make tables. */
export type OwnerConnection = Pick<Client, 'query' | 'end'>;

export interface JournalPartition {
  readonly name: string;
  /**
   * `made` now; `present` before; `blocked`: the default partition holds entries of that month, or the tables were
   * locked for too long. A blocked month's entries stay in the default partition, where all works the same.
   */
  readonly outcome: 'made' | 'present' | 'blocked';
}

/** Two makers wait for each other on this advisory lock. */
const PARTITION_LOCK = 7_263_003;
/** Appending waits while a partition is attached: better to try another day than to hold it up for longer. */
const LOCK_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 10_000;

const CHECK_VIOLATION = '23514';
const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';

interface Month {
  readonly name: string;
  readonly starts_at: string;
  readonly ends_at: string;
}

/**
 * Makes the monthly partitions of the journal (UTC, by Postgres's clock) for this month and `monthsAhead` more. Safe to
 * run any number of times at once. Moves no entry: entries are evidence, and a move would rewrite them under the eyes of
 * whoever reads. So a month of which the default partition already holds an entry gets no partition of its own.
 */
export async function makeJournalPartitions(owner: OwnerConnection, monthsAhead: number): Promise<JournalPartition[]> {
  const { rows: months } = await owner.query<Month>(
    `SELECT 'journal_entries_' || to_char(m, 'YYYY_MM') AS name, to_char(m, 'YYYY-MM-DD') || ' 00:00:00+00' AS starts_at,
       to_char(m + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00' AS ends_at
     FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
       date_trunc('month', now() AT TIME ZONE 'UTC') + $1 * interval '1 month', interval '1 month') AS m`,
    [monthsAhead],
  );
  const partitions: JournalPartition[] = [];
  for (const month of months) partitions.push({ name: month.name, outcome: await makePartition(owner, month) });
  return partitions;
}

async function makePartition(owner: OwnerConnection, month: Month): Promise<JournalPartition['outcome']> {
  await owner.query('BEGIN');
  try {
    await owner.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
    await owner.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await owner.query(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
    const outcome = await attach(owner, month);
    await owner.query('COMMIT');
    return outcome;
  } catch (error) {
    await owner.query('ROLLBACK');
    const { code } = error as { code?: string };
    // An entry of that month arrived between the look and the attaching, or somebody held the tables.
    if (code === CHECK_VIOLATION || code === LOCK_NOT_AVAILABLE || code === QUERY_CANCELED) return 'blocked';
    throw error;
  }
}

async function attach(
  owner: OwnerConnection,
  { name, starts_at, ends_at }: Month,
): Promise<JournalPartition['outcome']> {
  const { rows } = await owner.query<{ present: boolean; occupied: boolean }>(
    `SELECT to_regclass($1) IS NOT NULL AS present,
       EXISTS (SELECT 1 FROM journal_entries_default WHERE ts >= $2::timestamptz AND ts < $3::timestamptz) AS occupied`,
    [name, starts_at, ends_at],
  );
  if (rows[0]!.present) return 'present';
  if (rows[0]!.occupied) return 'blocked';
  // Attaching a table leaves readers and writers of the other partitions alone; CREATE TABLE … PARTITION OF would lock
  // the whole journal. The names and times come from to_char above.
  await owner.query(`CREATE TABLE ${name} (LIKE journal_entries INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
  await owner.query(
    `ALTER TABLE journal_entries ATTACH PARTITION ${name} FOR VALUES FROM ('${starts_at}') TO ('${ends_at}')`,
  );
  return 'made';
}
