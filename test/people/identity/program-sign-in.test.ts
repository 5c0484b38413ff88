import { decodeJwt, decodeProtectedHeader } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { startTestApi, type TestOwner } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { openBrowser } from './browser.ts';
import { bearer, givePassword, logIn, PASSWORD, type Person, post, type Tokens } from './program.ts';

const api = perFile(() => startTestApi({ trustedProxies: ['127.0.0.1'] }));
let ada: TestOwner & Person;
beforeAll(async () => {
  ada = await givePassword(api, await api.addOwner());
});

const get = (url: string, headers: Record<string, string>) => api.call(null, { method: 'GET', url, headers });
const me = (token: string, more: Record<string, string> = {}) => get('/api/v1/auth/me', { ...bearer(token), ...more });

test('username or e-mail and password, in JSON or a form, give a pair that lets in', async () => {
  for (const username of [ada.email, ada.username, ` ${ada.email.toUpperCase()} `]) {
    const answer = await post(api, 'login', { username, password: PASSWORD });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json()).toMatchObject({ token_type: 'bearer', expires_in: 900 });
    const shown = answer.json<Tokens>();
    expect((await me(shown.access_token)).json()).toEqual(shown.user);
    expect(shown.user).toEqual({
      ...{ id: ada.id, username: ada.username, email: ada.email, full_name: ada.username, role: 'OWNER' },
      team: { id: ada.workspaceId, name: 'Workspace', slug: expect.any(String) },
      ...{ workspace_id: ada.workspaceId, namespaces: [{ name: 'team', access: 'write' }], scopes: null },
      ...{ auth_method: 'jwt', api_key_id: null },
    });
  }
  const form = await api.call(null, {
    method: 'POST',
    url: '/api/v1/auth/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ username: ada.username, password: PASSWORD }).toString(),
  });
  expect((await me(form.json<Tokens>().access_token)).statusCode).toBe(200);
});

test('the access token says whose and of which session it is, and no role', async () => {
  const { access_token: token } = await logIn(api, ada);
  const claims = decodeJwt(token);
  expect(Object.keys(claims).toSorted()).toEqual(['exp', 'iat', 'jti', 'sid', 'sub', 'ws']);
  expect(claims).toMatchObject({ sub: ada.id, ws: ada.workspaceId });
  expect(claims.exp! - claims.iat!).toBe(900);
  const { keys } = (await get('/.well-known/jwks.json', {})).json<{ keys: { kid: string }[] }>();
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: keys[0]!.kid });
});

test('every pair that does not belong together is one answer, whoever has the name', async () => {
  const disabled = await givePassword(api, await api.addUser());
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE users SET disabled_at = now() WHERE id = ${disabled.id}`),
  );
  const without = await api.addUser();
  const named = await api.database.systemReads.any<{ username: string }>(
    [],
    sql`SELECT username FROM users WHERE id = ${without.id}`,
  );
  const answers = [];
  for (const payload of [
    { username: ada.username, password: 'wrong password' },
    { username: 'nobody-has-this', password: PASSWORD },
    { username: 'nobody@example.com', password: PASSWORD },
    { username: disabled.username, password: PASSWORD },
    { username: named[0]!.username, password: PASSWORD },
    // A workspace that is named tells nothing before the password is right.
    { username: ada.username, password: 'wrong password', workspace_id: 'no-such-workspace' },
    { username: ada.username, password: 'wrong password', workspace_id: ada.workspaceId },
  ]) {
    const answer = await post(api, 'login', payload);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_credentials"');
    expect(answer.headers['set-cookie']).toBeUndefined();
    answers.push({ ...answer.json<object>(), request_id: null });
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

test('a program fails and is locked out under the same counts as a browser, with Retry-After', async () => {
  const eve = await givePassword(api, await api.addUser());
  const from = { 'x-forwarded-for': '203.0.113.8' };
  await openBrowser(api).signIn({ email: eve.email, password: 'wrong password' }, from);
  await post(api, 'login', { username: eve.username, password: 'wrong password' }, from);
  const counted = () =>
    api.database.systemReads.any<{ failures: number }>(
      [],
      sql`SELECT failures FROM login_attempts WHERE origin = '203.0.113.8'`,
    );
  expect(await counted()).toEqual([{ failures: 2 }]);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE login_attempts SET failures = 49 WHERE origin = '203.0.113.8'`),
  );
  await post(api, 'login', { username: eve.email, password: 'wrong password' }, from);
  const closed = await post(api, 'login', { username: eve.username, password: PASSWORD }, from);
  expect(closed.statusCode).toBe(429);
  expect(closed.json()).toMatchObject({ code: 'rate_limited' });
  expect(Number(closed.headers['retry-after'])).toBeGreaterThan(290);
});

