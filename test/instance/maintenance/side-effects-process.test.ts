import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startChild } from '../../support/child-process.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { TEST_TEMPORAL_ADDRESS } from '../../support/test-services.ts';
import { openRedisBehindGate } from './redis-behind-gate.ts';
import { soon } from '../../support/soon.ts';

test('the side-effects worker starts without Redis, does what is due when Redis is there, and stops cleanly', async () => {
  const stackId = `test-${randomBytes(4).toString('hex')}`;
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'crewship-side-effects-'));
  const logFile = path.join(dataDir, 'side-effects.log');
  const database = await createTestDatabase();
  const redis = await openRedisBehindGate();
  await redis.gate.shut();
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  onTestFinished(async () => {
    await owner.end();
    await redis.forget(stackId);
    await redis.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });
  await owner.query(`
    INSERT INTO hosts (id, architecture, engine_version, last_heartbeat_at)
    VALUES ('silent', 'amd64', '27', now() - interval '1 hour')`);
  const worker = await startChild(
    'workers/side-effects.ts',
    {
      CREWSHIP_MODE: 'local',
      CREWSHIP_DATA_DIR: dataDir,
      CREWSHIP_STACK_ID: stackId,
      CREWSHIP_APP_DATABASE_URL: database.appUrl,
      CREWSHIP_SYSTEM_DATABASE_URL: database.systemUrl,
      REDIS_URL: redis.redisUrl,
      TEMPORAL_ADDRESS: TEST_TEMPORAL_ADDRESS,
    },
    logFile,
  );
  onTestFinished(async () => void (await worker.stop()));
  /** Of the queues; the bus has a connection of its own, and an opinion. */
  async function logged(message: string, times: number): Promise<void> {
    await soon(async () => {
      const lines = (await readFile(logFile, 'utf8')).split('\n').filter((line) => line.includes(`"msg":"${message}"`));
      expect(lines.filter((line) => !line.includes(':wake:'))).toHaveLength(times);
    });
  }
  await logged('Redis is away', 1);
  await redis.gate.open();
  await soon(
    async () => {
      const { rows } = await owner.query(`
        SELECT (SELECT status FROM hosts) AS host, (SELECT count(*)::int FROM journal_positions) AS positions,
          (SELECT count(*)::int FROM pg_inherits WHERE inhparent = 'journal_entries'::regclass) AS partitions`);
      expect(rows[0]).toMatchObject({ host: 'lost', positions: 1 });
      // The default one, this month's and those of two months to come.
      expect(rows[0].partitions).toBe(4);
    },
    { interval: 100 },
  );
  // An outage in the middle does not end the process.
  await redis.gate.shut();
  await logged('Redis is away', 2);
  await redis.gate.open();
  await logged('Redis is back', 2);
  expect(await worker.stop()).toBe(0);
});
