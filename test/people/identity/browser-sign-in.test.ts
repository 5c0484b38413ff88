import { createPasswords } from '../../../platform/crypto/passwords.ts';
import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { authJs } from '../../support/auth-js.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { openBrowser } from './browser.ts';

const api = perFile(() => startTestApi());
const email = 'ada@example.com';
const password = 'correct horse';
let userId: string;

beforeAll(async () => {
  const browser = openBrowser(api);
  const made = await browser.send({
    method: 'POST',
    url: '/api/v1/bootstrap',
    payload: { full_name: 'Ada Lovelace', email, password },
  });
  userId = made.json<{ user_id: string }>().user_id;
  // Whoever takes the instance is signed in with it.
  const session = await browser.send({ method: 'GET', url: '/api/auth/session' });
  expect(session.json()).toMatchObject({ user: { id: userId, name: 'Ada Lovelace', email, avatar_url: null } });
});

const JSON_ANSWER = { 'x-auth-return-redirect': '1' };

test('a browser signs in as Auth.js’s client does it, is known, and signs out', async () => {
  const browser = openBrowser(api);
  const providers = (await browser.send({ method: 'GET', url: '/api/auth/providers' })).json<object>();
  expect(providers).toMatchObject({
    credentials: { id: 'credentials', callbackUrl: 'http://crewship.example/api/auth/callback/credentials' },
  });
  expect((await browser.send({ method: 'GET', url: '/api/auth/session' })).json()).toEqual({});
  const answer = await browser.signIn(
    { email: 'Ada@Example.COM', password, callbackUrl: 'http://crewship.example/crews?x=1' },
    JSON_ANSWER,
  );
  expect(answer.json()).toEqual({ ok: true, status: 200, error: null, url: 'http://crewship.example/crews?x=1' });
  const written = [answer.headers['set-cookie']!].flat();
  const rules = 'HttpOnly; SameSite=Lax; Max-Age=2592000';
  expect(written[0]).toMatch(new RegExp(`^authjs\\.session-token=[^;]+; Path=/; ${rules}$`));
  expect(written[1]).toMatch(new RegExp(`^authjs\\.refresh-token=[^;]+; Path=/api/auth/; ${rules}$`));
  const secret = TEST_KEY_RING.secrets('session cookies');
  const token = browser.cookies.get('authjs.session-token')!;
  expect(await authJs.decode({ token, secret: [...secret], salt: 'authjs.session-token' })).toMatchObject({
    sub: userId,
    name: 'Ada Lovelace',
    email,
  });
  expect((await browser.send({ method: 'GET', url: '/api/v1/workspaces' })).statusCode).toBe(200);
  const kept = new Map(browser.cookies);
  const out = await browser.send({
    method: 'POST',
    url: '/api/auth/signout',
    headers: { origin: 'http://crewship.example' },
  });
  expect(out.json()).toEqual({ url: 'http://crewship.example/' });
  expect([...browser.cookies.keys()]).toEqual(['crewship.device']);
  // What was copied before is worth nothing either.
  for (const [name, value] of kept) browser.cookies.set(name, value);
  expect((await browser.send({ method: 'GET', url: '/api/v1/workspaces' })).statusCode).toBe(401);
  expect((await browser.send({ method: 'GET', url: '/api/auth/session' })).json()).toEqual({});
  expect(browser.cookies.has('authjs.session-token')).toBe(false);
});

