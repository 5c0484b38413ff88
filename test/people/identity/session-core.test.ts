import { authJs } from '../../support/auth-js.ts';
import { beforeAll, expect, test } from 'vitest';
import { revokeSession, revokeSessionsOf, rotateSession } from '../../../commands/people/identity/session-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { startTestApi, type TestOwner } from '../../support/test-api.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
let ada: TestOwner;
beforeAll(async () => {
  ada = await api.addOwner();
});

const COOKIE = 'authjs.session-token';
const secret = [...TEST_KEY_RING.secrets('session cookies')];

function get(cookie: string, headers: Record<string, string> = {}) {
  return api.call(null, { method: 'GET', url: '/api/v1/workspaces', headers: { cookie, ...headers } });
}

const jtiOf = (refresh: string) => refresh.split('_')[3]!;

async function rotate(session: { id: string; refresh: string }, graceSeconds = 60) {
  return api.database.systemTransaction({}, async (tx) => {
    await tx.execute(sql`UPDATE auth_sessions SET refresh_grace_seconds = ${graceSeconds} WHERE id = ${session.id}`);
    return rotateSession(tx, { sessionId: session.id, jti: jtiOf(session.refresh) }, systemActor());
  });
}

test('a session cookie is read by Auth.js’s own library, and one that this makes is read here', async () => {
  const session = await api.signIn(ada.id);
  const text = session.access.slice(COOKIE.length + 1);
  const claims = await authJs.decode({ token: text, secret, salt: COOKIE });
  expect(claims).toMatchObject({ sub: ada.id, id: ada.id, sid: session.id, kind: 'access' });
  expect((claims!.exp as number) - (claims!.iat as number)).toBe(30 * 24 * 3_600);
  const theirs = await authJs.encode({ token: { ...claims, sid: session.id, kind: 'access' }, secret, salt: COOKIE });
  expect((await get(`${COOKIE}=${theirs}`)).statusCode).toBe(200);
});

test('two explicit credentials are refused, whatever each of them is worth', async () => {
  const bearer = { authorization: `Bearer ${ada.token}` };
  const both = await get('', { ...bearer, 'x-crewos-api-key': 'crewos_some_key' });
  expect(both.json()).toMatchObject({ status: 400, code: 'invalid_request' });
  expect((await get('', bearer)).statusCode).toBe(200);
});

test('the cookie lets in, and a header beats it', async () => {
  const session = await api.signIn(ada.id);
  expect((await get(session.access)).json()).toMatchObject([{ id: ada.workspaceId }]);
  const other = await api.addUser();
  const both = await get(session.access, { authorization: `Bearer ${other.token}` });
  expect(both.json()).toEqual([]);
  const wrong = await get(session.access, { authorization: 'Bearer nonsense' });
  expect(wrong.statusCode).toBe(401);
});