test('who is in several workspaces names one, and nobody names one that they are not in', async () => {
  const bob = await givePassword(api, await api.addOwner());
  const second = await api.addWorkspace();
  await api.joinWorkspace(second, bob.id, 'MEMBER');
  const from = { 'x-forwarded-for': '203.0.113.20' };
  const login = (more: object) => post(api, 'login', { username: bob.email, password: PASSWORD, ...more }, from);
  expect((await login({})).json()).toMatchObject({ status: 400, code: 'workspace_required' });
  for (const workspace_id of [ada.workspaceId, 'no-such-workspace']) {
    expect((await login({ workspace_id })).json()).toMatchObject({ status: 404, detail: 'workspace not found' });
  }
  // The password was right each time: none of it counts as a failure.
  const counted = await api.database.systemReads.any(
    [],
    sql`SELECT 1 FROM login_attempts WHERE origin = '203.0.113.20'`,
  );
  expect(counted).toEqual([]);
  const { access_token: token, user } = await logIn(api, bob, second);
  expect(user).toMatchObject({ workspace_id: second, role: 'MEMBER' });
  expect((await me(token)).json()).toMatchObject({ workspace_id: second });
  const other = (await me(token, { 'x-workspace-id': bob.workspaceId })).json();
  expect(other).toMatchObject({ workspace_id: bob.workspaceId, role: 'OWNER' });
  const loner = await givePassword(api, await api.addUser());
  expect((await logIn(api, loner)).user).toMatchObject({ team: null, role: null, workspace_id: null, namespaces: [] });
});

test('a member’s namespaces are the team’s and those of the projects they reach', async () => {
  const member = await api.addMember(ada.workspaceId, 'MEMBER');
  const [open, secret, joined] = [newId(), newId(), newId()];
  await api.database.transaction({ workspaceIds: [ada.workspaceId] }, async (tx) => {
    for (const [id, visibility] of [
      [open, 'workspace'],
      [secret, 'private'],
      [joined, 'private'],
    ] as const) {
      await tx.execute(sql`
        INSERT INTO projects (id, workspace_id, name, slug, visibility)
        VALUES (${id}, ${ada.workspaceId}, ${id}, ${id}, ${visibility})`);
    }
    await tx.execute(sql`
      INSERT INTO project_members (workspace_id, project_id, user_id, role)
      VALUES (${ada.workspaceId}, ${joined}, ${member.id}, 'editor')`);
  });
  const grants = (await me(member.token)).json<{ namespaces: object[]; auth_method: string }>();
  expect(grants.auth_method).toBe('cli_token');
  expect(grants.namespaces).toEqual([
    { name: 'team', access: 'write' },
    ...[
      { name: `project.${open}`, access: 'read' },
      { name: `project.${joined}`, access: 'write' },
    ].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  ]);
  await api.database.transaction({ workspaceIds: [ada.workspaceId] }, (tx) =>
    tx.execute(sql`UPDATE projects SET deleted_at = now() WHERE workspace_id = ${ada.workspaceId}`),
  );
});

test('a page of another site signs nobody in', async () => {
  const answer = await post(
    api,
    'login',
    { username: ada.email, password: PASSWORD },
    { origin: 'https://evil.example' },
  );
  expect(answer.statusCode).toBe(403);
});