test('a form is redirected, to a path of this instance only', async () => {
  for (const [callbackUrl, location] of [
    ['/crews', '/crews'],
    ['https://evil.example/', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
  ] as const) {
    const answer = await openBrowser(api).signIn({ email, password, callbackUrl });
    expect([answer.statusCode, answer.headers.location]).toEqual([302, location]);
  }
  const signin = await openBrowser(api).send({ method: 'GET', url: '/api/auth/signin?callbackUrl=//evil.example' });
  expect(signin.headers.location).toBe('/login?callbackUrl=%2F');
  const wrong = await openBrowser(api).signIn({ email, password: 'wrong password' });
  expect([wrong.statusCode, wrong.headers.location]).toEqual([302, '/login?error=CredentialsSignin']);
});

test('a wrong password, an unknown name and a person without a password read alike and cost alike', async () => {
  const other = await api.addUser();
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE users SET email = 'bob@example.com', username = 'bob' WHERE id = ${other.id}`),
  );
  // In time of the processor, which others of this machine have no part in.
  const passwords = createPasswords();
  const hashMs = await leastCpuMs(() => passwords.verify(null, 'wrong password'));
  for (const name of [email, 'nobody@example.com', 'bob@example.com', 'bob', 'ada']) {
    const triedMs = await leastCpuMs(async () => {
      const answer = await openBrowser(api).signIn({ email: name, password: 'wrong password' }, JSON_ANSWER);
      expect(answer.json()).toEqual({
        ok: false,
        status: 401,
        error: 'CredentialsSignin',
        url: 'http://crewship.example/login?error=CredentialsSignin',
      });
      expect(answer.headers['set-cookie']).toBeUndefined();
    });
    // What skipped the hash would take a fifth of it.
    expect(triedMs, name).toBeGreaterThan(hashMs * 0.7);
  }
});

/** What something costs this process at least, of three times. */
async function leastCpuMs(work: () => Promise<unknown>): Promise<number> {
  const tries: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const since = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(since);
    tries.push((user + system) / 1_000);
  }
  return Math.min(...tries);
}

test('without the browser’s own token nobody is signed in, nor from another site', async () => {
  const browser = openBrowser(api);
  await browser.send({ method: 'GET', url: '/api/auth/csrf' });
  const post = (csrfToken: string, headers: Record<string, string> = {}) =>
    browser.send({
      method: 'POST',
      url: '/api/auth/callback/credentials',
      payload: { email, password, csrfToken },
      headers,
    });
  const other = (await openBrowser(api).send({ method: 'GET', url: '/api/auth/csrf' })).json<{ csrfToken: string }>();
  const mine = browser.cookies.get('authjs.csrf-token')!.split('.')[0]!;
  for (const token of ['', 'x', other.csrfToken]) expect((await post(token)).statusCode).toBe(403);
  expect((await post(mine, { origin: 'https://evil.example' })).statusCode).toBe(403);
  // A cookie that somebody made up vouches for nothing.
  browser.cookies.set('authjs.csrf-token', `${'a'.repeat(64)}.${'b'.repeat(64)}`);
  expect((await post('a'.repeat(64))).statusCode).toBe(403);
  expect((await openBrowser(api).signIn({ email, password, surprise: '1' })).statusCode).toBe(400);
  const large = await openBrowser(api).signIn({ email, password, callbackUrl: 'x'.repeat(17_000) });
  expect(large.statusCode).toBe(413);
});

test('signing in begins a session of its own, whatever the browser held', async () => {
  const browser = openBrowser(api);
  await browser.signIn({ email, password });
  const fixed = browser.cookies.get('authjs.session-token')!;
  await browser.signIn({ email, password });
  expect(browser.cookies.get('authjs.session-token')).not.toBe(fixed);
  const listed = await browser.send({ method: 'GET', url: '/api/v1/auth/sessions' });
  const sessions = listed.json<{ id: string; is_current: boolean }[]>();
  expect(sessions.filter(({ is_current }) => is_current)).toHaveLength(1);
});

test('tabs that refresh at once stay signed in, and an old refresh cookie ends the session', async () => {
  const browser = openBrowser(api);
  await browser.signIn({ email, password });
  const old = browser.cookies.get('authjs.refresh-token')!;
  const refresh = (headers: Record<string, string> = {}) =>
    browser.send({ method: 'POST', url: '/api/auth/token/refresh', headers });
  const tabs = await Promise.all([refresh(), refresh()]);
  expect(tabs.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  const next = browser.cookies.get('authjs.refresh-token')!;
  expect(next).not.toBe(old);
  expect((await refresh({ origin: 'https://evil.example' })).statusCode).toBe(403);
  expect((await browser.send({ method: 'GET', url: '/api/auth/token/refresh' })).statusCode).toBe(405);
  expect((await refresh()).statusCode).toBe(200);
  // Now two behind: no grace covers it.
  browser.cookies.set('authjs.refresh-token', old);
  const replayed = await refresh();
  expect(replayed.statusCode).toBe(401);
  expect(replayed.headers['www-authenticate']).toBe('Bearer error="session_revoked"');
  expect(replayed.headers['content-type']).toContain('application/problem+json');
  expect(browser.cookies.has('authjs.session-token')).toBe(false);
  browser.cookies.set('authjs.refresh-token', next);
  expect((await refresh()).statusCode).toBe(401);
});

test('on HTTPS, as the instance’s address says, cookies are Secure and others count for nothing', async () => {
  const secure = await startTestApi({ over: api.testDatabase, publicUrl: 'https://crewship.example' });
  try {
    const browser = openBrowser(secure);
    const answer = await browser.signIn({ email, password }, { origin: 'https://crewship.example' });
    for (const cookie of [answer.headers['set-cookie']!].flat()) expect(cookie).toContain('; Secure');
    expect([...browser.cookies.keys()].toSorted()).toEqual([
      '__Host-authjs.csrf-token',
      '__Secure-authjs.refresh-token',
      '__Secure-authjs.session-token',
      '__Secure-crewship.device',
    ]);
    expect((await browser.send({ method: 'GET', url: '/api/v1/workspaces' })).statusCode).toBe(200);
    const plain = openBrowser(api);
    await plain.signIn({ email, password }, { 'x-forwarded-proto': 'https' });
    expect([...plain.cookies.keys()]).toContain('authjs.session-token');
    const cookie = `authjs.session-token=${plain.cookies.get('authjs.session-token')!}`;
    const crossed = await secure.call(null, { method: 'GET', url: '/api/v1/workspaces', headers: { cookie } });
    expect(crossed.statusCode).toBe(401);
  } finally {
    await secure.close();
  }
});
