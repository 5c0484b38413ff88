import { Redis } from 'ioredis';
import { openTcpGate, type TcpGate } from '../../platform/bus/tcp-gate.ts';
import { TEST_REDIS_URL } from '../../support/test-services.ts';

export interface GatedRedis {
  /** Through the gate. */
  readonly redisUrl: string;
  readonly gate: TcpGate;
  /** Around the gate. */
  readonly direct: Redis;
  /** What a flush does to one stack: deletes all its queue keys. */
  forget(stackId: string): Promise<void>;
  close(): Promise<void>;
}

/** The Redis of the run, with a door that the test can shut. */
export async function openRedisBehindGate(): Promise<GatedRedis> {
  const target = new URL(TEST_REDIS_URL);
  const gate = await openTcpGate({ host: target.hostname, port: Number(target.port || '6379') });
  const url = new URL(TEST_REDIS_URL);
  url.host = `127.0.0.1:${gate.port}`;
  const direct = new Redis(TEST_REDIS_URL);
  return {
    redisUrl: url.toString(),
    gate,
    direct,
    async forget(stackId) {
      const keys = await direct.keys(`crewship:queues:${stackId}:*`);
      if (keys.length > 0) await direct.del(...keys);
    },
    async close() {
      await gate.shut();
      direct.disconnect();
    },
  };
}
