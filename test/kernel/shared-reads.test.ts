import { expect, test } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { soon } from '../support/soon.ts';
import { useDatabase } from '../support/world/use-database.ts';

const { db, owner } = useDatabase();

const GATE = 7_263_200;

/** Counts its executions, and waits for whoever holds the gate; what it sees is what was committed when it began. */
const question = () => sql`
  WITH seen AS MATERIALIZED (SELECT count(*)::integer AS hosts FROM hosts),
    gate AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(${GATE}) FROM seen)
  SELECT seen.hosts, nextval('asked')::integer AS execution FROM seen, gate`;

test('who asks while the same is asked shares the next read, and sees what was committed before', async () => {
  await owner.query(`CREATE SEQUENCE asked; GRANT USAGE ON SEQUENCE asked TO PUBLIC`);
  await owner.query('SELECT pg_advisory_lock($1)', [GATE]);
  const ask = () => db.reads.maybeOne<{ hosts: number; execution: number }>([], question());
  const first = ask();
  await soon(async () => {
    const { rowCount } = await owner.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
    expect(rowCount).toBe(1);
  });
  await owner.query(`INSERT INTO hosts (id, architecture, engine_version) VALUES ('new', 'amd64', '27')`);
  const later = Array.from({ length: 50 }, ask);
  // Another question waits for nobody.
  expect(await db.reads.any([], sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  await owner.query('SELECT pg_advisory_unlock($1)', [GATE]);
  expect(await first).toEqual({ hosts: 0, execution: 1 });
  expect(new Set(await Promise.all(later))).toEqual(new Set([{ hosts: 1, execution: 2 }]));
  expect(await ask()).toEqual({ hosts: 1, execution: 3 });
});

test('a read that fails fails those who shared it, and the next one is asked anew', async () => {
  const divide = () => db.reads.any([], sql`SELECT 1 / (SELECT count(*) FROM hosts WHERE id = 'awaited') AS one`);
  for (const outcome of await Promise.allSettled(Array.from({ length: 5 }, divide))) {
    expect(outcome.status).toBe('rejected');
  }
  await owner.query(`INSERT INTO hosts (id, architecture, engine_version) VALUES ('awaited', 'amd64', '27')`);
  expect(await divide()).toHaveLength(1);
});
