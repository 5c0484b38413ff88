import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { transactionEffects } from '../../commands/effects.ts';
import type { DatabaseOptions } from '../../db/kernel/database.ts';
import { migrate } from '../../db/migrate.ts';

const MIGRATIONS = path.join(import.meta.dirname, '../../db/migrations');
/** Serialises the making of templates; held while one is migrated. */
const TEMPLATE_LOCK = 7_263_100;
const LOGIN_PASSWORD = 'test-only';

/** Owner URL of the server that tests make their databases on. */
const TEST_SERVER_URL = process.env.CREWSHIP_TEST_DATABASE_URL ?? 'postgresql://postgres:dev@127.0.0.1:5499/postgres';

export interface TestDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly systemUrl: string;
  drop(): Promise<void>;
}

function schemaHash(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(MIGRATIONS).sort())
    hash.update(file).update(readFileSync(path.join(MIGRATIONS, file)));
  return hash
    .update(readFileSync(path.join(MIGRATIONS, '../migrate.ts')))
    .digest('hex')
    .slice(0, 12);
}

function urlOf(database: string, login?: string): string {
  const url = new URL(TEST_SERVER_URL);
  url.pathname = `/${database}`;
  if (login !== undefined) {
    url.username = login;
    url.password = LOGIN_PASSWORD;
  }
  return url.toString();
}

async function onServer<Result>(use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: TEST_SERVER_URL });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/**
 * Makes sure the template of this schema exists and returns its name. Its two logins are shared by all copies: roles
 * belong to the server, and grants inside a database are copied with it.
 */
async function ensureTemplate(client: pg.Client): Promise<string> {
  const name = `crewship_template_${schemaHash()}`;
  const exists = async (): Promise<boolean> =>
    (await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [name])).rowCount === 1;
  if (await exists()) return name;
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (await exists()) return name;
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`);
    await migrate({
      ownerUrl: urlOf(name),
      logins: { appPassword: LOGIN_PASSWORD, systemPassword: LOGIN_PASSWORD },
    });
    await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} IS_TEMPLATE true`);
    return name;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

/** A migrated database of one's own, in about 50 ms. Drop it when done. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `crewship_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const template = await onServer(async (client) => {
    const made = await ensureTemplate(client);
    // Copying needs the template to itself; two copies at once would refuse each other.
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(made)}`);
    return made;
  });
  return {
    name,
    ownerUrl: urlOf(name),
    appUrl: urlOf(name, `${template}_api`),
    systemUrl: urlOf(name, `${template}_sys`),
    drop: () =>
      onServer(async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
      }),
  };
}

/** The owner's login: sees everything and may break things. */
export async function connectOwner(
  database: Pick<TestDatabase, 'ownerUrl'>,
): Promise<pg.Client & { close(): Promise<void> }> {
  const client = new pg.Client(database.ownerUrl);
  await client.connect();
  return Object.assign(client, { close: () => client.end() });
}

/** How tests open pools on a database of theirs. */
export function testPools(
  database: Pick<TestDatabase, 'appUrl' | 'systemUrl'>,
  sizes: Partial<Pick<DatabaseOptions, 'writePoolSize' | 'readPoolSize' | 'systemPoolSize'>> = {},
): DatabaseOptions {
  return {
    effects: transactionEffects,
    appUrl: database.appUrl,
    systemUrl: database.systemUrl,
    writePoolSize: 6,
    readPoolSize: 4,
    systemPoolSize: 4,
    applicationName: 'crewship-test',
    onConnectionError: () => {},
    ...sizes,
  };
}

/** An empty database, not migrated. */
export async function createEmptyDatabase(): Promise<{ name: string; ownerUrl: string; drop(): Promise<void> }> {
  const name = `crewship_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await onServer((client) => client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`));
  return {
    name,
    ownerUrl: urlOf(name),
    drop: () =>
      onServer(async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
        for (const login of [`${name}_api`, `${name}_sys`]) {
          await client.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(login)}`);
        }
      }),
  };
}
