import { keepRunning } from '../supervision/keep-running.ts';
import { aptInstall, whyNoApt } from './apt.ts';
import { checkDocker, DEFAULT_DOCKER_HOST, defaultDockerHosts } from './docker-address.ts';
import {
  type Environment,
  type Finding,
  inspectWays,
  type Log,
  NOT_SET,
  type PartContext,
  resolvePart,
  type RunningPart,
  type Service,
  type Way,
} from './part.ts';
import { findOnPath, isRoot } from './run-command.ts';
import { createSharedDockerd, type SharedDockerd } from './shared-dockerd.ts';

/** A daemon that answers, or one to be started and joined at the default socket. */
export type DockerSource = { dockerHost: string; start: boolean };

const STATE_DIR = '/run/crewship-dockerd';
const HOW_TO_GET = 'install Docker (https://docs.docker.com/engine/install) and start it';

/** Docker. The address is in DOCKER_HOST's form. */
export function createDockerService(context: PartContext, options: { dockerd?: SharedDockerd } = {}): Service<string> {
  const { env, log } = context;
  const ways = dockerWays(env, log);

  async function start(): Promise<RunningPart<string>> {
    const { label: chosen, value: source } = await resolvePart('docker', ways, log);
    const { dockerHost } = source;
    if (!isRoot() || env.DOCKER_HOST) return { address: dockerHost, chosen, stop: async () => {} };
    const dockerd = options.dockerd ?? systemDockerd(context);
    // A daemon that another local stack started is joined, so that whoever leaves last stops it.
    if (!source.start && !dockerd.isRunning()) return { address: dockerHost, chosen, stop: async () => {} };
    const kept = await keepRunning({ name: 'docker', log, launch: dockerd.join });
    return { address: dockerHost, chosen, stop: kept.stop };
  }

  return {
    part: 'docker',
    inspect: () => inspectWays(ways),
    start,
    async checkHealth(address) {
      await checkDocker(address);
    },
  };
}

function systemDockerd(context: PartContext): SharedDockerd {
  const { env, log } = context;
  const flags = (env.CREWSHIP_DOCKERD_FLAGS ?? '').split(/\s+/).filter((flag) => flag !== '');
  return createSharedDockerd({
    dockerHost: DEFAULT_DOCKER_HOST,
    command: [findOnPath(['dockerd'], env) ?? 'dockerd', ...flags],
    stateDir: STATE_DIR,
    user: context.dataDir,
    env: dockerdEnvironment(env),
    log,
    keep: env.CREWSHIP_KEEP_DOCKERD === '1' || env.CREWSHIP_KEEP_DOCKERD === 'true',
  });
}

/** The daemon needs the proxies and certificates of its user, and none of our settings. */
function dockerdEnvironment(env: Environment): Environment {
  const passed = /^(PATH|HOME|TMPDIR|SSL_CERT_(FILE|DIR)|https?_proxy|no_proxy|DOCKER_RAMDISK)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => passed.test(name)));
}

/** The ways of having Docker, in order. */
export function dockerWays(env: Environment, log: Log): Way<DockerSource>[] {
  return [settingWay(env), ...defaultDockerHosts(env).map(socketWay), startWay(env), aptWay(env, log)];
}

async function readyFinding(dockerHost: string): Promise<Finding> {
  const { version, remapsUsers } = await checkDocker(dockerHost);
  // Crews' directories belong to users of the host, whom its containers would not have.
  const detail = remapsUsers
    ? `${dockerHost}, which remaps users (userns-remap): crews do not start on it`
    : dockerHost;
  return { state: 'ready', detail, version };
}

function settingWay(env: Environment): Way<DockerSource> {
  const dockerHost = env.DOCKER_HOST;
  return {
    name: 'DOCKER_HOST',
    async inspect(): Promise<Finding> {
      if (!dockerHost) return { state: 'absent', detail: NOT_SET };
      try {
        return await readyFinding(dockerHost);
      } catch (error) {
        const howToGet = 'start that daemon, correct DOCKER_HOST, or unset it to use the default socket';
        return { state: 'broken', detail: `${dockerHost} does not answer: ${(error as Error).message}`, howToGet };
      }
    },
    async obtain() {
      if (!dockerHost) throw new Error('DOCKER_HOST is not set');
      return { dockerHost, start: false };
    },
  };
}

function socketWay(dockerHost: string): Way<DockerSource> {
  return {
    name: 'the running daemon',
    async inspect(): Promise<Finding> {
      try {
        return await readyFinding(dockerHost);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === 'EACCES') {
          const howToGet = 'add yourself to the group docker (sudo usermod -aG docker $USER) and log in again';
          return { state: 'absent', detail: `no permission for ${dockerHost}`, howToGet };
        }
        return {
          state: 'absent',
          detail: `nothing answers at ${dockerHost} (${code ?? message})`,
          howToGet: HOW_TO_GET,
        };
      }
    },
    async obtain() {
      return { dockerHost, start: false };
    },
  };
}

function startWay(env: Environment): Way<DockerSource> {
  return {
    name: 'dockerd',
    async inspect(): Promise<Finding> {
      const command = findOnPath(['dockerd'], env);
      if (!command) return { state: 'absent', detail: 'dockerd is not on PATH' };
      if (!isRoot()) {
        return { state: 'absent', detail: 'starting dockerd needs root', howToGet: 'start Docker: sudo dockerd' };
      }
      return { state: 'obtainable', detail: `starts ${command}` };
    },
    async obtain() {
      return { dockerHost: DEFAULT_DOCKER_HOST, start: true };
    },
  };
}

function aptWay(env: Environment, log: Log): Way<DockerSource> {
  return {
    name: 'apt',
    async inspect(): Promise<Finding> {
      const obstacle = whyNoApt(env);
      if (obstacle) return { state: 'absent', detail: obstacle };
      return { state: 'obtainable', detail: 'installs the package docker.io and starts dockerd' };
    },
    async obtain() {
      await aptInstall(['docker.io'], { env, log });
      // Under an init system the package starts its daemon itself.
      const answers = await checkDocker(DEFAULT_DOCKER_HOST).then(
        () => true,
        () => false,
      );
      return { dockerHost: DEFAULT_DOCKER_HOST, start: !answers };
    },
  };
}
