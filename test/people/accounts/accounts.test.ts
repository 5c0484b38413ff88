import { beforeAll, expect, test } from 'vitest';
import { createAttemptLimiter } from '../../../api/http/limits/attempt-limiter.ts';
import { everyRow } from '../../support/every-row.ts';
import { startTestApi } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { perFile } from '../../support/world/per-file.ts';
import { openBrowser } from '../identity/browser.ts';
import { openMailbox, PUBLIC_URL } from './mailbox.ts';

const api = perFile(() => startTestApi({ allowSignup: true, sendsMail: true, publicUrl: PUBLIC_URL }));
const login = perFile(() => connectOwner(api.testDatabase));
const mailbox = perFile(() => openMailbox(api.database));
const password = 'correct horse battery';

let count = 0;
const newAddress = () => `person${(count += 1)}@example.com`;

const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  api.call(null, { method: 'POST', url: `/api/v1/auth/${url}`, payload, headers });
const signUp = (email: string, more: object = {}) =>
  post('signup', { full_name: 'Ada Lovelace', email, password, ...more });

/** Whether somebody gets in. */
async function getsIn(email: string, given: string): Promise<boolean> {
  const answer = await openBrowser(api).signIn({ email, password: given }, { 'x-auth-return-redirect': '1' });
  return answer.json<{ ok: boolean }>().ok;
}

/** Somebody who signed up and confirmed their address. */
async function addPerson(): Promise<string> {
  const email = newAddress();
  expect((await signUp(email)).statusCode).toBe(202);
  const { token } = await mailbox.link(email);
  expect((await post('verify-email', { token })).statusCode).toBe(200);
  return email;
}

async function userId(email: string): Promise<string> {
  return (await login.query<{ id: string }>('SELECT id FROM users WHERE email = $1', [email])).rows[0]!.id;
}

test('who signs up gets an account, a workspace of their own and a link, and gets in after it', async () => {
  const email = newAddress();
  const answer = await signUp(email.toUpperCase());
  expect(answer.statusCode).toBe(202);
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(await getsIn(email, password)).toBe(false);
  const { path, token } = await mailbox.link(email);
  expect(path).toBe('/verify');
  expect(await everyRow(login)).not.toContain(token);
  expect((await post('verify-email', { token })).json()).toEqual({ ok: true });
  expect(await getsIn(email, password)).toBe(true);
  // The link is used up.
  const again = await post('verify-email', { token });
  expect([again.statusCode, again.json<{ errors: object[] }>().errors]).toMatchObject([400, [{ path: 'token' }]]);
  const { rows } = await login.query(
    `SELECT m.role, w.name, u.home_workspace_id = w.id AS is_home, u.is_instance_operator FROM users u
     JOIN memberships m ON m.user_id = u.id JOIN workspaces w ON w.id = m.workspace_id WHERE u.email = $1`,
    [email],
  );
  expect(rows).toEqual([
    { role: 'OWNER', name: "Ada Lovelace's Workspace", is_home: true, is_instance_operator: false },
  ]);
});

test('a known address is answered alike, in the same time, and its owner hears of it', async () => {
  const email = await addPerson();
  const timed = async (address: string) => {
    const since = performance.now();
    const { statusCode, body } = await signUp(address, { password: 'another password' });
    return { statusCode, body, quarters: Math.round((performance.now() - since) / 250) };
  };
  // The first of its kind prepares statements.
  await timed(email);
  const known = await timed(email);
  const fresh = await timed(newAddress());
  expect({ ...known, quarters: 0 }).toEqual({ ...fresh, quarters: 0 });
  expect(Math.abs(known.quarters - fresh.quarters)).toBeLessThanOrEqual(1);
  const mails = await mailbox.of(email);
  expect(mails.at(-1)!.text).toContain('It has an account, and nothing was');
  expect(mails.at(-1)!.text).not.toContain('token=');
  expect(await getsIn(email, password)).toBe(true);
  expect(await getsIn(email, 'another password')).toBe(false);
});

