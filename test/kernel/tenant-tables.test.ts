import pg from 'pg';
import { expect, test } from 'vitest';
import { perFile } from '../support/world/per-file.ts';
import { useDatabase } from '../support/world/use-database.ts';

const { owner, testDatabase } = useDatabase();
/** The login of the API, in sight of the workspace `own` alone. */
const app = perFile(async () => {
  const client = new pg.Client(testDatabase.appUrl);
  await client.connect();
  await client.query(`SELECT set_config('crewship.workspaces', 'own', false)`);
  return Object.assign(client, { close: () => client.end() });
});

interface Column {
  readonly name: string;
  readonly type: string;
  /** Null in a row that names it not at all. */
  readonly isOptional: boolean;
}

/** Every table whose rows are a workspace's. */
async function tenantTables(): Promise<Map<string, Column[]>> {
  const { rows } = await owner.query<Column & { table: string }>(`
    SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
      NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS "isOptional"
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND EXISTS (
        SELECT 1 FROM pg_attribute w WHERE w.attrelid = c.oid AND w.attname = 'workspace_id' AND NOT w.attisdropped)
    ORDER BY 1, a.attnum`);
  return Map.groupBy(rows, ({ table }) => table);
}

/** Rules of single rows and between tables, so that a row may be of anything; those of row-level security stay. */
async function dropOtherRules(): Promise<void> {
  await owner.query(`
    DO $$
    DECLARE rule record;
    BEGIN
      FOR rule IN
        SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
        WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace AND conparentid = 0 AND coninhcount = 0
      LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', rule.of_table, rule.conname);
      END LOOP;
      FOR rule IN
        SELECT DISTINCT tgrelid::regclass AS of_table FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace
      LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', rule.of_table);
      END LOOP;
    END $$`);
}

/** A value that a column takes, as text: another one for each row, where the type has so many. */
function valueOf(type: string, text: string): string {
  if (type.endsWith('[]')) return '{}';
  if (/^(integer|bigint|smallint|numeric|double|real)/.test(type)) return String(text.length);
  if (type === 'boolean') return 'false';
  if (/^jsonb?$/.test(type)) return '{}';
  if (/^(timestamp|date)/.test(type)) return '2026-01-01';
  if (type === 'interval') return '1 second';
  if (type === 'bytea') return `\\x${Buffer.from(text).toString('hex')}`;
  return text;
}

/** `INSERT` of a row of the workspace. */
function insertOf(table: string, columns: readonly Column[], workspaceId: string, id: string): [string, string[]] {
  const given = columns.filter(({ name, isOptional }) => !isOptional || name === 'workspace_id');
  const names = given.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
  const values = given.map(({ name, type }) => (name === 'workspace_id' ? workspaceId : valueOf(type, id)));
  return [`INSERT INTO ${table} (${names}) VALUES (${values.map((_, at) => `$${at + 1}`).join(', ')})`, values];
}

/** The number of rows a statement of the API's login touched, or that it has no right to such statements. */
async function touched(statement: string, values: readonly string[] = []): Promise<number | 'no right' | 'refused'> {
  try {
    return (await app.query(statement, [...values])).rowCount ?? 0;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code !== '42501') throw new Error(`${statement}: ${message}`, { cause: error });
    return message.includes('row-level security') ? 'refused' : 'no right';
  }
}

test('a statement that names no workspace, or another, reads and changes no row of another, in any table', async () => {
  const tables = await tenantTables();
  expect(tables.size).toBeGreaterThan(40);
  await dropOtherRules();
  for (const [table, columns] of tables) {
    for (const workspaceId of ['own', 'foreign']) {
      const [statement, values] = insertOf(table, columns, workspaceId, `row-of-${workspaceId}`);
      await owner.query(statement, values).catch((error: Error) => {
        throw new Error(`${statement}: ${error.message}`);
      });
    }
  }

  const readable: string[] = [];
  const shared: string[] = [];
  for (const [table, columns] of tables) {
    // As a store would ask that forgot the workspace: what comes is its own and never all.
    const seen = await touched(`SELECT workspace_id FROM ${table} WHERE workspace_id <> 'instance'`);
    expect([0, 1, 'no right'], `${table} without a filter`).toContain(seen);
    if (seen === 1) readable.push(table);
    const ofAll = await touched(`SELECT workspace_id FROM ${table} WHERE workspace_id = 'instance'`);
    if (typeof ofAll === 'number' && ofAll > 0) shared.push(table);
    const changedOfAll = await touched(`UPDATE ${table} SET workspace_id = 'own' WHERE workspace_id = 'instance'`);
    expect([0, 'no right'], `${table} taken from the instance`).toContain(changedOfAll);
    const foreign = `WHERE workspace_id = 'foreign'`;
    expect([0, 'no right'], `${table} read`).toContain(await touched(`SELECT workspace_id FROM ${table} ${foreign}`));
    for (const { name } of columns) {
      const changed = await touched(`UPDATE ${table} SET ${pg.escapeIdentifier(name)} = DEFAULT ${foreign}`);
      expect([0, 'no right'], `${table}.${name} changed`).toContain(changed);
    }
    expect([0, 'no right'], `${table} deleted`).toContain(await touched(`DELETE FROM ${table} ${foreign}`));
    expect(['refused', 'no right'], `${table} given away`).toContain(
      await touched(`UPDATE ${table} SET workspace_id = 'foreign' WHERE workspace_id = 'own'`),
    );
    const [statement, values] = insertOf(table, columns, 'foreign', 'slipped-in');
    expect(['refused', 'no right'], `${table} written`).toContain(await touched(statement, values));
  }
  // That the walk walks: these are what the API's stores read.
  expect(readable).toEqual(expect.arrayContaining(['crews', 'agents', 'missions', 'runs', 'credentials', 'issues']));

  // What the instance gives to all workspaces.
  expect(shared).toEqual(['skill_versions', 'skills']);

  // And all of it is still there, as it was.
  for (const table of tables.keys()) {
    const { rows } = await owner.query<{ id: string }>(
      `SELECT workspace_id AS id FROM ${table} WHERE workspace_id <> 'instance' ORDER BY 1`,
    );
    expect(
      rows.map(({ id }) => id),
      table,
    ).toEqual(['foreign', 'own']);
  }
});

test('what the API’s login may read without belonging to a workspace is named here', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND NOT EXISTS (SELECT 1 FROM pg_attribute w WHERE w.attrelid = c.oid AND w.attname = 'workspace_id')
        AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
          AND has_column_privilege($1, c.oid, a.attnum, 'SELECT'))
      ORDER BY 1`,
    [new URL(testDatabase.appUrl).username],
  );
  expect(rows.map(({ name }) => name)).toEqual(['cached_images', 'hosts', 'image_builds', 'users', 'workspaces']);
});