test('a revoked session is refused at once, by its reason', async () => {
  const session = await api.signIn(ada.id);
  expect((await get(session.access)).statusCode).toBe(200);
  await api.database.systemTransaction({}, (tx) =>
    revokeSession(tx, { id: session.id, userId: ada.id, reason: 'revoked' }, systemActor()),
  );
  const fresh = await startTestApi({ over: api.testDatabase });
  try {
    const answer = await fresh.call(null, {
      method: 'GET',
      url: '/api/v1/workspaces',
      headers: { cookie: session.access },
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="session_revoked"');
    expect(answer.json()).toMatchObject({ code: 'unauthenticated', error: 'session_revoked' });
  } finally {
    await fresh.close();
  }
});

test('what is over, tampered with, of another kind or another name does not let in', async () => {
  const session = await api.signIn(ada.id);
  const value = session.access.slice(COOKIE.length + 1);
  const claims = { sub: ada.id, sid: session.id, kind: 'access' };
  const over = await authJs.encode({ token: claims, secret, salt: COOKIE, maxAge: -60 });
  const expired = await get(`${COOKIE}=${over}`);
  expect(expired.headers['www-authenticate']).toBe('Bearer error="session_expired"');
  const other = `__Secure-${COOKIE}`;
  const wrong = [
    `${value.slice(0, -2)}AA`,
    value.replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')),
    await authJs.encode({ token: claims, secret: 'x'.repeat(64), salt: COOKIE }),
    await authJs.encode({ token: claims, secret, salt: other }),
    await authJs.encode({ token: { ...claims, kind: 'refresh' }, secret, salt: COOKIE }),
    session.refresh.slice(session.refresh.indexOf('=') + 1),
    'x'.repeat(5_000),
  ];
  for (const text of wrong) {
    const answer = await get(`${COOKIE}=${text}`);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="session_invalid"');
  }
  const asSecure = await authJs.encode({ token: claims, secret, salt: other });
  // On plain HTTP the other name is not looked at.
  expect((await get(`${other}=${asSecure}`)).headers['www-authenticate']).toBe('Bearer error="no_credentials"');
});

test('a refresh goes on in any tab for its grace, and a token that comes later ends the session', async () => {
  const session = await api.signIn(ada.id);
  const first = await rotate(session);
  expect(first.outcome).toBe('rotated');
  const tabs = await Promise.all([rotate(session), rotate(session)]);
  for (const tab of tabs) {
    expect(tab).toMatchObject({
      outcome: 'repeated',
      session: { refreshJti: 'session' in first && first.session.refreshJti },
    });
  }
  expect(await rotate(session, 0)).toEqual({ outcome: 'reused', userId: ada.id });
  expect(await rotate(session)).toEqual({ outcome: 'revoked' });
  const entries = await api.database.systemReads.any<{ entry_type: string }>(
    [],
    sql`SELECT entry_type FROM journal_entries WHERE target_id = ${session.id} ORDER BY ts, id`,
  );
  expect(entries.map(({ entry_type }) => entry_type).toSorted()).toEqual([
    'auth.login',
    'auth.refresh_reused',
    'auth.session_refreshed',
    'auth.session_revoked',
  ]);
});

test('of two first refreshes at once one makes the next token and both get it', async () => {
  const session = await api.signIn(ada.id);
  const both = await Promise.all([rotate(session), rotate(session)]);
  expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['repeated', 'rotated']);
  expect(new Set(both.map((one) => 'session' in one && one.session.refreshJti)).size).toBe(1);
});

test('all sessions but one are ended together, and only one’s own', async () => {
  const eve = await api.addUser();
  const [kept, second, third] = [await api.signIn(eve.id), await api.signIn(eve.id), await api.signIn(eve.id)];
  const ended = await api.database.systemTransaction({}, (tx) =>
    revokeSessionsOf(tx, { userId: eve.id, exceptId: kept.id, reason: 'password_changed' }, systemActor()),
  );
  expect(ended).toBe(2);
  const statuses = await Promise.all([kept, second, third].map(async (one) => (await get(one.access)).statusCode));
  expect(statuses).toEqual([200, 401, 401]);
  const byAnother = await api.database.systemTransaction({}, (tx) =>
    revokeSession(tx, { id: kept.id, userId: ada.id, reason: 'revoked' }, systemActor()),
  );
  expect(byAnother).toBe(false);
});

test('a cookie writes only for pages of this instance', async () => {
  const session = await api.signIn(ada.id);
  const write = (headers: Record<string, string>) =>
    api.call(null, {
      method: 'POST',
      url: '/api/v1/auth/cli-token',
      headers: { cookie: session.access, host: 'crewship.example', ...headers },
      payload: {},
    });
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as Record<string, string>[]) {
    expect((await write(headers)).statusCode, JSON.stringify(headers)).toBe(403);
  }
  for (const headers of [{}, { origin: 'http://crewship.example' }, { 'sec-fetch-site': 'same-origin' }]) {
    expect((await write(headers as Record<string, string>)).statusCode).toBe(200);
  }
});
