import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { markLostHosts } from '../../../commands/engine/hosts/mark-lost-hosts.ts';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import { expireIdempotencyKeys } from '../../../db/instance/idempotency/expire-idempotency-keys.ts';
import { makeJournalPartitions } from '../../../db/evidence/journal/journal-partitions.ts';
import { sequenceJournal } from '../../../db/evidence/journal/sequencer.ts';
import { type Query, sql } from '../../../db/kernel/sql.ts';
import { connectOwner } from '../../support/test-database.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db, owner, testDatabase } = useDatabase();

async function appendEntryAt(when: string): Promise<string> {
  const id = `j_${randomBytes(8).toString('hex')}`;
  const { rows } = await owner.query<{ partition: string }>(
    `INSERT INTO journal_entries (id, ts, entry_type, actor_type, summary)
      VALUES ($1, ${when}, 'test', 'system', 'test')
     RETURNING tableoid::regclass::text AS partition`,
    [id],
  );
  return rows[0]!.partition;
}

test('answers that are past their time go, in batches; the others stay', async () => {
  await owner.query(`
    INSERT INTO idempotency_keys (principal_id, workspace_id, key, request_hash, status, expires_at)
    SELECT 'p', 'instance', 'k' || n, sha256('x'), 200,
      now() + make_interval(secs => CASE WHEN n <= 2500 THEN -n ELSE n END)
    FROM generate_series(1, 2510) n`);
  expect(await expireIdempotencyKeys(db)).toBe(2_500);
  expect(await expireIdempotencyKeys(db)).toBe(0);
  const { rows } = await owner.query('SELECT count(*)::int AS left FROM idempotency_keys');
  expect(rows).toEqual([{ left: 10 }]);
});

test('a silent host is lost, once, with its entry in the stream of the instance, until it beats again', async () => {
  const report = { architecture: 'amd64', engineVersion: '27', slots: 2 };
  for (const hostId of ['silent', 'draining', 'alive']) await recordHostHeartbeat(db, { hostId, ...report });
  await owner.query(
    `UPDATE hosts SET last_heartbeat_at = now() - ${HOST_ALIVE_MS + 1_000} * interval '1 millisecond'
      WHERE id <> 'alive'`,
  );
  await owner.query(`UPDATE hosts SET status = 'draining' WHERE id = 'draining'`);
  const found = await Promise.all([markLostHosts(db), markLostHosts(db), markLostHosts(db)]);
  expect(found.flat().sort()).toEqual(['draining', 'silent']);
  expect(await db.systemReads.any([], sql`SELECT id, status FROM hosts ORDER BY id`)).toEqual([
    { id: 'alive', status: 'up' },
    { id: 'draining', status: 'draining' },
    { id: 'silent', status: 'lost' },
  ]);
  await sequenceJournal(db);
  const { rows } = await owner.query(`
    SELECT e.workspace_id, e.actor_type, e.target_id, p.stream FROM journal_entries e
    JOIN journal_positions p ON p.entry_id = e.id WHERE e.entry_type = 'host.lost' ORDER BY e.target_id`);
  const entry = { workspace_id: null, actor_type: 'system', stream: 'instance' };
  expect(rows).toEqual([
    { ...entry, target_id: 'draining' },
    { ...entry, target_id: 'silent' },
  ]);
  await recordHostHeartbeat(db, { hostId: 'silent', ...report });
  expect(await markLostHosts(db)).toEqual([]);
});

test('partitions are made ahead by many makers at once, hold what is appended, and are closed to the application', async () => {
  // An entry of this month is in the default partition already: that month gets no partition, and nothing moves.
  expect(await appendEntryAt('now()')).toBe('journal_entries_default');
  const made = await Promise.all(Array.from({ length: 5 }, () => makeJournalPartitions(db, 2)));
  const outcomes = (index: number) => made.map((partitions) => partitions[index]!.outcome).sort();
  expect(outcomes(0)).toEqual(Array(5).fill('blocked'));
  for (const month of [1, 2]) expect(outcomes(month)).toEqual(['made', ...Array(4).fill('present')]);
  const [, next, last] = made[0]!.map(({ name }) => name);

  const nextMonth = `date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '1 month'`;
  expect(await appendEntryAt(nextMonth)).toBe(next);
  expect(await appendEntryAt(`${nextMonth} - interval '1 millisecond'`)).toBe('journal_entries_default');
  expect(await appendEntryAt(`${nextMonth} + interval '1 month'`)).toBe(last);
  expect(await appendEntryAt('now()')).toBe('journal_entries_default');

  // All indexes are there, and row-level security cannot be walked around by naming a partition.
  const { rows } = await owner.query(
    `SELECT tablename, count(*)::int AS indexes FROM pg_indexes WHERE tablename = ANY ($1) GROUP BY 1`,
    [['journal_entries', next, last]],
  );
  const ofAll = rows.find(({ tablename }) => tablename === 'journal_entries');
  expect(ofAll!.indexes).toBeGreaterThan(5);
  expect(new Set(rows.map(({ indexes }) => indexes))).toEqual(new Set([ofAll!.indexes]));
  const asApp = db.transaction({ workspaceIds: [] }, (tx) => tx.any(sql`SELECT 1 FROM ${sql.identifier([next!])}`));
  await expect(asApp).rejects.toThrow();
  expect(await db.reads.any([], sql`SELECT id FROM journal_entries`)).toEqual([]);
});

test('a month that somebody holds locked is left for another day, and appending goes on', async () => {
  const holder = await connectOwner(testDatabase);
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE journal_entries_default IN ACCESS SHARE MODE');
  const [, , , third] = await makeJournalPartitions(db, 3);
  expect(third!.outcome).toBe('blocked');
  await holder.query('ROLLBACK');
  expect((await makeJournalPartitions(db, 3))[3]!.outcome).toBe('made');
  await holder.end();
});

test('the system login gets partitions of the next twelve months and no other table; the application login gets none', async () => {
  const asSystem = (query: Query) => db.systemTransaction({}, (tx) => tx.execute(query));
  const asApp = (query: Query) => db.transaction({ workspaceIds: [] }, (tx) => tx.execute(query));
  const make = (months: number) => sql`SELECT crewship_make_journal_partition(${months})`;
  for (const months of [-1, 13]) await expect(asSystem(make(months))).rejects.toThrow(/12 months/);
  await expect(asSystem(sql`CREATE TABLE public.mine (id int)`)).rejects.toThrow(/permission denied/);
  await expect(asApp(make(0))).rejects.toThrow(/permission denied/);
});
