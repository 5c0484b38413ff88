import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { base64url, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { createSigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import { rotateKey } from '../../../commands/instance/keys/key-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { generateSigningKey, importSigningKey } from '../../../platform/crypto/signing-keys.ts';
import { startTestApi, type TestOwner, type TestSession } from '../../support/test-api.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';
import { bearer } from './program.ts';

const api = perFile(() => startTestApi());
let ada: TestOwner;
let session: TestSession;
beforeAll(async () => {
  ada = await api.addOwner();
  session = await api.signIn(ada.id);
});

const workspaces = (headers: Record<string, string>) =>
  api.call(null, { method: 'GET', url: '/api/v1/workspaces', headers });
const faultOf = async (token: string) => {
  const answer = await workspaces(bearer(token));
  return answer.statusCode === 200 ? null : answer.headers['www-authenticate'];
};
const INVALID = 'Bearer error="invalid_token"';

const keys = () => createSigningKeys({ database: api.database, keyRing: TEST_KEY_RING, purpose: 'access_token' });
const nowSeconds = () => Math.floor(Date.now() / 1_000);

/** A token that the instance itself might have signed, but for what is said here. */
async function signed(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key?: Parameters<SignJWT['sign']>[0],
): Promise<string> {
  const { kid, privateKey } = await keys().current();
  const iat = nowSeconds();
  const whole = { sub: ada.id, sid: session.id, jti: 'j', iat, exp: iat + 900, ...claims };
  const told = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  return new SignJWT(told).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid, ...header }).sign(key ?? privateKey);
}

test('a token as the instance makes it lets in, and what is changed in it does not', async () => {
  expect(await faultOf(await signed())).toBeNull();
  expect(await faultOf(session.jwt)).toBeNull();
  const [head, body, signature] = session.jwt.split('.');
  const other = await api.addOwner();
  const claims = { ...decodeJwt(session.jwt), sub: other.id };
  for (const wrong of [
    `${head}.${base64url.encode(JSON.stringify(claims))}.${signature}`,
    `${head}.${body}.${signature!.slice(0, -4)}AAAA`,
    `${head}.${body}.`,
    `${head}.${body}`,
    `${head}..${signature}`,
    `${head}.${body}.${signature}.${signature}`,
    `.${body}.${signature}`,
    'a.b.c',
    `${head}.${body}.${'A'.repeat(3_000)}`,
  ]) {
    expect(await faultOf(wrong), wrong).toBe(INVALID);
  }
});

test('no algorithm but the instance’s own: none, a public key as a secret, another curve’s', async () => {
  const header = decodeProtectedHeader(session.jwt);
  const body = session.jwt.split('.')[1]!;
  const encoded = (alg: string) => base64url.encode(JSON.stringify({ ...header, alg }));
  for (const alg of ['none', 'None', 'NONE', '', 'HS256', 'RS256', 'ES256']) {
    expect(await faultOf(`${encoded(alg)}.${body}.`), alg).toBe(INVALID);
    expect(await faultOf(`${encoded(alg)}.${body}.${session.jwt.split('.')[2]}`), alg).toBe(INVALID);
  }
  const published = await api.call(null, { method: 'GET', url: '/.well-known/jwks.json' });
  const [jwk] = published.json<{ keys: { kid: string; x: string; kty: string; crv: string }[] }>().keys;
  const pem = createPublicKey({ key: jwk!, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  for (const secret of [pem.toString(), jwk!.x, JSON.stringify(jwk)]) {
    const forged = await signed({}, { alg: 'HS256' }, new TextEncoder().encode(secret.padEnd(32)));
    expect(await faultOf(forged)).toBe(INVALID);
  }
});

test('a key that the token brings, names elsewhere, or that is another’s counts for nothing', async () => {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(pair.publicKey);
  const { kid } = await keys().current();
  for (const header of [
    {},
    { jwk },
    { jwk, kid: undefined },
    { kid: undefined },
    { jku: 'https://evil.example/jwks.json' },
    { x5u: 'https://evil.example/cert' },
    { kid: 'x'.repeat(43) },
    { kid: '../../../dev/null' },
    { kid: "x' UNION SELECT 1 --" },
    { kid: `${kid}\0` },
    { kid: 'k'.repeat(500) },
  ]) {
    const told = Object.fromEntries(Object.entries({ kid, ...header }).filter(([, value]) => value !== undefined));
    const token = await new SignJWT({ sub: ada.id, sid: session.id, jti: 'j' })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...told })
      .setIssuedAt()
      .setExpirationTime('15m')
      .sign(pair.privateKey);
    expect(await faultOf(token), JSON.stringify(header)).toBe(INVALID);
  }
  expect(await faultOf(await signed({}, { kid: undefined }))).toBe(INVALID);
  const critical = await signed({}, { crit: ['exp'] }).catch(() => 'a.b.c');
  expect(await faultOf(critical)).toBe(INVALID);
});

