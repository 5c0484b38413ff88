import { expect, test } from 'vitest';
import { startTestApi } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { perFile } from '../../support/world/per-file.ts';
import { openMailbox, PUBLIC_URL } from '../accounts/mailbox.ts';
import { type Browser, openBrowser } from '../identity/browser.ts';

const api = perFile(() => startTestApi({ allowSignup: true, sendsMail: true, publicUrl: PUBLIC_URL }));
const login = perFile(() => connectOwner(api.testDatabase));
const mailbox = perFile(() => openMailbox(api.database));
const password = 'correct horse battery';

let count = 0;
const newAddress = () => `reader${(count += 1)}@example.com`;

const UNESCAPED: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** The fields that a page's form brings with it. */
function hiddenFields(body: string): Record<string, string> {
  const fields = [...body.matchAll(/<input type="hidden" name="([^"]+)"\s+value="([^"]*)"/g)];
  return Object.fromEntries(
    fields.map(([, name, value]) => [name!, value!.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => UNESCAPED[entity]!)]),
  );
}

/**
 * Opens a page and sends its form as a browser does, which tells nothing of where it comes from but that it is ours.
 */
async function fillIn(browser: Browser, url: string, fields: Record<string, string>, headers: object = {}) {
  const shown = await browser.send({ method: 'GET', url });
  expect(shown.statusCode, shown.body).toBe(200);
  const action = /<form method="post" action="([^"]+)"/.exec(shown.body)![1]!;
  return submit(browser, action, { ...hiddenFields(shown.body), ...fields }, headers);
}

function submit(browser: Browser, url: string, fields: Record<string, string>, headers: object = {}) {
  return browser.send({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'null',
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    payload: new URLSearchParams(fields).toString(),
  });
}

async function addPerson(): Promise<string> {
  const email = newAddress();
  const browser = openBrowser(api);
  await fillIn(browser, '/signup', { full_name: 'Ada Lovelace', email, password });
  const { token } = await mailbox.link(email);
  const verified = await fillIn(browser, `/verify?token=${token}`, {});
  expect(verified.body).toContain('Your address is confirmed');
  return email;
}

