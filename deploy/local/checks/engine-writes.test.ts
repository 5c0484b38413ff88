import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import {
  ENGINE_TABLES,
  EXCEPTIONS,
  exceptionOf,
  isForeign,
  listWrites,
  type TableWrite,
  writesOf,
} from './engine-writes.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
let writes: readonly TableWrite[];

beforeAll(async () => {
  writes = await listWrites(ROOT);
});

test('only the engine moves work: nobody else writes its tables, but for the exceptions', () => {
  const against = writes.filter((write) => isForeign(write) && exceptionOf(write.file) === undefined);
  expect(against.map(({ file, table }) => `${file} writes ${table ?? 'a computed table'}`)).toEqual([]);
});

test('every exception is needed', () => {
  const needed = new Set(writes.filter(isForeign).map(({ file }) => exceptionOf(file)));
  expect(Object.keys(EXCEPTIONS).filter((name) => !needed.has(name))).toEqual([]);
});

test('the engine writes each of its tables, and each exists', () => {
  const written = new Set(writes.filter(({ file }) => file.startsWith('commands/engine/')).map(({ table }) => table));
  const schema = readFileSync(path.join(ROOT, 'db/schema.txt'), 'utf8');
  expect(ENGINE_TABLES.filter((table) => !schema.includes(`\n${table}.`))).toEqual([]);
  // Places are taken by a function of the database.
  expect(ENGINE_TABLES.filter((table) => !written.has(table))).toEqual(['slot_leases']);
});

test('a write of the engine’s tables in another family is found, however it is written', () => {
  const statements: readonly [statement: string, table: string | null][] = [
    ['UPDATE missions SET status = 1', 'missions'],
    ['UPDATE missions m SET status = 1', 'missions'],
    ['update only tasks as t\n      set status = 1', 'tasks'],
    ['INSERT INTO runs (id) VALUES (1)', 'runs'],
    ['INSERT INTO\n crews AS c (id) VALUES (1)', 'crews'],
    ['DELETE FROM escalations WHERE id = 1', 'escalations'],
    ['MERGE INTO public.agents USING x ON true', 'agents'],
    ['UPDATE ${sql.identifier([table])} SET a = 1', null],
    ['DELETE FROM ${table} WHERE id = 1', null],
  ];
  for (const [statement, table] of statements) {
    const found = writesOf('commands/work/issues/update-issue.ts', `await tx.execute(sql\`\n  ${statement}\`);`);
    expect(found, statement).toEqual([{ file: 'commands/work/issues/update-issue.ts', table }]);
    expect(found.filter(isForeign), statement).toHaveLength(1);
  }
});

test('reads, locks, other tables and the engine itself are left alone', () => {
  const text = `SELECT 1 FROM missions WHERE id = 1 FOR UPDATE; SELECT 1
    FROM runs FOR NO KEY UPDATE OF runs SKIP LOCKED;
    INSERT INTO issues (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET title = 'a'; DELETE FROM mission_notes;`;
  expect(writesOf('commands/work/issues/a.ts', text).filter(isForeign)).toEqual([]);
  expect(writesOf('commands/engine/missions/a.ts', 'UPDATE missions SET a = 1').filter(isForeign)).toEqual([]);
});

test('a tree without statements is refused', async () => {
  await expect(listWrites(path.join(ROOT, 'docs'))).rejects.toThrow();
});