test('of many who sign up with one address at the same moment one account comes', async () => {
  const email = newAddress();
  const answers = await Promise.all(Array.from({ length: 5 }, () => signUp(email)));
  expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
  const { rows } = await login.query('SELECT 1 FROM users WHERE email = $1', [email]);
  expect(rows).toHaveLength(1);
});

test('a name that is taken as a username makes room for another', async () => {
  const [name] = (await addPerson()).split('@');
  const email = `${name}@elsewhere.example`;
  await signUp(email);
  const { rows } = await login.query<{ username: string }>('SELECT username FROM users WHERE email = $1', [email]);
  expect(rows[0]!.username).toMatch(new RegExp(`^${name}-[0-9a-f]{8}$`));
});

test('fields that break a rule are named, before anything is looked up', async () => {
  for (const [field, value] of [
    ['full_name', 'A'],
    ['email', 'nobody'],
    ['email', 'a@example.com\r\nBcc: eve@evil.example'],
    ['password', 'short'],
    ['password', 'x'.repeat(1_025)],
    ['invitation_token', 'x'],
  ] as const) {
    const answer = await signUp(newAddress(), { [field]: value });
    expect(answer.statusCode, field).toBe(400);
    expect(answer.json<{ errors: { path: string }[] }>().errors[0]!.path).toBe(field);
  }
});

