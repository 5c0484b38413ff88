import { createHash } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PartContext } from './part.ts';
import { runCommand, bareEnvironment } from './run-command.ts';
import { ensureServiceUser, findImpassable, makePrivateDirectory, type ServiceUser } from './service-user.ts';

/** Where a local Postgres keeps its data, the binaries it runs, and as whom. */
export type PostgresHome = { binDir: string; clusterDir: string; user: ServiceUser | undefined };

export const POSTGRES_OWNER = 'crewship';

/**
 * Prepares a data cluster that the service user can reach. As root, Postgres runs as another user, who may be unable to
 * enter the checkout (one under a 0700 home): then the data, and if need be the binaries, move to `/var/lib`, and the
 * log says so.
 */
export async function preparePostgresHome(
  context: PartContext,
  source: { root: string; major: number },
): Promise<PostgresHome> {
  const { dataDir, env, log } = context;
  const user = await ensureServiceUser(env);
  let homeDir = path.join(dataDir, 'postgres');
  const closed = await findImpassable(dataDir, user);
  if (closed) {
    homeDir = path.join(relocatedDirectory(dataDir), 'postgres');
    log(`postgres: its data is in ${homeDir}, as the user ${user?.name} cannot enter ${closed}`);
  }
  await mkdir(path.dirname(homeDir), { recursive: true, mode: 0o711 });
  await makePrivateDirectory(homeDir, user);
  const root = await reachableRoot(source.root, homeDir, user, log);
  const home = { binDir: path.join(root, 'bin'), clusterDir: path.join(homeDir, 'cluster'), user };
  await initialiseCluster(home, source.major, context);
  return home;
}

/** The folder outside the checkout that belongs to a data folder. */
export function relocatedDirectory(dataDir: string): string {
  return `/var/lib/crewship-${createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 12)}`;
}

async function reachableRoot(
  root: string,
  homeDir: string,
  user: ServiceUser | undefined,
  log: (line: string) => void,
) {
  if (!(await findImpassable(root, user))) return root;
  const copy = path.join(homeDir, `binaries-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`);
  const done = path.join(copy, 'copied');
  if ((await readFile(done, 'utf8').catch(() => '')) === '') {
    log(`postgres: copying its binaries to ${copy}, where the user ${user?.name} can run them`);
    await rm(copy, { recursive: true, force: true });
    await cp(root, copy, { recursive: true, verbatimSymlinks: true });
    await chmod(copy, 0o755);
    await writeFile(done, root);
  }
  return copy;
}

async function initialiseCluster(home: PostgresHome, major: number, context: PartContext): Promise<void> {
  const { clusterDir, user, binDir } = home;
  const stored = await readFile(path.join(clusterDir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (stored !== undefined) {
    if (Number(stored) === major) return;
    throw new Error(
      `the data in ${clusterDir} was written by Postgres ${stored.trim()}, but the binaries in ${binDir} are ` +
        `version ${major}: use that version again, or delete ${path.dirname(clusterDir)} to start empty`,
    );
  }
  // Made aside and renamed, so an initdb that was killed half-way is never taken for a cluster.
  const draftDir = `${clusterDir}.new`;
  const passwordFile = `${clusterDir}.password`;
  await rm(draftDir, { recursive: true, force: true });
  await makePrivateDirectory(draftDir, user);
  await writeFile(passwordFile, `${context.secrets.postgresPassword}\n`, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  try {
    const locale = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'] : [];
    const args = ['--auth=scram-sha-256', `--username=${POSTGRES_OWNER}`, '--encoding=UTF8', ...locale];
    await runCommand(
      path.join(binDir, 'initdb'),
      [...args, `--pwfile=${passwordFile}`, '--no-instructions', `--pgdata=${draftDir}`],
      { env: postgresEnvironment(context), cwd: '/', timeoutMs: 120_000, ...asUser(user) },
    );
  } finally {
    await unlink(passwordFile);
  }
  await rename(draftDir, clusterDir);
}

/** The environment of Postgres and its tools: none of ours, so no PG… variable of the user changes what they do. */
export function postgresEnvironment(context: PartContext): Record<string, string | undefined> {
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
  return { ...bareEnvironment(context.env), HOME: '/', LC_ALL: locale, TZ: 'UTC' };
}

export function asUser(user: ServiceUser | undefined): { uid: number; gid: number } | Record<string, never> {
  return user ? { uid: user.uid, gid: user.gid } : {};
}