const refresh = (token: string | undefined, headers: Record<string, string> = {}) =>
  post(api, 'refresh', token === undefined ? {} : { refresh_token: token }, headers);

test('a refresh token takes the next pair once; no row holds what a refresh token is', async () => {
  const first = await logIn(api, ada);
  const second = (await refresh(first.refresh_token)).json<Tokens>();
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect((await me(second.access_token)).statusCode).toBe(200);
  const rows = await api.database.systemReads.any([], sql`SELECT to_jsonb(s) AS row FROM auth_sessions s`);
  for (const { refresh_token: token } of [first, second]) {
    expect(JSON.stringify(rows)).not.toContain(token.split('_').at(-1));
  }
});

test('a lost answer is given again for ten seconds; later the session is over, by both doors', async () => {
  const first = await logIn(api, ada);
  const lost = (await refresh(first.refresh_token)).json<Tokens>();
  const again = (await refresh(first.refresh_token)).json<Tokens>();
  expect(again.refresh_token).toBe(lost.refresh_token);
  expect((await me(again.access_token)).statusCode).toBe(200);
  const { sid } = decodeJwt(first.access_token) as { sid: string };
  const old = (seconds: number) =>
    api.database.systemTransaction({}, (tx) =>
      tx.execute(sql`
        UPDATE auth_sessions SET refreshed_at = now() - make_interval(secs => ${seconds}) WHERE id = ${sid}`),
    );
  await old(9);
  expect((await refresh(first.refresh_token)).statusCode).toBe(200);
  await old(11);
  const browser = { cookie: `authjs.refresh-token=${first.refresh_token}` };
  // A browser's longer grace is no way around it: the session is a program's.
  const reused = await api.call(null, { method: 'POST', url: '/api/auth/token/refresh', headers: browser });
  expect(reused.statusCode).toBe(401);
  for (const token of [first.refresh_token, lost.refresh_token]) {
    const answer = await refresh(token);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="session_revoked"');
  }
  expect((await me(again.access_token)).statusCode).toBe(401);
  const entries = await api.database.systemReads.any<{ entry_type: string; workspace_id: string | null }>(
    [],
    sql`SELECT entry_type, workspace_id FROM journal_entries WHERE target_id = ${sid}`,
  );
  expect(entries.map(({ entry_type }) => entry_type)).toContain('auth.refresh_reused');
  expect(entries.map(({ entry_type }) => entry_type)).toContain('auth.login');
  expect(entries.every(({ workspace_id }) => workspace_id === null)).toBe(true);
});

test('of twenty refreshes at once one makes the next token and all get it', async () => {
  const { refresh_token: token } = await logIn(api, ada);
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(token)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(new Set(answers.map((answer) => answer.json<Tokens>().refresh_token)).size).toBe(1);
});

test('what is no refresh token of this instance takes nothing', async () => {
  const tokens = await logIn(api, ada);
  const [prefix, kind, sid, jti] = tokens.refresh_token.split('_');
  for (const wrong of [
    tokens.access_token,
    `${tokens.refresh_token.slice(0, -2)}AA`,
    [prefix, kind, sid, '0'.repeat(32), tokens.refresh_token.split('_').at(-1)].join('_'),
    [prefix, kind, 'cother', jti, tokens.refresh_token.split('_').at(-1)].join('_'),
    'nonsense',
  ]) {
    const answer = await refresh(wrong);
    expect(answer.statusCode, wrong).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="session_invalid"');
  }
  expect((await refresh(undefined)).headers['www-authenticate']).toBe('Bearer error="no_credentials"');
  expect((await me(tokens.refresh_token)).statusCode).toBe(401);
  expect((await refresh(tokens.refresh_token)).statusCode).toBe(200);
});

