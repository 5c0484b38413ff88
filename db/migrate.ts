import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { buildIndexes } from './build-indexes.ts';

/** Two installers of one database wait for each other on this advisory lock. */
const INSTALL_LOCK = 7_263_001;
/** Logins are cluster-wide: installers of different databases of one cluster wait on this one, in the same session. */
const LOGIN_LOCK = 7_263_002;
const INSTALL_RETRY_MS = 50;

export interface MigrateOptions {
  /** The owner's URL (DATABASE_URL). */
  readonly ownerUrl: string;
  /** Passwords of the two logins of this database; omitted: logins are managed elsewhere and none is made. */
  readonly logins?: { readonly appPassword: string; readonly systemPassword: string };
  readonly log?: (line: string) => void;
}

/**
 * Brings the database to the newest schema and, in local mode, makes its two logins. Safe under any number of
 * concurrent installers. Returns the URLs of the logins, or nulls when none were asked for.
 */
export async function migrate(options: MigrateOptions): Promise<{ appUrl: string | null; systemUrl: string | null }> {
  const log = options.log ?? (() => {});
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: 'crewship-migrate' });
  await client.connect();
  try {
    await lockInstall(client);
    const applied = await runner({
      dbClient: client,
      dir: path.join(import.meta.dirname, 'migrations'),
      migrationsTable: 'schema_migrations',
      direction: 'up',
      // The session lock above is waited for; the runner's own would refuse a second installer instead.
      noLock: true,
      count: Number.POSITIVE_INFINITY,
      logger: { debug() {}, info() {}, warn: log, error: log },
    });
    for (const migration of applied) log(`applied ${migration.name}`);
    await buildIndexes(client, log);
    if (options.logins === undefined) return { appUrl: null, systemUrl: null };
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const database = rows[0]!.name;
    return {
      appUrl: await ensureLogin(
        client,
        options.ownerUrl,
        `${database}_api`,
        'crewship_app',
        options.logins.appPassword,
      ),
      systemUrl: await ensureLogin(
        client,
        options.ownerUrl,
        `${database}_sys`,
        'crewship_system',
        options.logins.systemPassword,
      ),
    };
  } finally {
    await client.end();
  }
}

/**
 * Asks again and again: who waits in a statement holds a snapshot, and an index that is built beside readers and
 * writers waits for all of those.
 */
async function lockInstall(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      INSTALL_LOCK,
    ]);
    if (rows[0]!.locked) return;
    await setTimeout(INSTALL_RETRY_MS);
  }
}

async function ensureLogin(
  client: pg.Client,
  ownerUrl: string,
  login: string,
  group: string,
  password: string,
): Promise<string> {
  await client.query('SELECT pg_advisory_lock($1)', [LOGIN_LOCK]);
  try {
    const name = pg.escapeIdentifier(login);
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE`);
    // ALTER ROLE takes no parameters; the password is quoted as a literal by the driver and is not logged by default.
    await client.query(`ALTER ROLE ${name} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
    await client.query(`GRANT ${pg.escapeIdentifier(group)} TO ${name}`);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOGIN_LOCK]);
  }
  const url = new URL(ownerUrl);
  url.username = login;
  url.password = password;
  return url.toString();
}
