import type pg from 'pg';
import { expect } from 'vitest';
import { type Database, openDatabase } from '../../../db/kernel/database.ts';
import { connectOwner, createTestDatabase, type TestDatabase, testPools } from '../test-database.ts';
import { type LockWitness, witnessLocks } from '../lock-witness.ts';
import { perFile, standIn } from './per-file.ts';

export interface DatabaseWorld {
  readonly testDatabase: TestDatabase;
  /** As the product has it. */
  readonly db: Database;
  /** Which of `db`'s transactions locked against LOCK-ORDER.md: one that did fails the file. */
  readonly locks: LockWitness;
  /** The owner's login: sees everything and may break things. */
  readonly owner: pg.Client;
}

/** A migrated database of the file's own. */
export function useDatabase(sizes: Parameters<typeof testPools>[1] = {}): DatabaseWorld {
  const world = perFile(async () => {
    const testDatabase = await createTestDatabase();
    const locks = witnessLocks(await openDatabase(testPools(testDatabase, sizes)));
    const { db } = locks;
    const owner = await connectOwner(testDatabase);
    return {
      testDatabase,
      db,
      locks,
      owner,
      async close() {
        await owner.close();
        await db.end();
        await testDatabase.drop();
        expect(locks.violations()).toEqual([]);
      },
    };
  });
  return {
    testDatabase: standIn(() => world.testDatabase),
    db: standIn(() => world.db),
    locks: standIn(() => world.locks),
    owner: standIn(() => world.owner),
  };
}
