import { expect, test } from 'vitest';
import { openDatabase } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { ClaimedCommand } from '../../db/outbox/outbox-queue.ts';
import { createRelay, type Delivery } from '../../db/outbox/relay.ts';
import { createLogger } from '../../platform/logging/logger.ts';
import { eventually } from '../support/test-crew.ts';
import { createTestDatabase, testPools } from '../support/test-database.ts';

const WORKSPACE = 'lanes-workspace';
const WORKFLOWS = 200;
const WAKES = 150;

test('wakes are delivered while every delivery to Temporal hangs, and nothing is delivered twice or left', async () => {
  const database = await createTestDatabase();
  const db = await openDatabase(testPools(database));
  const temporalAnswers = Promise.withResolvers<Delivery>();
  const delivered: Record<ClaimedCommand['kind'], string[]> = { wake: [], workflow: [] };
  const relay = createRelay({
    db,
    log: createLogger({ name: 'test', level: 'silent' }),
    owner: 'lanes',
    deliver: async (command) => {
      delivered[command.kind].push(command.target);
      return command.kind === 'wake' ? 'delivered' : temporalAnswers.promise;
    },
  });
  try {
    await db.transaction({ workspaceIds: [WORKSPACE] }, async (tx) => {
      for (let index = 0; index < WORKFLOWS; index += 1) {
        const address = { workspaceId: WORKSPACE, id: `mission-${index}`, generation: 1 };
        tx.enqueue({ kind: 'workflow', workflow: 'mission', address });
      }
    });
    relay.nudge();
    await eventually(
      async () => delivered.workflow.length,
      (count) => count === 64,
    );
    await db.transaction({ workspaceIds: [WORKSPACE] }, async (tx) => {
      for (let index = 0; index < WAKES; index += 1) {
        tx.enqueue({ kind: 'wake', topic: 'escalation', id: `question-${index}`, workspaceId: WORKSPACE });
      }
    });
    relay.nudge();
    await eventually(
      async () => delivered.wake.length,
      (count) => count === WAKES,
    );
    expect(delivered.workflow).toHaveLength(64);

    // Nobody nudges from here on: a lane that was full looks again as it empties.
    temporalAnswers.resolve('delivered');
    await eventually(
      async () => delivered.workflow.length,
      (count) => count === WORKFLOWS,
    );
    await relay.stop();
    expect(new Set(delivered.workflow).size).toBe(WORKFLOWS);
    expect(new Set(delivered.wake).size).toBe(WAKES);
    const left = await db.systemReads.any([], sql`SELECT count(*)::int AS left FROM outbox`);
    expect(left).toEqual([{ left: 0 }]);
  } finally {
    await relay.stop();
    await db.end();
    await database.drop();
  }
});