test('a key of the instance for another purpose signs no access tokens', async () => {
  const other = await generateSigningKey();
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`
      INSERT INTO instance_keys (id, purpose, public_jwk, sealed_private)
      VALUES (${other.kid}, 'rehearsal', ${sql.jsonb({ ...other.publicJwk })}, 'v1:none')`),
  );
  const key = await importSigningKey(JSON.parse(other.privateText) as object);
  expect(await faultOf(await signed({}, { kid: other.kid }, key))).toBe(INVALID);
});

test('another instance’s tokens are none of this one’s', async () => {
  const elsewhere = await startTestApi();
  try {
    const there = await elsewhere.addOwner();
    const { jwt } = await elsewhere.signIn(there.id);
    expect((await elsewhere.call(jwt, { method: 'GET', url: '/api/v1/workspaces' })).statusCode).toBe(200);
    expect(await faultOf(jwt)).toBe(INVALID);
    expect((await elsewhere.call(session.jwt, { method: 'GET', url: '/api/v1/workspaces' })).statusCode).toBe(401);
  } finally {
    await elsewhere.close();
  }
});

test('what is signed but over is told so; what is not yet valid or lives too long is refused', async () => {
  const now = nowSeconds();
  expect(await faultOf(await signed({ iat: now - 1_000, exp: now - 100 }))).toBe('Bearer error="token_expired"');
  // The time that it was made counts too, whatever end it names.
  expect(await faultOf(await signed({ iat: now - 1_000, exp: now + 100_000 }))).toBe('Bearer error="token_expired"');
  expect(await faultOf(await signed({ nbf: now + 60 }))).toBe(INVALID);
  expect(await faultOf(await signed({ iat: now + 60, exp: now + 900 }))).toBe(INVALID);
  // Clocks differ by a little.
  expect(await faultOf(await signed({ iat: now + 2, exp: now + 902 }))).toBeNull();
});

test('a token without one of its claims, or of another type, is none', async () => {
  for (const missing of ['sub', 'sid', 'jti', 'iat', 'exp']) {
    expect(await faultOf(await signed({ [missing]: undefined })), missing).toBe(INVALID);
  }
  for (const claims of [{ sid: 7 }, { sid: ['a'] }, { sub: 7 }]) {
    expect(await faultOf(await signed(claims)), JSON.stringify(claims)).toBe(INVALID);
  }
  for (const typ of ['JWT', 'wt+jwt', undefined]) expect(await faultOf(await signed({}, { typ })), typ).toBe(INVALID);
});

test('one’s own name on another’s session opens nothing', async () => {
  const other = await api.addOwner();
  const theirs = await api.signIn(other.id);
  expect(await faultOf(await signed({ sid: theirs.id }))).toBe(INVALID);
  expect(await faultOf(await signed({ sid: 'no-such-session' }))).toBe('Bearer error="session_revoked"');
});

test('the token of one workspace opens no other, whatever it says of itself', async () => {
  const other = await api.addOwner();
  const claiming = await signed({ ws: other.workspaceId, role: 'OWNER', scopes: ['*'], is_instance_operator: true });
  const own = await api.call(claiming, { method: 'GET', url: '/api/v1/auth/me' });
  expect(own.json()).toMatchObject({ workspace_id: ada.workspaceId });
  for (const id of [other.workspaceId, 'no-such-workspace']) {
    const crews = await api.call(claiming, { method: 'GET', url: `/api/v1/crews?workspace_id=${id}` });
    expect(crews.json()).toMatchObject({ status: 404, detail: 'workspace not found' });
  }
  expect((await api.call(claiming, { method: 'GET', url: '/api/v1/hosts' })).statusCode).toBe(403);
});

