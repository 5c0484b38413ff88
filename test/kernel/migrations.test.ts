import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openDatabase } from '../../db/kernel/database.ts';
import { expectedMigrations, missingMigrations } from '../../db/instance/health/schema-version.ts';
import { migrate } from '../../db/migrate.ts';
import { dumpSchema, readCommittedDump, writeDump } from '../../db/schema-dump.ts';
import { createEmptyDatabase, createTestDatabase, testPools } from '../support/test-database.ts';

test('twenty installers at once leave one schema, applied once', async () => {
  const database = await createEmptyDatabase();
  try {
    const logins = { appPassword: 'app-password', systemPassword: 'system-password' };
    const applied: string[] = [];
    const urls = await Promise.all(
      Array.from({ length: 20 }, () =>
        migrate({ ownerUrl: database.ownerUrl, logins, log: (line) => void applied.push(line) }),
      ),
    );
    expect(applied.filter((line) => line.startsWith('applied '))).toEqual(
      expectedMigrations.map((name) => `applied ${name}`),
    );
    expect(new Set(urls.map((url) => `${url.appUrl} ${url.systemUrl}`)).size).toBe(1);
    expect(await dumpSchema(database.ownerUrl)).toEqual(readCommittedDump());
  } finally {
    await database.drop();
  }
});

test('the committed dump is the schema: `node db/schema-dump.ts <url>` writes it anew', async () => {
  const database = await createTestDatabase();
  try {
    expect(await dumpSchema(database.ownerUrl)).toEqual(readCommittedDump());
  } finally {
    await database.drop();
  }
});

test('an index that is declared of the whole is built on each partition beside its writers, also after a kill', async () => {
  const database = await createTestDatabase();
  const writer = new pg.Client({ connectionString: database.ownerUrl });
  await writer.connect();
  const valid = async () =>
    (
      await writer.query<{ valid: boolean }>(
        `SELECT bool_and(indisvalid) AS valid FROM pg_index WHERE indexrelid::regclass::text LIKE 'journal_entries%'`,
      )
    ).rows[0]!.valid;
  try {
    expect(await valid()).toBe(true);
    const { rows } = await writer.query<{ definition: string }>(
      `SELECT pg_get_indexdef('journal_entries_terms'::regclass) AS definition`,
    );
    await writer.query('DROP INDEX journal_entries_terms');
    await writer.query(rows[0]!.definition.replace(/ ON (ONLY )?public/, ' ON ONLY public'));
    // As a builder leaves it that was killed.
    await writer.query('CREATE INDEX journal_entries_default_terms ON journal_entries_default (id)');
    expect(await valid()).toBe(false);
    await writer.query('BEGIN');
    await writer.query('LOCK TABLE journal_entries_default IN ROW EXCLUSIVE MODE');
    const built = migrate({ ownerUrl: database.ownerUrl });
    await writer.query(`SELECT count(*) FROM journal_entries`);
    await writer.query('COMMIT');
    await built;
    expect(await valid()).toBe(true);
    expect(await dumpSchema(database.ownerUrl)).toEqual(readCommittedDump());
  } finally {
    await writer.end();
    await database.drop();
  }
});

test('writing a dump removes the files of functions that are gone', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'crewship-dump-'));
  const dump = { 'schema.txt': 'tables', 'functions/kept.sql': 'CREATE' };
  try {
    writeDump({ ...dump, 'functions/gone.sql': 'CREATE' }, folder);
    writeDump(dump, folder);
    expect(readCommittedDump(folder)).toEqual(dump);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every table is under forced row-level security but the installer’s own', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client(database.ownerUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(`
      SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname`);
    // A partition is reached through its parent, whose policies apply; no login has a grant on it.
    expect(rows.map((row) => row.name)).toEqual(['journal_entries_default', 'schema_migrations']);
    const granted = await client.query(
      `SELECT 1 FROM information_schema.role_table_grants
       WHERE table_name = 'journal_entries_default' AND grantee LIKE 'crewship\\_%'`,
    );
    expect(granted.rowCount).toBe(0);
  } finally {
    await client.end();
    await database.drop();
  }
});

test('a login that row-level security would not bind is refused at the door', async () => {
  const database = await createTestDatabase();
  const options = testPools(database, { writePoolSize: 1, readPoolSize: 1, systemPoolSize: 1 });
  try {
    await expect(openDatabase({ ...options, appUrl: database.ownerUrl })).rejects.toThrow('CREWSHIP_APP_DATABASE_URL');
    const opened = await openDatabase(options);
    expect(await missingMigrations(opened.systemReads)).toEqual([]);
    await opened.end();
  } finally {
    await database.drop();
  }
});
