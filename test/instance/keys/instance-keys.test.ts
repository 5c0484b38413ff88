import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { ensureKey, rotateKey } from '../../../commands/instance/keys/key-commands.ts';
import { createSigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import { resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { generateSigningKey } from '../../../platform/crypto/signing-keys.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const HEX_KEY = '5'.repeat(64);
const ring = createKeyRing(new Map([[1, Buffer.from(HEX_KEY, 'hex')]]));
const purpose = 'access_token';
let movedMs = 0;
const nowMs = () => Date.now() + movedMs;

const api = perFile(() => startTestApi());
/** Two processes' views of the keys. */
const views = perFile(async () =>
  [0, 1].map(() => createSigningKeys({ database: api.database, keyRing: ring, purpose, nowMs })),
);
afterAll(() => {
  movedMs = 0;
});

async function published() {
  const answer = await api.call(null, { method: 'GET', url: '/.well-known/jwks.json' });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['cache-control']).toBe('public, max-age=300');
  return answer.json<{ keys: { kid: string; kty: string; crv: string; alg: string; use: string; x: string }[] }>();
}

async function rotate(isCompromised = false): Promise<string> {
  const key = await generateSigningKey();
  const rotation = { purpose, key, ring, isCompromised } as const;
  await api.database.systemTransaction({}, (tx) => rotateKey(tx, rotation, systemActor()));
  return key.kid;
}

test('of any number of processes that need a first key one makes it, and what is published verifies', async () => {
  expect(await published()).toEqual({ keys: [] });
  const [first, second] = views;
  const found = await Promise.all([first!.current(), second!.current(), first!.current()]);
  expect(new Set(found.map(({ kid }) => kid)).size).toBe(1);
  const jwks = await published();
  expect(jwks.keys).toHaveLength(1);
  expect(jwks.keys[0]).toEqual({
    ...{ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: found[0]!.kid },
    x: expect.stringMatching(/^[\w-]{43}$/),
  });
  const signed = await new SignJWT({ told: true })
    .setProtectedHeader({ alg: 'EdDSA', kid: found[0]!.kid })
    .sign(found[0]!.privateKey);
  const { payload } = await jwtVerify(signed, createLocalJWKSet(jwks));
  expect(payload).toEqual({ told: true });
});

test('a private half is in the database only sealed for its row, and in no answer', async () => {
  const [row] = await api.database.systemReads.any<{ id: string; sealed_private: string; public_jwk: object }>(
    [],
    sql`SELECT id, sealed_private, public_jwk FROM instance_keys WHERE retired_at IS NULL`,
  );
  expect(row!.sealed_private).toMatch(/^v1:/);
  expect(Object.keys(row!.public_jwk).toSorted()).toEqual(['crv', 'kty', 'x']);
  const opened = ring.open(row!.sealed_private, { workspaceId: 'instance', ownerId: row!.id, field: 'private_key' });
  const { d } = JSON.parse(opened) as { d: string };
  expect(d).toMatch(/^[\w-]{43}$/);
  expect(JSON.stringify(await published())).not.toContain(d);
  const other = { workspaceId: 'instance', ownerId: 'x'.repeat(43), field: 'private_key' };
  expect(() => ring.open(row!.sealed_private, other)).toThrow('belongs to something else');
});

test('a new key signs, the one before it counts until its tokens are over, and its private half is gone', async () => {
  const [here, elsewhere] = views;
  const before = await here!.current();
  const next = await rotate();
  // Another process's token is taken at once, and this one's own in between too.
  expect(await elsewhere!.verifier(next)).not.toBeNull();
  expect(await here!.verifier(before.kid)).not.toBeNull();
  expect((await published()).keys.map(({ kid }) => kid)).toEqual([before.kid, next]);
  const [old] = await api.database.systemReads.any<{ sealed_private: string | null; minutes: number }>(
    [],
    sql`SELECT sealed_private, extract(epoch FROM verifies_until - now()) / 60 AS minutes FROM instance_keys
        WHERE id = ${before.kid}`,
  );
  expect(old!.sealed_private).toBeNull();
  expect(Number(old!.minutes)).toBeGreaterThan(19);
  movedMs += 11_000;
  expect((await here!.current()).kid).toBe(next);
  expect(await here!.verifier(before.kid)).not.toBeNull();
  movedMs += 20 * 60_000;
  expect(await here!.verifier(before.kid)).toBeNull();
});

test('a compromised key and those before it count for nothing within ten seconds everywhere', async () => {
  movedMs = 0;
  const [first, , second] = [await rotate(), await rotate(), await rotate()];
  const [here] = views;
  expect(await here!.verifier(second)).not.toBeNull();
  const next = await rotate(true);
  movedMs += 10_001;
  expect(await here!.verifier(first)).toBeNull();
  expect(await here!.verifier(second)).toBeNull();
  expect((await published()).keys.map(({ kid }) => kid)).toEqual([next]);
});

test('a key of another purpose, and what is no name of a key, verify nothing', async () => {
  const [here] = views;
  const other = await generateSigningKey();
  await api.database.systemTransaction({}, async (tx) => {
    await tx.execute(sql`
      INSERT INTO instance_keys (id, purpose, public_jwk, sealed_private)
      VALUES (${other.kid}, 'rehearsal', ${sql.jsonb({ ...other.publicJwk })}, 'v1:none')`);
  });
  expect(await here!.verifier(other.kid)).toBeNull();
  for (const kid of ['', '../../etc/passwd', "' OR 1=1 --", 'x'.repeat(43), 'x'.repeat(5_000)]) {
    expect(await here!.verifier(kid)).toBeNull();
  }
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE instance_keys SET sealed_private = NULL, retired_at = now() WHERE id = ${other.kid}`),
  );
});

test('a key is sealed anew when the key ring has a newer one, and signs on', async () => {
  const kid = await rotate();
  const newer = createKeyRing(
    new Map([
      [1, Buffer.from(HEX_KEY, 'hex')],
      [2, Buffer.alloc(32, 7)],
    ]),
  );
  expect(await resealSecrets(api.database, newer)).toEqual({ resealed: 1, unopened: 0 });
  const onlyNewest = createKeyRing(new Map([[2, Buffer.alloc(32, 7)]]));
  const keys = createSigningKeys({ database: api.database, keyRing: onlyNewest, purpose });
  expect((await keys.current()).kid).toBe(kid);
});

test('what happens to keys is in the instance’s journal', async () => {
  const entries = await api.database.systemReads.any<{ entry_type: string; workspace_id: string | null }>(
    [],
    sql`SELECT DISTINCT entry_type, workspace_id FROM journal_entries WHERE target_type = 'instance_key'
        ORDER BY entry_type`,
  );
  expect(entries.map(({ entry_type }) => entry_type)).toEqual(['instance_key.created', 'instance_key.rotated']);
  const before = await generateSigningKey();
  // One that is there is left as it is.
  await api.database.systemTransaction({}, (tx) => ensureKey(tx, { purpose, key: before, ring }, systemActor()));
  expect((await published()).keys.map(({ kid }) => kid)).not.toContain(before.kid);
});

test('the operator’s command rotates a key with a process’s settings, and refuses what it does not know', async () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['workers/rotate-key.ts', ...args], {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        CREWSHIP_MODE: 'local',
        CREWSHIP_APP_DATABASE_URL: api.testDatabase.appUrl,
        CREWSHIP_SYSTEM_DATABASE_URL: api.testDatabase.systemUrl,
        ENCRYPTION_KEY: HEX_KEY,
      },
    });
  const { stdout } = await run('access_token');
  const { kid, previous_kid: previous } = JSON.parse(stdout) as { kid: string; previous_kid: string };
  const kids = (await published()).keys.map((one) => one.kid);
  expect(kids.slice(-2)).toEqual([previous, kid]);
  const fresh = createSigningKeys({ database: api.database, keyRing: ring, purpose });
  expect((await fresh.current()).kid).toBe(kid);
  await expect(run('teapot')).rejects.toThrow('the purpose is access_token');
  await expect(run()).rejects.toThrow('the purpose is access_token');
});