test('an invitation is redeemed with the sign-up, and a wrong one says nothing of the address', async () => {
  const owner = await api.addOwner();
  const url = `/workspaces/${owner.workspaceId}/invitations`;
  const email = newAddress();
  const made = await owner.post<{ token: string; invite_url: string; is_mailed: boolean }>(url, { email });
  expect(made.is_mailed).toBe(true);
  const { path, token } = await mailbox.link(email);
  expect([path, token, made.invite_url]).toEqual(['/invite', made.token, `${PUBLIC_URL}/invite?token=${made.token}`]);
  const known = await addPerson();
  for (const [invitation, code] of [
    ['0'.repeat(64), 404],
    [token, 403],
  ] as const) {
    const answers = [];
    for (const address of [known, newAddress()]) {
      const { statusCode, body } = await signUp(address, { invitation_token: invitation });
      answers.push({ statusCode, body: body.replace(/"request_id":"[^"]*"/, '') });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]!.statusCode).toBe(code);
  }
  expect((await signUp(email, { invitation_token: token })).statusCode).toBe(202);
  const members = await owner.get<{ role: string; user: { email: string } }[]>(
    `/workspaces/${owner.workspaceId}/members`,
  );
  expect(members).toContainEqual(expect.objectContaining({ role: 'MEMBER', user: expect.objectContaining({ email }) }));
  expect((await signUp(newAddress(), { invitation_token: token })).statusCode).toBe(409);
});

test('a name in a mail is text, whatever it holds', async () => {
  const owner = await api.addOwner();
  await login.query(
    `UPDATE workspaces SET name = E'X\\r\\nBcc: eve@evil.example\\r\\n\\r\\nhttps://evil.example' WHERE id = $1`,
    [owner.workspaceId],
  );
  const email = newAddress();
  await owner.post(`/workspaces/${owner.workspaceId}/invitations`, { email });
  const mail = (await mailbox.of(email)).at(-1)!;
  expect(mail.to).toEqual([email]);
  expect(mail.raw.split('\r\n\r\n', 1)[0]).not.toMatch(/^bcc:/im);
  expect(mail.text).not.toContain('https://evil.example');
});

test('who forgot their password chooses another by a link, once; sessions, lockout and older links end', async () => {
  const email = await addPerson();
  const id = await userId(email);
  const session = await api.signIn(id);
  await post('forgot', { email });
  const older = await mailbox.link(email);
  expect(older.path).toBe('/reset');
  expect((await post('forgot', { email: email.toUpperCase() })).statusCode).toBe(200);
  const { token } = await mailbox.link(email);
  expect(token).not.toBe(older.token);
  expect((await post('reset', { token: older.token, new_password: 'new password 1' })).statusCode).toBe(400);
  expect(await everyRow(login)).not.toContain(token);
  // A closed name is opened by it.
  await getsIn(email, 'wrong password');
  await login.query(`UPDATE login_attempts SET failures = 60, blocked_until = now() + interval '5 minutes'`);
  const closed = await openBrowser(api).signIn({ email, password });
  expect(closed.statusCode).toBe(429);
  const answers = await Promise.all(
    ['new password 1', 'new password 2'].map((next) => post('reset', { token, new_password: next })),
  );
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 400]);
  expect(await getsIn(email, password)).toBe(false);
  const won = answers[0]!.statusCode === 200 ? 'new password 1' : 'new password 2';
  expect(await getsIn(email, won)).toBe(true);
  const old = await api.call(null, { method: 'GET', url: '/api/v1/workspaces', headers: { cookie: session.access } });
  expect(old.statusCode).toBe(401);
  expect((await mailbox.of(email)).at(-1)!.raw).toContain('Subject: Your password was changed');
  const { rows } = await login.query<{ entry_type: string; summary: string }>(
    `SELECT entry_type, summary FROM journal_entries WHERE target_id = $1 ORDER BY ts`,
    [id],
  );
  expect(rows.map(({ entry_type }) => entry_type)).toEqual(
    expect.arrayContaining([
      'auth.signed_up',
      'auth.email_verified',
      'auth.password_reset_requested',
      'auth.password_changed',
    ]),
  );
});

test('an address without an account is answered alike, in the same time, and gets no mail', async () => {
  const email = await addPerson();
  const timed = async (address: string) => {
    const since = performance.now();
    const { statusCode, body } = await post('forgot', { email: address });
    return { statusCode, body, quarters: Math.round((performance.now() - since) / 250) };
  };
  await timed(email);
  const nobody = newAddress();
  const [known, unknown] = [await timed(email), await timed(nobody)];
  expect({ ...known, quarters: 0 }).toEqual({ ...unknown, quarters: 0 });
  expect(Math.abs(known.quarters - unknown.quarters)).toBeLessThanOrEqual(1);
  expect(await mailbox.of(nobody)).toEqual([]);
});

test('a mailbox is not filled by asking again and again', async () => {
  const email = await addPerson();
  await Promise.all(Array.from({ length: 3 }, () => post('forgot', { email })));
  for (let asked = 0; asked < 5; asked += 1) expect((await post('forgot', { email })).statusCode).toBe(200);
  const resets = (await mailbox.of(email)).filter(({ raw }) => raw.includes('Subject: Choose a new password'));
  expect(resets.length).toBeLessThanOrEqual(5);
});

test('a link that is over, another purpose’s, made up or of somebody disabled opens nothing, alike', async () => {
  const email = await addPerson();
  await post('forgot', { email });
  const { token } = await mailbox.link(email);
  const answers = new Map<string, string>();
  const reset = async (name: string, given: string) => {
    const { statusCode, body } = await post('reset', { token: given, new_password: 'new password' });
    answers.set(name, `${statusCode} ${body.replace(/"request_id":"[^"]*"/, '')}`);
  };
  await reset('made up', 'f'.repeat(64));
  const other = newAddress();
  await signUp(other);
  await reset('another purpose', (await mailbox.link(other)).token);
  await login.query('UPDATE users SET disabled_at = now() WHERE email = $1', [email]);
  await reset('disabled', token);
  await login.query('UPDATE users SET disabled_at = NULL WHERE email = $1', [email]);
  await login.query('UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1', [await userId(email)]);
  await reset('over', token);
  expect([...answers.values()][0]).toMatch(/^400 /);
  expect(new Set(answers.values()).size).toBe(1);
  expect(await getsIn(email, password)).toBe(true);
});

test('who signed up with another’s address gets nothing of it: the owner’s link decides on the password', async () => {
  const email = newAddress();
  await signUp(email, { password: 'the attacker’s' });
  // The owner comes later, and is told that there is an account.
  await signUp(email, { password: 'the owner’s' });
  expect((await mailbox.link(email)).path).toBe('/forgot');
  await post('forgot', { email });
  const { token } = await mailbox.link(email);
  await post('reset', { token, new_password: 'the owner’s, chosen' });
  expect(await getsIn(email, 'the attacker’s')).toBe(false);
  expect(await getsIn(email, 'the owner’s, chosen')).toBe(true);
});

test('a person changes their password with the one they have; other sessions and open codes end', async () => {
  const email = await addPerson();
  const id = await userId(email);
  const [mine, other] = [await api.signIn(id), await api.signIn(id)];
  const ask = (session: { access: string }, method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) =>
    api.call(null, {
      method,
      url: `/api/v1${url}`,
      headers: { cookie: session.access },
      ...(payload === undefined ? {} : { payload }),
    });
  const change = { current_password: password, new_password: 'another password' };
  const wrong = await ask(mine, 'POST', '/users/me/password', { ...change, current_password: 'wrong password' });
  expect(wrong.statusCode).toBe(401);
  expect(wrong.headers['www-authenticate']).toBe('Bearer error="wrong_password"');
  const code = (await ask(mine, 'POST', '/auth/pair/start', {})).json<{ code: string }>().code;
  const done = await ask(mine, 'POST', '/users/me/password', change);
  expect(done.json()).toEqual({ success: true, sessions_revoked: 1 });
  expect((await ask(mine, 'GET', '/auth/sessions')).statusCode).toBe(200);
  expect((await ask(other, 'GET', '/auth/sessions')).statusCode).toBe(401);
  expect((await post('pair/redeem', { code })).statusCode).toBe(400);
  expect(await getsIn(email, 'another password')).toBe(true);
  const profile = await ask(mine, 'PATCH', '/users/me', { full_name: ' Ada L. ' });
  expect(profile.json()).toEqual({ id, email, full_name: 'Ada L.', avatar_url: null });
  expect((await ask(mine, 'PATCH', '/users/me', { full_name: '' })).statusCode).toBe(400);
});

test('wrong current passwords close the name as attempts to sign in do', async () => {
  const email = await addPerson();
  const session = await api.signIn(await userId(email));
  const ask = (given: string) =>
    api.call(null, {
      method: 'POST',
      url: '/api/v1/users/me/password',
      headers: { cookie: session.access },
      payload: { current_password: given, new_password: 'another password' },
    });
  expect((await ask('wrong password')).statusCode).toBe(401);
  await login.query(`UPDATE login_attempts SET failures = 49 WHERE origin <> '*'`);
  expect((await ask('wrong password')).statusCode).toBe(401);
  const closed = await ask(password);
  expect([closed.statusCode, closed.json<{ code: string }>().code]).toEqual([429, 'rate_limited']);
});

test('an address may ask for accounts, links and codes only so often', async () => {
  const counts = new Map<string, number>();
  const counter = {
    add: async (key: string) => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return { count: counts.get(key)!, endsInMs: 1_000 };
    },
    known: (key: string) => ({ count: counts.get(key) ?? 0, endsInMs: 1_000 }),
  };
  const limited = await startTestApi({
    ...{ over: api.testDatabase, allowSignup: true, sendsMail: true, publicUrl: PUBLIC_URL },
    attempts: createAttemptLimiter({ counter, perMinute: 2 }),
  });
  const ask = (url: string, payload: object) =>
    limited.call(null, { method: 'POST', url: `/api/v1/auth/${url}`, payload });
  for (const [url, payload, before] of [
    ['signup', { full_name: 'Ada', email: newAddress(), password }, 202],
    ['forgot', { email: newAddress() }, 200],
    ['reset', { token: 'e'.repeat(64), new_password: password }, 400],
    ['pair/redeem', { code: 'ABCD-EFGH' }, 429],
  ] as const) {
    for (const expected of [before, before, 429]) expect((await ask(url, payload)).statusCode, url).toBe(expected);
  }
  await limited.close();
});

