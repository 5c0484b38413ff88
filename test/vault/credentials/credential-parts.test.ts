import { expect, test } from 'vitest';
import { expireRotations } from '../../../commands/vault/credentials/credential-rotation-commands.ts';
import { resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { sealedFieldOf, type Credential } from '../../../domain/vault/credentials/credential.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { everyRow } from '../../support/every-row.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
const owner = perFile(() => connectOwner(api.testDatabase));
const crew = perTest(() => addCrew(api));

const SECRET = 'sk-parts-Zq81-correct-horse-battery';
const store = (rest: object = {}) =>
  crew.owner.post<Credential>('/credentials', { name: 'Parts', type: 'SECRET', value: SECRET, ...rest });
const opened = async (table: string, column: string, id: string, ownerId: string, field: string) => {
  const { rows } = await owner.query<{ sealed: string }>(`SELECT ${column} AS sealed FROM ${table} WHERE id = $1`, [
    id,
  ]);
  return TEST_KEY_RING.open(rows[0]!.sealed, { workspaceId: crew.workspaceId, ownerId, field });
};

test('fields are sealed each by itself, listed without what is secret, and gone with their credential', async () => {
  const { id } = await store();
  const url = `/credentials/${id}/fields`;
  const secret = await crew.owner.post<object>(url, { key: 'second_key', value: `${SECRET}-field`, ordinal: 2 });
  expect(secret).toMatchObject({ key: 'second_key', is_secret: true, value: null });
  await crew.owner.post(url, { key: 'region', value: 'eu-west-1', is_secret: false });
  expect(await crew.owner.get(url)).toMatchObject([
    { key: 'region', value: 'eu-west-1' },
    { key: 'second_key', value: null },
  ]);
  for (const [payload, status, path] of [
    [{ key: 'region', value: 'x' }, 409, 'key'],
    [{ key: 'Region', value: 'x' }, 400, 'key'],
    [{ key: 'empty', value: '' }, 400, 'value'],
  ] as const) {
    const refused = await crew.owner.ask<{ errors: { path: string }[] }>('POST', url, payload);
    expect([refused.status, refused.body.errors[0]?.path]).toEqual([status, path]);
  }
  const [row] = await crew.rows<{ id: string }>(
    sql`SELECT id FROM credential_fields WHERE credential_id = ${id} AND is_secret`,
  );
  expect(await opened('credential_fields', 'sealed_value', row!.id, id, sealedFieldOf('second_key'))).toBe(
    `${SECRET}-field`,
  );
  await crew.owner.put(`${url}/region`, { value: 'eu-west-2', is_secret: false });
  expect((await crew.owner.ask('PUT', `${url}/missing`, { value: 'x' })).status).toBe(404);
  expect(await everyRow(owner)).not.toContain(SECRET);
  await crew.owner.delete(`${url}/region`);
  expect((await crew.owner.ask('DELETE', `${url}/region`)).status).toBe(404);
  await crew.owner.post(`/credentials/${id}/rotate`, { value: 'other-secret', field: 'second_key' }, 200);
  await crew.owner.delete(`/credentials/${id}`);
  const left = await owner.query(
    `SELECT (SELECT count(*)::int FROM credential_fields WHERE credential_id = $1) AS fields,
       (SELECT count(*)::int FROM credential_rotations
        WHERE credential_id = $1 AND sealed_old_value IS NOT NULL) AS old`,
    [id],
  );
  expect(left.rows).toEqual([{ fields: 0, old: 0 }]);
});

test('a credential has at most fifty fields; a MANAGER adds one and replaces no secret', async () => {
  const { id } = await store();
  const url = `/credentials/${id}/fields`;
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  await manager.post(url, { key: 'mine', value: 'secret-of-mine' });
  expect(outcome(await manager.ask('PUT', `${url}/mine`, { value: 'x' }))).toEqual([403, 'forbidden']);
  await manager.post(url, { key: 'plain', value: 'a', is_secret: false });
  await manager.put(`${url}/plain`, { value: 'b', is_secret: false });
  await crew.write(sql`
    INSERT INTO credential_fields (id, workspace_id, credential_id, key, is_secret, ordinal, value)
    SELECT ${id} || n, ${crew.workspaceId}, ${id}, 'k' || n, false, 0, 'v' FROM generate_series(1, 48) n`);
  expect(outcome(await crew.owner.ask('POST', url, { key: 'one_more', value: 'x' }))).toEqual([429, 'limit_reached']);
});

test('one part is rotated alone: a field, a refresh token, a piece of an endpoint', async () => {
  const oauth = await store({ name: 'Flow', type: 'OAUTH2', refresh_token: `${SECRET}-refresh` });
  const rotate = (id: string, body: object) => crew.owner.ask('POST', `/credentials/${id}/rotate`, body);
  const refreshed = await rotate(oauth.id, { part: 'refresh_token', value: 'next-refresh', grace_seconds: 60 });
  expect(refreshed.body).toMatchObject({ part: 'refresh_token', status: 'ACTIVE', old_value_gone: false });
  expect(await opened('credentials', 'sealed_refresh_token', oauth.id, oauth.id, 'refresh_token')).toBe('next-refresh');
  expect(await opened('credentials', 'sealed_value', oauth.id, oauth.id, 'value')).toBe(SECRET);
  const oldOne = refreshed.body.id as string;
  expect(await opened('credential_rotations', 'sealed_old_value', oldOne, oauth.id, 'refresh_token')).toBe(
    `${SECRET}-refresh`,
  );

  const endpoint = await store({
    name: 'Endpoint',
    type: 'ENDPOINT_URL',
    value: JSON.stringify({ baseURL: 'https://models.example/v1', apiKey: SECRET }),
  });
  expect(endpoint).toMatchObject({ endpoint_url: 'https://models.example/v1' });
  expect((await rotate(endpoint.id, { endpoint_base_url: 'https://models.example/v2' })).status).toBe(200);
  expect(await crew.owner.get(`/credentials/${endpoint.id}`)).toMatchObject({
    endpoint_url: 'https://models.example/v2',
  });
  expect(JSON.parse(await opened('credentials', 'sealed_value', endpoint.id, endpoint.id, 'value'))).toMatchObject({
    apiKey: SECRET,
  });
  for (const [body, path] of [
    [{ endpoint_base_url: 'https://elsewhere.example' }, 'endpoint_auth_token'],
    [{ endpoint_base_url: 'http://169.254.169.254', endpoint_auth_token: null }, 'value'],
    [{ value: 'https://a.example', endpoint_headers: {} }, 'value'],
    [{}, 'value'],
    [{ value: 'x', field: 'no_such' }, 'field'],
    [{ value: 'x', part: 'refresh_token' }, 'part'],
    [{ value: 'x', part: 'refresh_token', field: 'a' }, 'part'],
  ] as const) {
    const refused = await rotate(endpoint.id, body);
    expect([refused.status, refused.body.errors?.[0]?.path], JSON.stringify(body)).toEqual([400, path]);
  }
  const secret = await store();
  expect((await rotate(secret.id, { endpoint_base_url: 'https://a.example' })).status).toBe(400);
});

test('replaced fields are sealed anew with a newer key, and scrubbed when their grace is over', async () => {
  const { id } = await store();
  await crew.owner.post(`/credentials/${id}/fields`, { key: 'pin', value: `${SECRET}-pin` });
  const rotated = { value: 'next', field: 'pin', grace_seconds: 1 };
  const rotation = await crew.owner.act<{ id: string }>(`/credentials/${id}/rotate`, rotated);
  await owner.query(`UPDATE credential_rotations SET sealed_old_value = NULL, status = 'EXPIRED' WHERE id <> $1`, [
    rotation.id,
  ]);
  const context = { workspaceId: crew.workspaceId, ownerId: id, field: sealedFieldOf('pin') };
  const old = Buffer.alloc(32, 1);
  const before = createKeyRing(new Map([[1, old]]));
  const both: [number, Buffer][] = [
    [1, old],
    [2, Buffer.alloc(32, 2)],
  ];
  const ring = createKeyRing(new Map(both));
  await owner.query(`UPDATE credential_rotations SET sealed_old_value = $2 WHERE id = $1`, [
    rotation.id,
    before.seal(`${SECRET}-pin`, context),
  ]);
  await owner.query(`UPDATE credential_fields SET sealed_value = $2 WHERE credential_id = $1`, [
    id,
    before.seal('next', context),
  ]);
  expect(await resealSecrets(api.database, ring)).toMatchObject({ resealed: 2 });
  const { rows } = await owner.query<{ old: string; field: string }>(
    `SELECT r.sealed_old_value AS old, f.sealed_value AS field
     FROM credential_rotations r JOIN credential_fields f ON f.credential_id = r.credential_id WHERE r.id = $1`,
    [rotation.id],
  );
  expect([rows[0]!.old.slice(0, 3), ring.open(rows[0]!.old, context)]).toEqual(['v2:', `${SECRET}-pin`]);
  expect(ring.open(rows[0]!.field, context)).toBe('next');
  await owner.query(`UPDATE credential_rotations SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    rotation.id,
  ]);
  expect(await expireRotations(api.database)).toBe(1);
});

test('the audit tells what happened to a credential, page after page, and PUT changes what PATCH does', async () => {
  const made = await store();
  await crew.owner.put(`/credentials/${made.id}`, { description: 'Of the bank' });
  await crew.owner.post(`/credentials/${made.id}/rotate`, { value: 'next' }, 200);
  await crew.owner.put(`/credentials/${made.id}/sensitivity`, { sensitivity: 'RESTRICTED' });
  const url = `/credentials/${made.id}/audit`;
  const all = await crew.owner.get<{ event_type: string; actor_id: string }[]>(url);
  expect(all.map((row) => row.event_type)).toEqual(['SENSITIVITY', 'ROTATE', 'UPDATED', 'CREATED']);
  expect(all.every((row) => row.actor_id === crew.owner.id)).toBe(true);
  const seen: unknown[] = [];
  for (let next: string | undefined = `${url}?limit=3`; next !== undefined; ) {
    const page = await crew.owner.send('GET', next);
    seen.push(...page.json<unknown[]>());
    next = /<([^>]+)>; rel="next"/.exec(String(page.headers.link ?? ''))?.[1];
  }
  expect(seen).toEqual(all);
  const viewer = await api.addMember(crew.workspaceId, 'VIEWER');
  expect((await viewer.ask('GET', url)).status).toBe(403);
  expect((await viewer.ask('PUT', `/credentials/${made.id}`, { description: 'x' })).status).toBe(403);
  expect((await crew.owner.ask('GET', `${url}?cursor=nonsense`)).status).toBe(400);
});

test('MANAGER gives no credential to a crew, not even away from all others, and takes no secret field away', async () => {
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  const { id } = await store();
  for (const change of [{ crew_ids: [crew.crewId] }, { scope: 'CREW', crew_ids: [crew.crewId] }]) {
    expect(outcome(await manager.ask('PATCH', `/credentials/${id}`, change))).toEqual([403, 'forbidden']);
  }
  await crew.owner.post(`/credentials/${id}/fields`, { key: 'pin', value: '1234' });
  await crew.owner.post(`/credentials/${id}/fields`, { key: 'region', value: 'eu', is_secret: false });
  expect(outcome(await manager.ask('DELETE', `/credentials/${id}/fields/pin`))).toEqual([403, 'forbidden']);
  await manager.delete(`/credentials/${id}/fields/region`);
  await crew.owner.delete(`/credentials/${id}/fields/pin`);
});