test('two credentials in one request are refused, in whatever headers they come', async () => {
  const jwt = bearer(session.jwt);
  const key = { 'x-crewos-api-key': `crewos_${'a'.repeat(25)}_${'0'.repeat(64)}` };
  for (const headers of [
    { ...jwt, ...key },
    { ...bearer(ada.token), ...key },
    { authorization: '', ...key },
  ] as Record<string, string>[]) {
    expect((await workspaces(headers)).json(), JSON.stringify(headers)).toMatchObject({ status: 400 });
  }
  const port = await api.server.listen({ port: 0, host: '127.0.0.1' });
  for (const headers of [
    [...Object.entries(jwt), ...Object.entries(jwt)],
    [...Object.entries(jwt), ['Authorization', `Bearer ${ada.token}`]],
    [...Object.entries(key), ...Object.entries(key)],
  ] as [string, string][][]) {
    expect(await rawStatus(port, headers)).toBe(400);
  }
  expect(await rawStatus(port, Object.entries(jwt))).toBe(200);
});

/** Sends headers as they are, repeated ones too; the answer's status. */
function rawStatus(base: string, headers: readonly [string, string][]): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${base}/api/v1/workspaces`,
      { headers: ['Host', 'crewship', ...headers.flat()] },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

test('a header beats a cookie, also a wrong one', async () => {
  const other = await api.addOwner();
  const both = { cookie: session.access, ...bearer((await api.signIn(other.id)).jwt) };
  expect((await workspaces(both)).json()).toMatchObject([{ id: other.workspaceId }]);
  const forged = await signed({}, {}, generateKeyPairSync('ed25519').privateKey);
  expect((await workspaces({ cookie: session.access, ...bearer(forged) })).statusCode).toBe(401);
  // A token in the cookie's place is none.
  expect((await workspaces({ cookie: `authjs.session-token=${session.jwt}` })).statusCode).toBe(401);
  expect((await workspaces({ 'x-crewos-api-key': session.jwt })).statusCode).toBe(401);
});

test('tokens go on over a rotation of the key, and end with a compromised one', async () => {
  const fresh = await startTestApi({ over: api.testDatabase });
  try {
    const ask = (token: string) => fresh.call(token, { method: 'GET', url: '/api/v1/workspaces' });
    expect((await ask(session.jwt)).statusCode).toBe(200);
    const rotate = async (isCompromised: boolean) => {
      const key = await generateSigningKey();
      const rotation = { purpose: 'access_token', key, ring: TEST_KEY_RING, isCompromised } as const;
      await api.database.systemTransaction({}, (tx) => rotateKey(tx, rotation, systemActor()));
    };
    await rotate(false);
    // Signed by what the other process knows by now; this one looks it up.
    const next = await signed();
    expect(decodeProtectedHeader(next).kid).not.toBe(decodeProtectedHeader(session.jwt).kid);
    expect((await ask(next)).statusCode).toBe(200);
    expect((await ask(session.jwt)).statusCode).toBe(200);
    await rotate(true);
    const later = await startTestApi({ over: api.testDatabase });
    for (const token of [next, session.jwt]) {
      expect((await later.call(token, { method: 'GET', url: '/api/v1/workspaces' })).statusCode).toBe(401);
    }
    await later.close();
  } finally {
    await fresh.close();
  }
});

test('guesses under names of keys that nobody has are counted, and stop being looked up', async () => {
  const counted: string[] = [];
  let isOver = false;
  const limited = await startTestApi({
    over: api.testDatabase,
    attempts: {
      count: async (kind) => void counted.push(kind),
      refuseIfOver() {
        if (isOver) throw Object.assign(new Error('over'), { statusCode: 429 });
      },
    },
  });
  try {
    const ask = (token: string) => limited.call(token, { method: 'GET', url: '/api/v1/workspaces' });
    const guess = await signed({}, { kid: base64url.encode(randomBytes(32)) });
    expect((await ask(guess)).statusCode).toBe(401);
    expect(counted).toEqual(['authentication']);
    const known = (await api.signIn(ada.id)).jwt;
    const current = await signed();
    expect((await ask(current)).statusCode).toBe(200);
    isOver = true;
    expect((await ask(guess)).statusCode).not.toBe(401);
    // Those whose key is known are let in, whatever others of their address do.
    expect((await ask(await signed())).statusCode).toBe(200);
    expect(known).not.toBe(current);
  } finally {
    await limited.close();
  }
});