let silent: Awaited<ReturnType<typeof startTestApi>>;
beforeAll(async () => {
  silent = await startTestApi({ over: api.testDatabase, allowSignup: true });
  return () => silent.close();
});

test('without mails nothing pretends to be sent: no link is asked for, and who signs up gets in at once', async () => {
  const ask = (url: string, payload: object) =>
    silent.call(null, { method: 'POST', url: `/api/v1/auth/${url}`, payload });
  const known = await addPerson();
  const answers = [];
  for (const email of [known, newAddress()]) {
    const { statusCode, body } = await ask('forgot', { email });
    answers.push(`${statusCode} ${body.replace(/"request_id":"[^"]*"/, '')}`);
  }
  expect(answers[0]).toMatch(/^503 /);
  expect(answers[0]).toBe(answers[1]);
  const email = newAddress();
  const [fresh, again] = [
    await ask('signup', { full_name: 'Ada', email, password }),
    await ask('signup', { full_name: 'Ada', email, password: 'another password' }),
  ];
  expect([fresh.statusCode, fresh.body]).toEqual([202, again.body]);
  expect(await getsIn(email, password)).toBe(true);
  const { rows } = await login.query('SELECT 1 FROM mails WHERE recipient = $1', [email]);
  expect(rows).toEqual([]);
  const owner = await api.addOwner();
  const url = `/api/v1/workspaces/${owner.workspaceId}`;
  const invited = await silent.call(owner.token, {
    ...{ method: 'POST', url: `${url}/invitations`, payload: { email: newAddress() } },
  });
  expect(invited.json()).toMatchObject({ is_mailed: false, invite_url: null });
  const provisioned = await silent.call(owner.token, {
    ...{ method: 'POST', url: `${url}/members/provision`, payload: { email: newAddress() } },
  });
  expect(provisioned.statusCode).toBe(503);
});

