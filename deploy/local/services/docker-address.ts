import { existsSync } from 'node:fs';
import path from 'node:path';
import Docker from 'dockerode';
import type { Environment } from './part.ts';

export const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';
const PING_TIMEOUT_MS = 3_000;

/** A client for an address in DOCKER_HOST's form: `unix://…` or `tcp://host:port`. Throws on any other form. */
export function connectDocker(dockerHost: string, timeoutMs?: number): Docker {
  const timeout = timeoutMs === undefined ? {} : { timeout: timeoutMs };
  if (dockerHost.startsWith('unix://')) {
    return new Docker({ socketPath: dockerHost.slice('unix://'.length), ...timeout });
  }
  const url = URL.canParse(dockerHost) ? new URL(dockerHost) : undefined;
  if (url?.protocol !== 'tcp:' && url?.protocol !== 'http:') {
    throw new Error(`DOCKER_HOST must be unix:///path or tcp://host:port`);
  }
  return new Docker({ protocol: 'http', host: url.hostname, port: Number(url.port || 2375), ...timeout });
}

/**
 * `GET /_ping`, the version, and whether the daemon gives containers uids of their own range. Rejects when it does not
 * answer within 3 s.
 */
export async function checkDocker(dockerHost: string): Promise<{ version: string; remapsUsers: boolean }> {
  const docker = connectDocker(dockerHost, PING_TIMEOUT_MS);
  await docker.ping();
  const [{ Version }, info] = await Promise.all([docker.version(), docker.info()]);
  const { SecurityOptions: options } = info as { SecurityOptions?: readonly string[] | null };
  return { version: Version, remapsUsers: options?.some((option) => option.startsWith('name=userns')) === true };
}

/** The default socket, and where Docker Desktop puts it for its user. */
export function defaultDockerHosts(env: Environment): string[] {
  const desktop = env.HOME ? path.join(env.HOME, '.docker', 'run', 'docker.sock') : undefined;
  return desktop && existsSync(desktop) ? [DEFAULT_DOCKER_HOST, `unix://${desktop}`] : [DEFAULT_DOCKER_HOST];
}

/**
 * A daemon on this machine that can run a part in a container: one on a unix socket, as ports are published on
 * loopback. Undefined when none answers.
 */
export async function findDockerForContainers(env: Environment): Promise<string | undefined> {
  const candidates = env.DOCKER_HOST ? [env.DOCKER_HOST] : defaultDockerHosts(env);
  for (const dockerHost of candidates.filter((host) => host.startsWith('unix://'))) {
    const answers = await checkDocker(dockerHost).then(
      () => true,
      () => false,
    );
    if (answers) return dockerHost;
  }
  return undefined;
}
