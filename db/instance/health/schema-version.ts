import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Names of the migrations this code was written for, oldest first. */
export const expectedMigrations: readonly string[] = readdirSync(path.join(import.meta.dirname, '../../migrations'))
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.slice(0, -'.sql'.length))
  .sort();

/** Migrations the database lacks. A newer database is fine: migrations are append-only. */
export async function missingMigrations(systemReads: ReadPool): Promise<string[]> {
  const rows = await systemReads.any<{ name: string }>([], sql`SELECT name FROM schema_migrations`);
  const applied = new Set(rows.map((row) => row.name));
  return expectedMigrations.filter((name) => !applied.has(name));
}
