import path from 'node:path';
import { startServices } from '../../../deploy/local/services/start-services.ts';

/** The Redis of this run: the one given by the environment, else one of its own that `stop` ends. */
export async function startTestRedis(purpose: string): Promise<{ redisUrl: string; stop(): Promise<void> }> {
  const given = process.env.CREWSHIP_TEST_REDIS_URL;
  if (given !== undefined) return { redisUrl: given, stop: async () => {} };
  const services = await startServices({
    dataDir: path.resolve('.crewship', `test-redis-${purpose}`),
    parts: ['redis'],
    log: () => {},
  });
  return { redisUrl: services.redisUrl!, stop: services.stop };
}
