import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { waitUntilHealthy } from '../../deploy/local/supervision/wait-until-healthy.ts';
import { freePort } from './free-port.ts';

/** The only one whom the guarded address lets in; the hash is of this password. */
export const REGISTRY_USER = { username: 'crewship', password: 'reg-7f3b9a52c1-secret' } as const;
const HTPASSWD = `${REGISTRY_USER.username}:$2y$05$CrewshipRegistryTestsuTzcRV0xn0h2kmNk.yxTQ9SShSq/cNdC`;
const PROGRAM = 'docker-registry';

/** Why tests that start a registry of their own cannot run here; undefined when they can. */
export const OWN_REGISTRY_MISSING = spawnSync(PROGRAM, ['--version']).error && `${PROGRAM} is not on PATH`;

export interface GuardedRegistry {
  /** host:port at which everybody may write: what is published here is to be had at the other address. */
  readonly open: string;
  /** host:port that asks for a user and a password. */
  readonly guarded: string;
  stop(): Promise<void>;
}

/** A real registry that asks who reads from it, with a back door for publishing. */
export async function startGuardedRegistry(): Promise<GuardedRegistry> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-registry-'));
  const htpasswd = path.join(directory, 'htpasswd');
  await writeFile(htpasswd, `${HTPASSWD}\n`);
  const children: ChildProcess[] = [];
  const launch = async (name: string, auth: string) => {
    const port = await freePort();
    const file = path.join(directory, `${name}.yml`);
    const config = [
      'version: 0.1',
      'log: { level: error, accesslog: { disabled: true } }',
      `storage: { filesystem: { rootdirectory: ${JSON.stringify(path.join(directory, 'data'))} } }`,
      `http: { addr: "127.0.0.1:${port}" }`,
      auth,
    ];
    await writeFile(file, `${config.join('\n')}\n`);
    const child = spawn(PROGRAM, ['serve', file], { stdio: 'ignore' });
    children.push(child);
    const exited = new Promise<string>((resolve) => child.once('exit', (code) => resolve(`exit code ${code}`)));
    const check = async () => void (await fetch(`http://localhost:${port}/v2/`)).body?.cancel();
    await waitUntilHealthy({ name, check, exited, deadlineMs: 30_000 });
    return `localhost:${port}`;
  };
  return {
    open: await launch('open', ''),
    guarded: await launch('guarded', `auth: { htpasswd: { realm: test, path: ${JSON.stringify(htpasswd)} } }`),
    async stop() {
      for (const child of children) {
        if (child.exitCode !== null) continue;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill();
        await gone;
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}