test('a browser refreshes by its cookie, keeps the token to itself, and only for pages of this instance', async () => {
  const { refresh: cookie } = await api.signIn(ada.id);
  const foreign = await refresh(undefined, { cookie, origin: 'https://evil.example' });
  expect(foreign.statusCode).toBe(403);
  const answer = await refresh(undefined, { cookie });
  const tokens = answer.json<Tokens>();
  expect(tokens.refresh_token).toBeNull();
  expect((await me(tokens.access_token)).statusCode).toBe(200);
  const written = [answer.headers['set-cookie']].flat().map(String);
  expect(written.filter((line) => line.startsWith('authjs.refresh-token=')).map((line) => line.split('; ')[1])).toEqual(
    ['Path=/api/auth/', 'Path=/api/v1/auth/refresh'],
  );
  const session = written.find((line) => line.startsWith('authjs.session-token='))!.split(';', 1)[0]!;
  expect((await get('/api/v1/auth/me', { cookie: session })).json()).toMatchObject({ auth_method: 'session' });
});

test('logging out ends the session at once, with its cookie and its pair, and another of one’s own', async () => {
  const [here, there, kept] = [await logIn(api, ada), await logIn(api, ada), await logIn(api, ada)];
  const bob = await givePassword(api, await api.addOwner());
  const others = await logIn(api, bob);
  expect((await me(there.access_token)).statusCode).toBe(200);
  const out = await post(api, 'logout', { refresh_token: there.refresh_token }, bearer(here.access_token));
  expect(out.statusCode, out.body).toBe(204);
  for (const tokens of [here, there]) {
    const refused = await me(tokens.access_token);
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer error="session_revoked"');
    expect((await refresh(tokens.refresh_token)).statusCode).toBe(401);
  }
  const wrong = await post(api, 'logout', { refresh_token: 'nonsense' }, bearer(kept.access_token));
  expect(wrong.json()).toMatchObject({ status: 400, errors: [{ path: 'refresh_token' }] });
  expect((await me(kept.access_token)).statusCode).toBe(200);
  // Another person's is left as it is.
  await post(api, 'logout', { refresh_token: others.refresh_token }, bearer(kept.access_token));
  expect((await me(others.access_token)).statusCode).toBe(200);
  const { access } = await api.signIn(ada.id);
  const browser = await post(api, 'logout', undefined, { cookie: access });
  expect(browser.statusCode).toBe(204);
  expect([browser.headers['set-cookie']].flat().every((line) => String(line).includes('Max-Age=0'))).toBe(true);
  expect((await get('/api/v1/auth/me', { cookie: access })).statusCode).toBe(401);
});

test('logging out everywhere ends all sessions of the person, and no keys', async () => {
  const eve = await givePassword(api, await api.addOwner());
  const [one, two] = [await logIn(api, eve), await logIn(api, eve)];
  const { access } = await api.signIn(eve.id);
  expect((await me(two.access_token)).statusCode).toBe(200);
  expect((await post(api, 'logout-all', undefined, bearer(one.access_token))).json()).toEqual({ revoked: 3 });
  for (const tokens of [one, two]) expect((await me(tokens.access_token)).statusCode).toBe(401);
  expect((await get('/api/v1/auth/me', { cookie: access })).statusCode).toBe(401);
  expect((await me(eve.token)).statusCode).toBe(200);
});

test('only a person who signed in logs out: a CLI token does not', async () => {
  for (const url of ['logout', 'logout-all']) {
    const answer = await post(api, url, undefined, bearer(ada.token));
    expect(answer.json()).toMatchObject({ status: 403, code: 'interactive_required' });
  }
});

test('somebody who is disabled is out at once, and refreshes nothing', async () => {
  const eve = await givePassword(api, await api.addOwner());
  const tokens = await logIn(api, eve);
  const fresh = await startTestApi({ over: api.testDatabase });
  try {
    await api.database.systemTransaction({}, async (tx) => {
      await tx.execute(sql`UPDATE users SET disabled_at = now() WHERE id = ${eve.id}`);
      accessChanged(tx, eve.id);
    });
    const answer = await fresh.call(tokens.access_token, { method: 'GET', url: '/api/v1/auth/me' });
    expect(answer.headers['www-authenticate']).toBe('Bearer error="session_revoked"');
    expect((await refresh(tokens.refresh_token)).statusCode).toBe(401);
  } finally {
    await fresh.close();
  }
});
