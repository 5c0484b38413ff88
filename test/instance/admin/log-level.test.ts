import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { readLogLevel } from '../../../db/instance/admin/log-level-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { createWakeBus } from '../../../platform/bus/wake-bus.ts';
import { followLogLevel } from '../../../platform/bus/follow-log-level.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { soon } from '../../support/soon.ts';
import { startTestApi } from '../../support/test-api.ts';
import { TEST_REDIS_URL } from '../../support/test-services.ts';
import { perFile } from '../../support/world/per-file.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const stackId = `test-${randomBytes(4).toString('hex')}`;
const api = perFile(() => startTestApi());

test('a log level is in every process at once, for as long as it was set', async () => {
  const buses = [0, 1, 2].map(() => createWakeBus({ redisUrl: TEST_REDIS_URL, namespace: stackId, log }));
  const loggers = ['info', 'error'].map((level) => createLogger({ name: 'test', level }));
  for (const [index, logger] of loggers.entries()) {
    // What it says of itself is no line of this test's.
    const quiet = Object.assign(logger, { info: () => {}, warn: () => {} });
    await followLogLevel({ log: quiet, bus: buses[index]!, read: () => readLogLevel(api.database.systemReads) });
  }
  const operator = await api.addUser({ operator: true });
  expect(await operator.get('/admin/log-level')).toEqual({ level: 'info', expires_at: null });
  const levels = () => loggers.map(({ level }) => level);
  expect(levels()).toEqual(['info', 'error']);
  const set = await operator.put<{ expires_at: string }>('/admin/log-level', { level: 'debug', ttl_seconds: 3 });
  expect(await operator.get('/admin/log-level')).toEqual({ level: 'debug', expires_at: set.expires_at });
  const wakes = await api.database.systemReads.any(
    [],
    sql`SELECT 1 FROM outbox WHERE kind = 'wake' AND payload ->> 'topic' = 'log_level'`,
  );
  expect(wakes).toHaveLength(1);
  await buses[2]!.publish({ topic: 'log_level', id: 'instance', workspaceId: 'instance' });
  await soon(() => expect(levels()).toEqual(['debug', 'debug']));
  await soon(() => expect(levels()).toEqual(['info', 'error']));
  expect((await operator.ask('PUT', '/admin/log-level', { level: 'loud' })).status).toBe(400);
  expect((await operator.ask('PUT', '/admin/log-level', { level: 'debug', ttl_seconds: 86_401 })).status).toBe(400);
  expect((await (await api.addOwner()).ask('PUT', '/admin/log-level', { level: 'debug' })).status).toBe(403);
  for (const bus of buses) await bus.close();
});
