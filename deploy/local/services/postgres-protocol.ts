import pg from 'pg';

export const OLDEST_POSTGRES_MAJOR = 15;
const CONNECT_TIMEOUT_MS = 3_000;

/** Connects, runs the work, and disconnects. */
export async function withPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A server that goes away in between is reported by the query that fails, not as an uncaught event.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Connects and asks for the version. Rejects when Postgres does not answer or is older than 15. */
export async function checkPostgres(url: string): Promise<{ version: string }> {
  return withPostgres(url, async (client) => {
    const result = await client.query<{ number: string; version: string }>(
      `select current_setting('server_version_num') as number, current_setting('server_version') as version`,
    );
    const row = result.rows[0];
    if (!row) throw new Error('Postgres gave no version');
    if (Math.floor(Number(row.number) / 10_000) < OLDEST_POSTGRES_MAJOR) {
      throw new Error(`Postgres ${row.version} is too old: ${OLDEST_POSTGRES_MAJOR} or newer is needed`);
    }
    return { version: row.version };
  });
}

/** Creates the database if it does not exist. `url` names any other database of the server. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  await withPostgres(url, async (client) => {
    const existing = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (existing.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  });
}

/** Where a URL points, without its user and password. */
export function describeUrl(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}
