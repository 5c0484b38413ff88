import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { startTestApi } from '../../support/test-api.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { perFile } from '../../support/world/per-file.ts';

const OLD = randomBytes(32);
const NEW = randomBytes(32);
const BOTH: [number, Buffer][] = [
  [1, OLD],
  [2, NEW],
];
const ring = createKeyRing(new Map(BOTH));
const before = createKeyRing(new Map([[1, OLD]]));
/** Several batches. */
const COUNT = 250;

interface Job {
  readonly id: string;
  readonly status: string;
  readonly result: unknown;
}

const world = perFile(async () => {
  const testDatabase = await createTestDatabase();
  const env = { ENCRYPTION_KEY: OLD.toString('hex'), ENCRYPTION_KEY_V2: NEW.toString('hex') };
  const engine = await createTestEngine({ processes: ['control'], database: testDatabase, env });
  const api = await startTestApi({ over: testDatabase });
  return {
    api,
    engine,
    async close() {
      await api.close();
      await engine.close();
    },
  };
});

/** Credentials that the older key sealed. */
async function addOldSecrets(workspaceId: string, count: number): Promise<void> {
  await world.engine.db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    for (let index = 0; index < count; index += 1) {
      const id = `${workspaceId}-${String(index).padStart(4, '0')}`;
      const sealed = before.seal(`secret ${index}`, { workspaceId, ownerId: id, field: 'value' });
      await tx.execute(sql`
        INSERT INTO credentials (id, workspace_id, name, sealed_value, created_by_actor_type)
        VALUES (${id}, ${workspaceId}, ${id}, ${sealed}, 'system')`);
    }
  });
}

test('the secrets of a workspace, and no other, are sealed anew by a job that says when it is done', async () => {
  const owner = await world.api.addOwner();
  const other = await world.api.addOwner();
  await addOldSecrets(owner.workspaceId, COUNT);
  await addOldSecrets(other.workspaceId, 1);
  const sealedIn = (workspaceId: string) =>
    world.engine.db.reads.any<{ id: string; sealed_value: string }>(
      [workspaceId],
      sql`SELECT id, sealed_value FROM credentials WHERE workspace_id = ${workspaceId} ORDER BY id`,
    );
  const { id } = await owner.post<Job>('/agent-jobs', { kind: 'credentials.reseal', input: {} }, 202);
  await world.engine.db.systemTransaction({}, async (tx) => tx.touchOutbox());
  const done = await eventually(
    () => owner.get<Job>(`/agent-jobs/${id}`),
    ({ status }) => status === 'completed' || status === 'failed',
    30_000,
  );
  expect(done).toMatchObject({ status: 'completed', result: { key: 'v2', left: 0 } });
  const rows = await sealedIn(owner.workspaceId);
  expect(rows).toHaveLength(COUNT);
  for (const [index, { id: ownerId, sealed_value: sealed }] of rows.entries()) {
    expect(sealed.slice(0, 3)).toBe('v2:');
    expect(ring.open(sealed, { workspaceId: owner.workspaceId, ownerId, field: 'value' })).toBe(`secret ${index}`);
  }
  expect((await sealedIn(other.workspaceId))[0]!.sealed_value.slice(0, 3)).toBe('v1:');
  const manager = await world.api.addMember(owner.workspaceId, 'MANAGER');
  expect((await manager.ask('POST', '/agent-jobs', { kind: 'credentials.reseal', input: {} })).status).toBe(403);
  expect((await manager.ask('GET', `/agent-jobs/${id}`)).status).toBe(404);
});
