import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLogger } from '../../../platform/logging/logger.ts';
import { createQueueCounts } from '../../../platform/queues/queue-counts.ts';
import { createQueueRegistrar } from '../../../platform/queues/queue-registrar.ts';
import { createTemporalClient } from '../../../platform/temporal/temporal-client.ts';
import { soon } from '../../support/soon.ts';
import { startTestApi } from '../../support/test-api.ts';
import { TEST_REDIS_URL, TEST_TEMPORAL_ADDRESS } from '../../support/test-services.ts';
import { perFile } from '../../support/world/per-file.ts';
import { rehearsalJob } from '../../work/jobs/rehearsal-kind.ts';
import { rehearsals } from '../../work/jobs/rehearsal-world.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const stackId = `test-${randomBytes(4).toString('hex')}`;
const counts = perFile(() =>
  createQueueCounts({ redisUrl: TEST_REDIS_URL, stackId, names: ['mail', 'maintenance'], log }),
);
const temporal = perFile(() =>
  createTemporalClient({ TEMPORAL_ADDRESS: TEST_TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: 'default' }),
);
const api = perFile(() => startTestApi({ jobKinds: rehearsals, queueStats: { queues: counts, workflows: temporal } }));

test('who manages a workspace sees what waits: its jobs, commands, queues and workflows, in numbers', async () => {
  const owner = await api.addOwner();
  const other = await api.addOwner();
  for (const by of [owner, owner, other]) {
    await by.post('/agent-jobs', { kind: rehearsalJob.name, input: { dir: '/tmp' } }, 202);
  }
  const queues = createQueueRegistrar({ redisUrl: TEST_REDIS_URL, stackId, log });
  const mail = queues.registerQueue<'send'>({
    ...{ name: 'mail', concurrency: 1, attempts: 1, backoffMs: 10 },
    handle: async () => {},
  });
  queues.start();
  await soon(() => mail.enqueue('send', { mailId: 'later' }, { jobId: 'later', delayMs: 3_600_000 }));
  const stats = await owner.get<{ outbox: { depth: number; oldest_s: number }; workflows: { running: number } }>(
    '/admin/queue/stats',
  );
  expect(stats).toMatchObject({
    jobs: { by_kind: { [rehearsalJob.name]: 2 }, by_status: { queued: 2 } },
    queues: [
      { name: 'mail', waiting: 0, active: 0, delayed: 1, failed: 0 },
      { name: 'maintenance', waiting: 0, active: 0, delayed: 0, failed: 0 },
    ],
  });
  expect(stats.outbox.depth).toBeGreaterThanOrEqual(3);
  expect(stats.outbox.oldest_s).toBeGreaterThanOrEqual(0);
  expect(stats.workflows.running).toBeGreaterThanOrEqual(0);
  await queues.close();
});

test('what is away is null and not nothing', async () => {
  const nowhere = createTemporalClient({ TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_NAMESPACE: 'default' });
  const lost = createQueueCounts({ redisUrl: 'redis://127.0.0.1:1', stackId, names: ['mail'], log });
  expect(await nowhere.countRunning(500)).toBeNull();
  expect(await lost.read()).toBeNull();
  await nowhere.close();
  await lost.close();
});
