import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { claimCommands, parkCommand } from '../../../db/outbox/outbox-queue.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

let workspaceId: string;

const api = perFile(() => startTestApi());
const operator = perFile(() => api.addUser({ operator: true }));
beforeAll(async () => {
  workspaceId = await api.addWorkspace();
});

async function park(id: string): Promise<string> {
  await api.database.transaction({ workspaceIds: [workspaceId] }, async (tx) =>
    tx.enqueue({ kind: 'workflow', workflow: 'mission', address: { workspaceId, id, generation: 1 } }),
  );
  const [command] = await claimCommands(api.database, {
    owner: 'test',
    limits: { wake: 10, workflow: 10 },
    leaseMs: 60_000,
  });
  await parkCommand(api.database, command!, 'temporal_invalid_argument');
  return String(command!.id);
}

const list = async () => {
  const response = await operator.send('GET', '/api/v1/outbox/parked');
  return response.json<{ id: string; target: string; error_code: string }[]>();
};
const retry = (command_ids: string[]) => operator.send('POST', '/api/v1/outbox/parked/retry', { command_ids });

test('an operator sees parked commands and has them tried again, all or none', async () => {
  const first = await park('one');
  const second = await park('two');
  expect(await list()).toMatchObject([
    { id: second, target: 'mission-two-1', error_code: 'temporal_invalid_argument' },
    { id: first, target: 'mission-one-1' },
  ]);
  expect((await retry([first, '999999999'])).statusCode).toBe(404);
  expect(await list()).toHaveLength(2);
  const retried = await retry([first]);
  expect([retried.statusCode, retried.json()]).toEqual([200, { retried: 1 }]);
  expect((await list()).map(({ id }) => id)).toEqual([second]);
  const due = await claimCommands(api.database, { owner: 'test', limits: { wake: 10, workflow: 10 }, leaseMs: 60_000 });
  expect(due).toMatchObject([{ target: 'mission-one-1', attempts: 1 }]);
  const entries = await api.database.reads.any(
    [workspaceId],
    sql`SELECT target_id, actor_id FROM journal_entries WHERE entry_type = 'system.command_retried'`,
  );
  expect(entries).toEqual([{ target_id: first, actor_id: operator.id }]);
  expect((await retry([])).statusCode).toBe(400);
});
