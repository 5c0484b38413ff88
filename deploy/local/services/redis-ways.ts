import { aptInstall, whyNoApt } from './apt.ts';
import { findDockerForContainers } from './docker-address.ts';
import { type Environment, type Finding, type Log, NOT_SET, type Way } from './part.ts';
import { checkRedis, isRedisRecent } from './redis-protocol.ts';
import { bareEnvironment, findOnPath, runCommand } from './run-command.ts';

/** A server elsewhere, a program to run here, or an image to run in Docker. */
export type RedisSource =
  | { kind: 'url'; url: string }
  | { kind: 'server'; command: string }
  | { kind: 'image'; image: string; dockerHost: string };

const SERVERS = ['redis-server', 'valkey-server'];
const DEFAULT_IMAGE = 'redis:7-alpine';
const HOW_TO_GET = 'install Redis 6.2 or newer (Debian: apt-get install redis-server; macOS: brew install redis)';

/** The ways of having Redis, in order. */
export function redisWays(env: Environment, log: Log): Way<RedisSource>[] {
  return [urlWay(env), pathWay(env), aptWay(env, log), dockerWay(env)];
}

function urlWay(env: Environment): Way<RedisSource> {
  const url = env.REDIS_URL;
  return {
    name: 'REDIS_URL',
    async inspect(): Promise<Finding> {
      if (!url) return { state: 'absent', detail: NOT_SET };
      if (!URL.canParse(url)) return { state: 'broken', detail: 'is not a valid URL', howToGet: 'correct REDIS_URL' };
      const { host } = new URL(url);
      try {
        return { state: 'ready', detail: host, version: (await checkRedis(url)).version };
      } catch (error) {
        const howToGet = 'start that server, correct REDIS_URL, or unset it to use a local Redis';
        return { state: 'broken', detail: `${host} does not answer: ${(error as Error).message}`, howToGet };
      }
    },
    async obtain() {
      if (!url) throw new Error('REDIS_URL is not set');
      return { kind: 'url', url };
    },
  };
}

function pathWay(env: Environment): Way<RedisSource> {
  return {
    name: 'Redis on PATH',
    async inspect(): Promise<Finding> {
      const command = findOnPath(SERVERS, env);
      if (!command) return { state: 'absent', detail: `no ${SERVERS.join(' or ')} on PATH`, howToGet: HOW_TO_GET };
      const output = await runCommand(command, ['--version'], { env: bareEnvironment(env), timeoutMs: 10_000 });
      const version = /v=(\S+)/.exec(output)?.[1] ?? 'unknown';
      if (!isRedisRecent(version)) {
        return { state: 'absent', detail: `${command} is ${version}, too old`, howToGet: HOW_TO_GET };
      }
      return { state: 'ready', detail: `${command} ${version}`, version };
    },
    async obtain() {
      const command = findOnPath(SERVERS, env);
      if (!command) throw new Error('it is no longer on PATH');
      return { kind: 'server', command };
    },
  };
}

function aptWay(env: Environment, log: Log): Way<RedisSource> {
  return {
    name: 'apt',
    async inspect(): Promise<Finding> {
      const obstacle = whyNoApt(env);
      if (obstacle) return { state: 'absent', detail: obstacle };
      return { state: 'obtainable', detail: 'installs the package redis-server' };
    },
    async obtain() {
      await aptInstall(['redis-server'], { env, log });
      const command = findOnPath(SERVERS, env);
      if (!command) throw new Error('redis-server is not on PATH after its installation');
      return { kind: 'server', command };
    },
  };
}

function dockerWay(env: Environment): Way<RedisSource> {
  const image = env.CREWSHIP_REDIS_IMAGE ?? DEFAULT_IMAGE;
  return {
    name: 'Docker',
    async inspect(): Promise<Finding> {
      const dockerHost = await findDockerForContainers(env);
      if (!dockerHost) return { state: 'absent', detail: 'no local Docker daemon answers' };
      return { state: 'obtainable', detail: `runs the image ${image} (CREWSHIP_REDIS_IMAGE) on ${dockerHost}` };
    },
    async obtain() {
      const dockerHost = await findDockerForContainers(env);
      if (!dockerHost) throw new Error('the Docker daemon no longer answers');
      return { kind: 'image', image, dockerHost };
    },
  };
}
