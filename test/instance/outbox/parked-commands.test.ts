import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { claimCommands, parkCommand } from '../../../db/outbox/outbox-queue.ts';
import { startTestApi, type TestApi, type TestUser } from '../../support/test-api.ts';

let api: TestApi;
let operator: TestUser;
let workspaceId: string;

beforeAll(async () => {
  api = await startTestApi();
  operator = await api.addUser({ operator: true });
  workspaceId = await api.addWorkspace();
});
afterAll(() => api.close());

async function park(id: string): Promise<string> {
  await api.database.transaction({ workspaceIds: [workspaceId] }, async (tx) =>
    tx.enqueue({ kind: 'workflow', actor: 'mission', address: { workspaceId, id, generation: 1 } }),
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
  const response = await api.call(operator.token, { method: 'GET', url: '/api/v1/outbox/parked' });
  return response.json<{ id: string; target: string; error_code: string }[]>();
};
const retry = (command_ids: string[]) =>
  api.call(operator.token, { method: 'POST', url: '/api/v1/outbox/parked/retry', payload: { command_ids } });

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
