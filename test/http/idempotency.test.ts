import { expect, test } from 'vitest';
import { claimIdempotencyKey } from '../../db/instance/idempotency/idempotency-store.ts';
import { sql } from '../../db/kernel/sql.ts';
import { startTestApi, type TestUser } from '../support/test-api.ts';
import { perFile } from '../support/world/per-file.ts';

const api = perFile(() => startTestApi());
const owner = perFile(() => api.addOwner());

function post(key: string, payload: object, options: { as?: TestUser; url?: string } = {}) {
  return api.call((options.as ?? owner).token, {
    method: 'POST',
    url: options.url ?? '/api/v1/crews',
    headers: { 'idempotency-key': key },
    payload,
  });
}
const crews = () =>
  api.database.reads.any<{ slug: string }>([owner.workspaceId], sql`SELECT slug FROM crews ORDER BY created_at, id`);

test('the same key and body answer the same and write once; key order does not matter', async () => {
  const first = await post('key-1', { name: 'Crew', slug: 'one' });
  const again = await post('key-1', { slug: 'one', name: 'Crew' });
  expect([again.statusCode, again.json(), again.headers['idempotent-replayed']]).toEqual([201, first.json(), 'true']);
  expect(first.headers['idempotent-replayed']).toBeUndefined();
  expect(await crews()).toHaveLength(1);
});

test('another body or another route under the same key is a 422', async () => {
  const other = await post('key-1', { name: 'Crew', slug: 'two' });
  expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
  expect((await post('key-1', { name: 'Crew', slug: 'one' }, { url: '/api/v1/agents' })).statusCode).toBe(422);
});

test('keys belong to their caller', async () => {
  const admin = await api.addMember(owner.workspaceId, 'ADMIN');
  expect((await post('key-1', { name: 'Crew', slug: 'of-admin' }, { as: admin })).statusCode).toBe(201);
});

test('of many at once with one key, one writes; the rest are told to wait or get its answer', async () => {
  const responses = await Promise.all(
    Array.from({ length: 10 }, () => post('key-many', { name: 'Crew', slug: 'many' })),
  );
  const fresh = responses.filter((response) => response.statusCode === 201 && !response.headers['idempotent-replayed']);
  expect(fresh).toHaveLength(1);
  for (const response of responses) expect([201, 409]).toContain(response.statusCode);
  expect((await crews()).filter((crew) => crew.slug === 'many')).toHaveLength(1);
});

test('a refused request stores nothing: the key is free for a corrected one', async () => {
  expect((await post('key-refused', { name: 'Crew', slug: 'one' })).statusCode).toBe(409);
  expect((await post('key-refused', { name: 'Crew', slug: 'corrected' })).statusCode).toBe(201);
});

test('a process that dies during the write leaves the key free', async () => {
  const request = {
    principalId: owner.id,
    workspaceId: owner.workspaceId,
    key: 'key-crash',
    requestHash: Buffer.alloc(32),
  };
  const died = api.database.transaction({ workspaceIds: [owner.workspaceId] }, async (tx) => {
    await claimIdempotencyKey(tx, request);
    expect((await post('key-crash', { name: 'Crew', slug: 'crash' })).statusCode).toBe(409);
    await tx.execute(sql`SELECT pg_terminate_backend(pg_backend_pid())`);
  });
  await expect(died).rejects.toThrow();
  expect((await post('key-crash', { name: 'Crew', slug: 'crash' })).statusCode).toBe(201);
});

test('an answer past its day is forgotten', async () => {
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'key-1'`),
  );
  expect((await post('key-1', { name: 'Crew', slug: 'next-day' })).statusCode).toBe(201);
});

test('a secret is not kept for the repetition', async () => {
  const first = await post('key-token', { name: 'laptop' }, { url: '/api/v1/auth/cli-token' });
  const again = await post('key-token', { name: 'laptop' }, { url: '/api/v1/auth/cli-token' });
  expect(again.json()).toEqual({ ...first.json<object>(), token: null });
  const stored = await api.database.systemReads.any<{ text: string }>(
    [],
    sql`SELECT response::text AS text FROM idempotency_keys`,
  );
  expect(stored.map((row) => row.text).join()).not.toContain('crewship_cli_');
});

test('a key that is no key is refused, also by what is the same however often it is done', async () => {
  const others = { url: '/api/v1/escalations/sweep-expired' };
  for (const key of ['', 'x'.repeat(256), 'ключ']) {
    expect((await post(key, { name: 'Crew', slug: 'bad-key' })).statusCode, key).toBe(400);
    expect((await post(key, {}, others)).json(), key).toMatchObject({
      status: 400,
      errors: [{ path: 'Idempotency-Key' }],
    });
  }
});