test('an instance that nobody signs up to says so and makes nothing', async () => {
  const closed = await startTestApi({ over: api.testDatabase, sendsMail: true, publicUrl: PUBLIC_URL });
  const email = newAddress();
  const answer = await closed.call(null, {
    method: 'POST',
    url: '/api/v1/auth/signup',
    payload: { full_name: 'Ada', email, password },
  });
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'forbidden']);
  expect((await login.query('SELECT 1 FROM users WHERE email = $1', [email])).rows).toEqual([]);
  const status = { method: 'GET', url: '/api/v1/system/setup-status' } as const;
  expect((await closed.call(null, status)).json()).toMatchObject({ allow_signup: false });
  expect((await api.call(null, status)).json()).toMatchObject({ allow_signup: true });
  await closed.close();
});

test('a full license shows in no answer', async () => {
  const full = await startTestApi({
    ...{ over: api.testDatabase, allowSignup: true, sendsMail: true, publicUrl: PUBLIC_URL },
    license: { max_members: 1 },
  });
  const known = await addPerson();
  const email = newAddress();
  const answers = [];
  for (const address of [known, email]) {
    const { statusCode, body } = await full.call(null, {
      method: 'POST',
      url: '/api/v1/auth/signup',
      payload: { full_name: 'Ada', email: address, password },
    });
    answers.push(`${statusCode} ${body}`);
  }
  expect(answers[0]).toBe(answers[1]);
  expect((await login.query('SELECT 1 FROM users WHERE email = $1', [email])).rows).toEqual([]);
  await full.close();
});