test('a page runs no script, takes nothing from elsewhere, and tells nothing of its address', async () => {
  for (const url of ['/login', '/forgot', '/reset?token=x', '/verify?token=x', '/signup', '/invite?token=x']) {
    const { headers, body } = await openBrowser(api).send({ method: 'GET', url });
    expect(headers, url).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(body).not.toMatch(/<script|javascript:|\son\w+=|https?:\/\//i);
  }
});

test('people sign up, confirm, sign in and are led on by forms alone', async () => {
  const email = await addPerson();
  const browser = openBrowser(api);
  const wrong = await fillIn(browser, '/login', { email, password: 'wrong password' });
  expect([wrong.statusCode, wrong.headers.location]).toEqual([302, '/login?error=CredentialsSignin']);
  const told = await browser.send({ method: 'GET', url: '/login?error=CredentialsSignin' });
  expect(told.body).toContain('do not belong together');
  const right = await fillIn(browser, '/login?callbackUrl=%2Fcrews%3Fx%3D1', { email, password });
  expect([right.statusCode, right.headers.location]).toEqual([302, '/crews?x=1']);
  const signedIn = await browser.send({ method: 'GET', url: '/login?callbackUrl=/crews' });
  expect(signedIn.body).toContain(`You are signed in as ${email}`);
  expect(signedIn.body).toContain('href="/crews"');
});

test('nobody is led to another site, whatever the page is asked for', async () => {
  const email = await addPerson();
  for (const callbackUrl of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    const browser = openBrowser(api);
    const answer = await fillIn(browser, `/login?callbackUrl=${encodeURIComponent(callbackUrl)}`, { email, password });
    expect(answer.headers.location, callbackUrl).toBe('/');
    const again = await browser.send({ method: 'GET', url: `/login?callbackUrl=${encodeURIComponent(callbackUrl)}` });
    expect(again.body).toContain('href="/"');
    expect(again.body).not.toContain('evil.example');
  }
});

test('what a page is asked with is text in it', async () => {
  const attack = `"><script>alert(1)</script>`;
  for (const path of ['/reset?token=', '/verify?token=', '/login?error=', '/login?callbackUrl=']) {
    const { body } = await openBrowser(api).send({ method: 'GET', url: `${path}${encodeURIComponent(attack)}` });
    expect(body, path).not.toContain('<script');
  }
  const browser = openBrowser(api);
  const answer = await fillIn(browser, '/signup', { full_name: attack, email: attack, password: 'x' });
  expect(answer.statusCode).toBe(400);
  expect(answer.body).not.toContain('<script');
  expect(answer.body).toContain('&lt;script&gt;');
});

test('a program that looks into mails opens each link and uses none up', async () => {
  const email = newAddress();
  await fillIn(openBrowser(api), '/signup', { full_name: 'Ada', email, password });
  const verify = await mailbox.link(email);
  const scan = async ({ path, token }: { path: string; token: string }) => {
    for (const method of ['GET', 'HEAD', 'GET'] as const) {
      const { statusCode } = await api.call(null, { method, url: `${path}?token=${token}` });
      expect([200, 404], method).toContain(statusCode);
    }
  };
  await scan(verify);
  const confirmed = await fillIn(openBrowser(api), `/verify?token=${verify.token}`, {});
  expect(confirmed.statusCode).toBe(200);
  await fillIn(openBrowser(api), '/forgot', { email });
  const reset = await mailbox.link(email);
  await scan(reset);
  const browser = openBrowser(api);
  const short = await fillIn(browser, `/reset?token=${reset.token}`, { new_password: 'short' });
  expect([short.statusCode, hiddenFields(short.body).token]).toEqual([400, reset.token]);
  const done = await submit(browser, '/reset', { ...hiddenFields(short.body), new_password: 'another password' });
  expect([done.statusCode, done.body.includes('Your password is set')]).toEqual([200, true]);
  const again = await fillIn(browser, `/reset?token=${reset.token}`, { new_password: 'one more password' });
  expect([again.statusCode, again.body.includes('used already')]).toEqual([400, true]);
  const signedIn = await fillIn(openBrowser(api), '/login', { email, password: 'another password' });
  expect(signedIn.headers.location).toBe('/login');
});

test('a form that another site sends, or without this browser’s token, does nothing', async () => {
  const email = await addPerson();
  await fillIn(openBrowser(api), '/forgot', { email });
  const { token } = await mailbox.link(email);
  const browser = openBrowser(api);
  const fields = { ...hiddenFields((await browser.send({ method: 'GET', url: `/reset?token=${token}` })).body) };
  const next = { ...fields, new_password: 'another password' };
  for (const [sent, headers] of [
    [{ ...next, csrfToken: 'f'.repeat(64) }, {}],
    [{ token, new_password: 'another password' }, {}],
    [next, { origin: 'https://evil.example' }],
    [next, { 'sec-fetch-site': 'cross-site' }],
    [next, { 'sec-fetch-site': 'same-site' }],
  ] as const) {
    const answer = await submit(browser, '/reset', sent as Record<string, string>, headers);
    expect(answer.statusCode, JSON.stringify(headers)).toBe(403);
    expect(answer.body).not.toContain(token);
  }
  // Of another browser, with its own cookie.
  expect((await submit(openBrowser(api), '/reset', next)).statusCode).toBe(403);
  expect((await submit(browser, '/reset', next)).statusCode).toBe(200);
});

test('an invitation is shown to who holds it, and joined by who is signed in with its address', async () => {
  const owner = await api.addOwner();
  const url = `/workspaces/${owner.workspaceId}/invitations`;
  const email = await addPerson();
  await owner.post(url, { email, role: 'MANAGER' });
  const { path, token } = await mailbox.link(email);
  const here = `${path}?token=${token}`;
  const browser = openBrowser(api);
  const stranger = await browser.send({ method: 'GET', url: here });
  expect(stranger.body).toContain(`href="/login?callbackUrl=${encodeURIComponent(here)}"`);
  const signIn = await fillIn(browser, `/login?callbackUrl=${encodeURIComponent(here)}`, { email, password });
  expect(signIn.headers.location).toBe(here);
  const joined = await fillIn(browser, here, {});
  expect([joined.statusCode, joined.body.includes('You are a member')]).toEqual([200, true]);
  expect((await browser.send({ method: 'GET', url: here })).statusCode).toBe(404);
  const { rows } = await login.query(
    `SELECT m.role FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = $1 AND u.email = $2`,
    [owner.workspaceId, email],
  );
  expect(rows).toEqual([{ role: 'MANAGER' }]);
});

test('an invitation is joined neither by another nor without signing in, but with a new account', async () => {
  const owner = await api.addOwner();
  const email = newAddress();
  await owner.post(`/workspaces/${owner.workspaceId}/invitations`, { email });
  const { token } = await mailbox.link(email);
  const here = `/invite?token=${token}`;
  const other = openBrowser(api);
  await fillIn(other, '/login', { email: await addPerson(), password });
  const shown = await other.send({ method: 'GET', url: here });
  expect(shown.body).toContain(`the invitation is for ${email}`);
  const { csrfToken } = hiddenFields((await other.send({ method: 'GET', url: '/forgot' })).body);
  expect((await submit(other, '/invite', { csrfToken: csrfToken!, token })).statusCode).toBe(403);
  const nobody = openBrowser(api);
  const field = hiddenFields((await nobody.send({ method: 'GET', url: here })).body);
  const anonymous = await submit(nobody, '/invite', { csrfToken: field.csrfToken!, token });
  expect(anonymous.statusCode).toBe(401);
  expect((await fillIn(nobody, here, { full_name: 'Grace', password })).statusCode).toBe(200);
  const members = await owner.get<{ user: { email: string } }[]>(`/workspaces/${owner.workspaceId}/members`);
  expect(members.map(({ user }) => user.email)).toContain(email);
});

test('without mails and sign-ups the pages say so', async () => {
  const silent = await startTestApi({ over: api.testDatabase, publicUrl: PUBLIC_URL });
  const show = async (url: string) => {
    const { statusCode, body } = await silent.call(null, { method: 'GET', url });
    return [statusCode, /<p>([^<]*)/.exec(body)?.[1] ?? ''];
  };
  expect(await show('/forgot')).toEqual([503, 'This instance sends no mails. Ask an administrator for help.']);
  expect((await show('/signup'))[0]).toBe(403);
  const { body } = await silent.call(null, { method: 'GET', url: '/login' });
  expect(body).not.toMatch(/\/forgot|\/signup/);
  await silent.close();
});
