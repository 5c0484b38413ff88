import { z } from 'zod';
import { readJobCounts, readOutboxDepth } from '../../../db/instance/system/read-queue-stats.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { QueueCounts } from '../../../platform/queues/queue-counts.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

/** How long the engine may take to say how much it has to do. */
const COUNT_TIMEOUT_MS = 2_000;

/** Who knows what waits outside of the database. */
export interface QueueStats {
  readonly queues: { read(): Promise<readonly QueueCounts[] | null> };
  readonly workflows: { countRunning(timeoutMs: number): Promise<number | null> };
}

/** What waits to be done: docs/contracts/system.md, Administration. */
export function createQueueStatsRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads'>;
  readonly queueStats: QueueStats;
}): Route[] {
  const { reads, systemReads } = deps.database;
  const counts = z.record(z.string(), z.int());
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/queue/stats',
      operationId: 'getQueueStats',
      summary: 'What waits to be done, in numbers',
      description:
        'Jobs are the workspace’s: those that are not over, and those that ended within a day. The rest is the ' +
        'instance’s.',
      tags: ['Administration'],
      authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
      responses: {
        200: z.object({
          jobs: z.object({ by_kind: counts, by_status: counts }),
          outbox: z.object({
            depth: z.int().describe('commands that are not carried out yet'),
            parked: z.int().describe('commands that were refused for good and wait for an operator'),
            oldest_s: z.int().nullable().describe('how long the oldest of them waits; null: there is none'),
          }),
          queues: z
            .array(z.object({ name: z.string(), waiting: z.int(), active: z.int(), delayed: z.int(), failed: z.int() }))
            .nullable()
            .describe('null: Redis is away'),
          workflows: z.object({ running: z.int().nullable().describe('null: the engine is away') }),
        }),
      },
      handler: async (ctx) => {
        const { queues, workflows } = deps.queueStats;
        const [jobs, outbox, waiting, running] = await Promise.all([
          readJobCounts(reads, ctx.workspace.id),
          readOutboxDepth(systemReads),
          queues.read(),
          workflows.countRunning(COUNT_TIMEOUT_MS),
        ]);
        return ok({ jobs, outbox, queues: waiting, workflows: { running } });
      },
    }),
  ];
}
