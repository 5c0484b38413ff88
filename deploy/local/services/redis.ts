import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { keepRunning } from '../supervision/keep-running.ts';
import { withPorts } from '../supervision/local-ports.ts';
import { type ManagedUnit, startOrAdoptProcess } from '../supervision/managed-process.ts';
import { waitUntilHealthy } from '../supervision/wait-until-healthy.ts';
import { startManagedContainer } from './managed-container.ts';
import { inspectWays, type PartContext, resolvePart, type RunningPart, type Service } from './part.ts';
import { checkRedis } from './redis-protocol.ts';
import { type RedisSource, redisWays } from './redis-ways.ts';
import { bareEnvironment } from './run-command.ts';

const DEFAULT_PORT = 6_379;
const START_DEADLINE_MS = 30_000;

/** Redis 6.2 or newer. The address is its URL, with the password. */
export function createRedisService(context: PartContext): Service<string> {
  const ways = redisWays(context.env, context.log);

  async function start(): Promise<RunningPart<string>> {
    const { label, value: source } = await resolvePart('redis', ways, context.log);
    if (source.kind === 'url') {
      return { address: source.url, chosen: `REDIS_URL (${new URL(source.url).host})`, stop: async () => {} };
    }
    return withPorts(
      context.ports,
      [['redis', DEFAULT_PORT]],
      { held: context.records.findLive('redis') !== undefined },
      async (port) => {
        const address = `redis://:${context.secrets.redisPassword}@127.0.0.1:${port}`;
        const kept = await keepRunning({
          name: 'redis',
          log: context.log,
          launch: () => launch(context, source, port, address),
        });
        return { address, chosen: `${label}, on 127.0.0.1:${port}`, stop: kept.stop };
      },
    );
  }

  return {
    part: 'redis',
    inspect: () => inspectWays(ways),
    start,
    async checkHealth(address) {
      await checkRedis(address);
    },
  };
}

async function launch(
  context: PartContext,
  source: Exclude<RedisSource, { kind: 'url' }>,
  port: number,
  address: string,
): Promise<ManagedUnit> {
  const logFile = path.join(context.dataDir, 'logs', 'redis.log');
  const unit =
    source.kind === 'server'
      ? await startServer(context, source.command, port, logFile)
      : await startManagedContainer(context, {
          name: 'redis',
          dockerHost: source.dockerHost,
          image: source.image,
          // The password reaches Redis on its standard input: an argument would show in the process list.
          command: ['sh', '-c', `printf 'requirepass %s\\n' "$CREWSHIP_REDIS_PASSWORD" | exec redis-server -`],
          env: { CREWSHIP_REDIS_PASSWORD: context.secrets.redisPassword },
          publish: { [port]: DEFAULT_PORT },
        });
  try {
    await waitUntilHealthy({
      name: 'redis',
      check: () => checkRedis(address).then(() => undefined),
      exited: unit.exited,
      deadlineMs: START_DEADLINE_MS,
      ...(source.kind === 'server' ? { logFile } : {}),
    });
  } catch (error) {
    await unit.stop();
    throw error;
  }
  return unit;
}

async function startServer(context: PartContext, command: string, port: number, logFile: string): Promise<ManagedUnit> {
  const directory = path.join(context.dataDir, 'redis');
  const configFile = path.join(directory, 'redis.conf');
  // Jobs and pub/sub only: a lost Redis costs time, never truth, so a snapshot now and then is enough.
  const config = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${context.secrets.redisPassword}`,
    'appendonly no',
    'save 60 1',
    'maxmemory-policy noeviction',
    `dir "${directory}"`,
    '',
  ].join('\n');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(configFile, config, { mode: 0o600 });
  const process = await startOrAdoptProcess(context.records, {
    name: 'redis',
    command,
    args: [configFile],
    env: bareEnvironment(context.env),
    cwd: directory,
    logFile,
    fingerprint: createHash('sha256').update(config).digest('hex'),
  });
  if (process.adopted) context.log(`redis: adopted process ${process.pid}, left by an earlier supervisor`);
  return process;
}
