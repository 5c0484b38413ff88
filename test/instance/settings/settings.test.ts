import { expect, test } from 'vitest';
import { deleteSetting, setSetting } from '../../../commands/kernel/settings/setting-commands.ts';
import { resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { listSettings, readSetting } from '../../../db/instance/settings/settings-store.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { JsonValue } from '../../../domain/kernel/json/json-value.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db, owner } = useDatabase();
const FIRST_KEY = Buffer.alloc(32, 1);
const ring = createKeyRing(new Map([[1, FIRST_KEY]]));
const actor: Actor = {
  type: 'user',
  id: 'u_1',
  authMethod: 'session',
  tokenId: null,
  sessionId: null,
  requestId: 'req_1',
  address: null,
};

const set = (workspaceId: string | null, key: string, value: JsonValue) =>
  workspaceId === null
    ? db.systemTransaction({}, (tx) => setSetting(tx, ring, { workspaceId, key, value, actor }))
    : db.transaction({ workspaceIds: [workspaceId] }, (tx) => setSetting(tx, ring, { workspaceId, key, value, actor }));
const remove = (workspaceId: string, key: string) =>
  db.transaction({ workspaceIds: [workspaceId] }, (tx) => deleteSetting(tx, { workspaceId, key, actor }));
const read = (workspaceId: string | null, key: string) => readSetting(db, ring, { workspaceId, key });

test('a workspace’s value counts before the instance’s, and in that workspace alone', async () => {
  const [one, other] = [newId(), newId()];
  expect(await read(one, 'runtime.agent_min_cpus')).toBeUndefined();
  await set(null, 'runtime.agent_min_cpus', 2);
  await set(one, 'runtime.agent_min_cpus', 4);
  expect(await read(one, 'runtime.agent_min_cpus')).toBe(4);
  expect(await read(other, 'runtime.agent_min_cpus')).toBe(2);
  expect(await read(null, 'runtime.agent_min_cpus')).toBe(2);
  await set(one, 'runtime.agent_min_cpus', 8);
  expect(await read(one, 'runtime.agent_min_cpus')).toBe(8);
  await remove(one, 'runtime.agent_min_cpus');
  expect(await read(one, 'runtime.agent_min_cpus')).toBe(2);
  await expect(remove(one, 'runtime.agent_min_cpus')).rejects.toMatchObject({ code: 'not_found' });
  await expect(set(one, 'smtp.host', 'mail.example')).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(set(null, 'schema.version', '1')).rejects.toMatchObject({ code: 'forbidden' });
});

test('a secret is sealed where it lies, shown as ***, and in no entry', async () => {
  const workspaceId = newId();
  const secret = 'whsec-s3cret-value';
  expect(await set(workspaceId, 'webhook.ci.secret', secret)).toMatchObject({ value: '***' });
  await set(workspaceId, 'custom.note', { a: 1 });
  expect(await read(workspaceId, 'webhook.ci.secret')).toBe(secret);
  expect(await listSettings(db, workspaceId)).toMatchObject([
    { key: 'custom.note', value: { a: 1 } },
    { key: 'webhook.ci.secret', value: '***' },
  ]);
  const { rows } = await owner.query('SELECT * FROM settings WHERE workspace_id = $1', [workspaceId]);
  expect(JSON.stringify(rows)).not.toContain(secret);
  const { rows: entries } = await owner.query<{ entry_type: string; payload: unknown; actor_id: string }>(
    'SELECT entry_type, target_id, payload, actor_id FROM journal_entries WHERE workspace_id = $1 ORDER BY ts, id',
    [workspaceId],
  );
  expect(entries).toEqual(
    expect.arrayContaining([
      {
        entry_type: 'setting.updated',
        target_id: 'webhook.ci.secret',
        payload: { key: 'webhook.ci.secret', value: '***' },
        actor_id: 'u_1',
      },
      {
        entry_type: 'setting.updated',
        target_id: 'custom.note',
        payload: { key: 'custom.note', value: { a: 1 } },
        actor_id: 'u_1',
      },
    ]),
  );
  expect(JSON.stringify(entries)).not.toContain(secret);
  // Moved to another row it does not open.
  const other = newId();
  await set(other, 'webhook.ci.secret', 'another');
  await owner.query(
    `UPDATE settings s SET sealed_value = o.sealed_value FROM settings o
     WHERE s.workspace_id = $1 AND o.workspace_id = $2 AND o.key = 'webhook.ci.secret'`,
    [other, workspaceId],
  );
  await expect(read(other, 'webhook.ci.secret')).rejects.toThrow('belongs to something else');
  await remove(other, 'webhook.ci.secret');
});

test('a newer key seals settings anew', async () => {
  const workspaceId = newId();
  await set(workspaceId, 'webhook.old.secret', 'value of old');
  await set(null, 'llm.openai.api_key', 'sk-instance');
  const newer = createKeyRing(
    new Map([
      [1, FIRST_KEY],
      [2, Buffer.alloc(32, 2)],
    ]),
  );
  expect((await resealSecrets(db, newer)).unopened).toBe(0);
  const { rows } = await owner.query<{ sealed: string }>(
    'SELECT sealed_value AS sealed FROM settings WHERE sealed_value IS NOT NULL',
  );
  expect(rows.every(({ sealed }) => sealed.startsWith('v2:'))).toBe(true);
  expect(await readSetting(db, newer, { workspaceId, key: 'webhook.old.secret' })).toBe('value of old');
  expect(await readSetting(db, newer, { workspaceId, key: 'llm.openai.api_key' })).toBe('sk-instance');
});

test('what is the instance’s is in its own stream and not in the sight of workspaces', async () => {
  await set(null, 'smtp.password', 'mail-s3cret');
  expect(await listSettings(db, newId())).toEqual([]);
  expect(await listSettings(db, null)).toEqual(
    expect.arrayContaining([expect.objectContaining({ key: 'smtp.password', value: '***' })]),
  );
  const { rows } = await owner.query<{ payload: unknown }>(
    `SELECT payload FROM journal_entries WHERE workspace_id IS NULL AND target_id = 'smtp.password'`,
  );
  expect(rows).toEqual([{ payload: { key: 'smtp.password', value: '***' } }]);
});
