import pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { startTestApi } from '../support/test-api.ts';
import { perFile } from '../support/world/per-file.ts';
import { connectOwner } from '../support/test-database.ts';

let first: string;
let second: string;

const api = perFile(() => startTestApi());
const owner = perFile(() => connectOwner(api.testDatabase));
beforeAll(async () => {
  first = await api.addWorkspace();
  second = await api.addWorkspace();
  for (const workspaceId of [first, second]) {
    const admin = await api.addMember(workspaceId, 'OWNER');
    const crew = await api.call(admin.token, {
      method: 'POST',
      url: '/api/v1/crews',
      headers: { 'idempotency-key': 'seed' },
      payload: { name: 'Crew', slug: 'crew' },
    });
    expect(crew.statusCode).toBe(201);
    await admin.send('POST', '/api/v1/agents', { name: 'Agent', slug: 'agent' });
  }
});

async function tenantTables(): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(`
    SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`);
  return rows.map((row) => row.name);
}

test('with the app login and one workspace in its list, no table shows a row of another', async () => {
  const app = new pg.Client(api.testDatabase.appUrl);
  await app.connect();
  try {
    await app.query(`SELECT set_config('crewship.workspaces', $1, false)`, [first]);
    const seen: string[] = [];
    for (const table of await tenantTables()) {
      const allowed = await app.query<{ may: boolean }>(`SELECT has_table_privilege($1, 'SELECT') AS may`, [table]);
      if (allowed.rows[0]?.may !== true) continue;
      // What the instance gives to all of them is named in tenant-tables.test.ts.
      const { rows } = await app.query<{ workspace_id: string | null }>(
        `SELECT DISTINCT workspace_id FROM ${table} WHERE workspace_id IS DISTINCT FROM 'instance'`,
      );
      expect(
        rows.map((row) => row.workspace_id).filter((id) => id !== first && id !== null),
        table,
      ).toEqual([]);
      if (rows.length > 0) seen.push(table);
    }
    expect(seen).toEqual(
      expect.arrayContaining(['agents', 'crews', 'idempotency_keys', 'journal_entries', 'memberships', 'slot_scopes']),
    );
    const { rows: workspaces } = await app.query('SELECT id FROM workspaces');
    expect(workspaces).toEqual([{ id: first }]);
    await app.query(`SELECT set_config('crewship.workspaces', '', false)`);
    const { rows: none } = await app.query('SELECT id FROM crews');
    expect(none).toEqual([]);
  } finally {
    await app.end();
  }
});

test('a write into a workspace outside the list is refused', async () => {
  await expect(
    api.database.transaction({ workspaceIds: [first] }, (tx) =>
      tx.execute(
        sql`INSERT INTO crews (id, workspace_id, name, slug) VALUES ('foreign', ${second}, 'Foreign', 'foreign')`,
      ),
    ),
  ).rejects.toThrow(/row-level security/);
});

test('secrets are out of the app login’s reach', async () => {
  const app = new pg.Client(api.testDatabase.appUrl);
  await app.connect();
  try {
    for (const statement of [
      'SELECT * FROM access_tokens',
      'SELECT * FROM auth_sessions',
      'SELECT password_hash FROM users',
      'DELETE FROM journal_entries',
      'UPDATE journal_entries SET summary = $$$$',
      'SELECT * FROM outbox',
    ]) {
      await expect(app.query(statement), statement).rejects.toThrow(/permission denied/);
    }
  } finally {
    await app.end();
  }
});

test('reads that wait for a connection share one query, each under its own list', async () => {
  const lists = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? first : second));
  const results = await Promise.all(
    lists.map((id) => api.database.reads.any<{ workspace_id: string }>([id], sql`SELECT workspace_id FROM crews`)),
  );
  expect(results.map((rows) => rows.map((row) => row.workspace_id))).toEqual(lists.map((id) => [id]));
});
