import { expect, test } from 'vitest';
import type { Database } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { Tx } from '../../db/kernel/transaction.ts';
import { locksOf, witnessLocks } from './lock-witness.ts';

const tables = (statement: string) => locksOf(statement).map(({ table, waits }) => (waits ? table : `${table}?`));

test('what a statement locks is read from its text', () => {
  expect(tables('UPDATE runs SET a = 1')).toEqual(['runs']);
  expect(tables('SELECT 1 FROM crews WHERE id = $1 FOR NO KEY UPDATE')).toEqual(['crews']);
  expect(tables('SELECT c.id FROM crews c WHERE c.id IN (SELECT j.id FROM jobs j) FOR SHARE')).toEqual(['crews']);
  expect(tables('SELECT 1 FROM runs r JOIN agents a ON true FOR UPDATE OF a SKIP LOCKED')).toEqual(['agents?']);
  expect(tables('SELECT crewship_admit_runs($1)')).toEqual(['slot_scopes']);
  expect(tables('SELECT 1 FROM crews')).toEqual([]);
});

test('a transaction that locks a mission after its crew is told of, and one that keeps the order is not', async () => {
  const tx = { execute: async () => 0 } as unknown as Tx;
  const run: Database['transaction'] = (_scope, handler) => handler(tx);
  const witness = witnessLocks({ transaction: run } as unknown as Database);
  const lock = (table: string) => sql`UPDATE ${sql.identifier([table])} SET updated_at = now()`;
  const inTurn = (...names: string[]) =>
    witness.db.transaction({ workspaceIds: [] }, async (watched) => {
      for (const name of names) await watched.execute(lock(name));
    });
  await inTurn('missions', 'tasks', 'crews', 'agents', 'crews');
  expect(witness.violations()).toEqual([]);
  await inTurn('agents', 'crews');
  expect(witness.violations()).toEqual([expect.stringMatching(/^crews after agents: /)]);
  await witness.db.transaction({ workspaceIds: [] }, async (watched) => {
    await watched.execute(lock('agents'));
    await watched.execute(sql`INSERT INTO missions (id) VALUES ('new')`);
    await watched.execute(lock('missions'));
  });
  expect(witness.violations()).toHaveLength(1);
  await inTurn('letters');
  expect(witness.unknown()).toEqual(['letters']);
});
