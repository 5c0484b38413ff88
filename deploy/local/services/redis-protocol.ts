import { Redis } from 'ioredis';

const OLDEST = [6, 2] as const;
const TIMEOUT_MS = 3_000;

/** Connects, pings and asks for the version. Rejects when Redis does not answer or is older than 6.2. */
export async function checkRedis(url: string): Promise<{ version: string }> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let connectionError: Error | undefined;
  client.on('error', (error: Error) => {
    connectionError = error;
  });
  try {
    await client.connect();
    await client.ping();
    const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? '0';
    if (!isRedisRecent(version)) throw new Error(`Redis ${version} is too old: ${OLDEST.join('.')} or newer is needed`);
    return { version };
  } catch (error) {
    throw connectionError ?? error;
  } finally {
    client.disconnect();
  }
}

/** Valkey reports the Redis version it is compatible with (7.2.4), so one rule serves both. */
export function isRedisRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
