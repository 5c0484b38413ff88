import { chown, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from './part.ts';
import { isRoot, runCommand } from './run-command.ts';

/** Who Postgres runs as: it refuses to run as root. */
export type ServiceUser = { name: string; uid: number; gid: number };

const NAME = 'postgres';

/** Undefined when we are not root: then parts run as ourselves. As root, the system user, created when missing. */
export async function ensureServiceUser(env: Environment): Promise<ServiceUser | undefined> {
  if (!isRoot()) return undefined;
  const existing = await lookUp(env);
  if (existing) return existing;
  await runCommand('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', NAME], {
    env,
    timeoutMs: 30_000,
  });
  const created = await lookUp(env);
  if (!created) throw new Error(`the system user ${NAME} was created but cannot be found`);
  return created;
}

async function lookUp(env: Environment): Promise<ServiceUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number(await runCommand('id', [flag, NAME], { env, timeoutMs: 10_000 }))),
    );
    return uid === undefined || gid === undefined ? undefined : { name: NAME, uid, gid };
  } catch {
    return undefined;
  }
}

/** The first directory on the way to `directory` (or itself) that the user cannot enter; undefined when it can. */
export async function findImpassable(directory: string, user: ServiceUser | undefined): Promise<string | undefined> {
  if (!user) return undefined;
  const segments = path.resolve(directory).split(path.sep);
  for (let depth = 1; depth <= segments.length; depth += 1) {
    const current = segments.slice(0, depth).join(path.sep) || path.sep;
    const info = await stat(current).catch(() => undefined);
    // What does not exist yet is made by us, enterable.
    if (!info) return undefined;
    const bit = info.uid === user.uid ? 0o100 : info.gid === user.gid ? 0o010 : 0o001;
    if ((info.mode & bit) === 0) return current;
  }
  return undefined;
}

/** Makes a directory that only the user (or we, if there is no such user) can enter. */
export async function makePrivateDirectory(directory: string, user: ServiceUser | undefined): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (user) await chown(directory, user.uid, user.gid);
}
