import { expect, test } from 'vitest';
import { setSetting } from '../../../commands/kernel/settings/setting-commands.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { startTestApi } from '../../support/test-api.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());

test('a workspace, or else the instance, caps how many keys a person has in it and for how long', async () => {
  const owner = await api.addOwner();
  const set = (workspaceId: string | null, key: string, value: number) => {
    const change = { workspaceId, key, value, actor: systemActor() };
    const run = (tx: Tx) => setSetting(tx, TEST_KEY_RING, change);
    return workspaceId === null
      ? api.database.systemTransaction({}, run)
      : api.database.transaction({ workspaceIds: [workspaceId] }, run);
  };
  await set(owner.workspaceId, 'api_keys.max_lifetime_days', 30);
  await set(null, 'api_keys.max_per_person', 1);
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const { jwt } = await api.signIn(owner.id);
  const make = (body: object) =>
    api.call(jwt, { method: 'POST', url: '/api/v1/auth/api-keys', payload: { name: 'Key', ...body } });
  for (const body of [{}, { expires_at: inDays(31) }]) {
    const refused = await make(body);
    expect([refused.statusCode, refused.body]).toEqual([400, expect.stringContaining('at most 30 days ahead')]);
  }
  expect((await make({ expires_at: inDays(29) })).statusCode).toBe(201);
  expect((await make({ expires_at: inDays(29) })).statusCode).toBe(409);
  await set(owner.workspaceId, 'api_keys.max_per_person', 2);
  expect((await make({ expires_at: inDays(29) })).statusCode).toBe(201);
  expect((await make({ expires_at: inDays(29) })).statusCode).toBe(409);
});
