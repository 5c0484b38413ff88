import { beforeAll, beforeEach, expect, test } from 'vitest';
import { resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { placeOf } from '../../../platform/guarded-http/outbound-place.ts';
import { everyRow } from '../../support/every-row.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';
import { PUBLIC_URL } from '../accounts/mailbox.ts';
import { type Browser, openBrowser } from '../identity/browser.ts';
import { CLIENT_ID, CLIENT_SECRET, startIdentityProvider } from './identity-provider.ts';

const PROVIDER = 'example';
const HERE = `/api/v1/auth/sso/${PROVIDER}`;
const idp = perFile(() => startIdentityProvider(`${PUBLIC_URL}${HERE}/callback`));
/** On this machine, as the operator allows. */
const allowed = () => ({ outboundAllowed: [placeOf(idp.issuer)] });
const api = perFile(() => startTestApi({ publicUrl: PUBLIC_URL, allowSignup: true, ...allowed() }));
const login = perFile(() => connectOwner(api.testDatabase));
let operator: TestUser;
let owner: TestOwner;

const settings = (more: object = {}) => ({
  ...{ name: 'Example <b>', issuer: idp.issuer, client_id: CLIENT_ID, client_secret: CLIENT_SECRET },
  ...{ allowed_domains: ['Example.com'], workspace_id: owner.workspaceId, role: 'MEMBER', ...more },
});
const save = (more: object = {}) => operator.put<object>(`/admin/sso-providers/${PROVIDER}`, settings(more));

beforeAll(async () => {
  operator = await api.addUser({ operator: true });
  owner = await api.addOwner();
});
beforeEach(() => save());

let count = 0;
/** Somebody new whom the provider knows. */
function nextPerson(more: object = {}) {
  count += 1;
  idp.signsIn = {
    ...{ sub: `subject-${count}`, email: `sso${count}@example.com`, email_verified: true, name: `Person ${count}` },
    ...more,
  };
  return idp.signsIn;
}

async function begin(browser: Browser, query = ''): Promise<string> {
  const answer = await browser.send({ method: 'GET', url: `${HERE}/start${query}` });
  expect(answer.statusCode).toBe(302);
  return answer.headers.location!;
}

function comeBack(browser: Browser, url: string) {
  expect(url.startsWith(`${PUBLIC_URL}${HERE}/callback`), url).toBe(true);
  return browser.send({ method: 'GET', url: url.slice(PUBLIC_URL.length) });
}

/** Signs in by the provider; where it ends, and the browser. */
async function signIn(query = '') {
  const browser = openBrowser(api);
  const answer = await comeBack(browser, await idp.follow(await begin(browser, query)));
  return { browser, location: answer.headers.location, cookies: [answer.headers['set-cookie'] ?? []].flat() };
}

async function whoIs(browser: Browser): Promise<string | null> {
  const answer = await browser.send({ method: 'GET', url: '/api/auth/session' });
  return answer.json<{ user?: { email: string } }>().user?.email ?? null;
}

test('somebody of the provider’s domains gets an account where its row says, and is known from then on', async () => {
  const { email } = nextPerson();
  const first = await signIn('?callbackUrl=/crews');
  expect(first.location).toBe('/crews');
  expect(await whoIs(first.browser)).toBe(email);
  expect(first.browser.cookies.has('__Secure-crewship.sso')).toBe(false);
  const { rows } = await login.query(
    `SELECT u.full_name, m.workspace_id, m.role, u.email_verified_at IS NOT NULL AS is_verified, u.password_hash,
       u.is_instance_operator FROM users u JOIN memberships m ON m.user_id = u.id WHERE u.email = $1`,
    [email],
  );
  expect(rows).toEqual([
    {
      ...{ full_name: idp.signsIn.name, workspace_id: owner.workspaceId, role: 'MEMBER', is_verified: true },
      ...{ password_hash: null, is_instance_operator: false },
    },
  ]);
  // Known by the subject, whatever becomes of the address there, and though nobody gets an account any more.
  await save({ workspace_id: null, role: null });
  idp.signsIn = { ...idp.signsIn, email: 'elsewhere@other.example', email_verified: false };
  expect(await whoIs((await signIn()).browser)).toBe(email);
  const methods = await login.query(
    `SELECT payload->>'method' AS method FROM journal_entries WHERE entry_type = 'auth.login'`,
  );
  expect(methods.rows).toContainEqual({ method: 'sso' });
});

test('nobody gets an account without a verified address of the domains, or where the row says of no workspace', async () => {
  for (const [more, row, error] of [
    [{ email_verified: false }, {}, 'AccessDenied'],
    [{ email_verified: undefined }, {}, 'AccessDenied'],
    [{ email: undefined }, {}, 'AccessDenied'],
    [{ email: 'x@example.com.evil.example' }, {}, 'AccessDenied'],
    [{ email: 'x@evil.example' }, {}, 'AccessDenied'],
    [{ email: 'x@sub.example.com' }, {}, 'AccessDenied'],
    [{ email: 'not an address' }, {}, 'AccessDenied'],
    [{}, { workspace_id: null, role: null }, 'AccessDenied'],
  ] as const) {
    await save(row);
    nextPerson(more);
    const { location, browser } = await signIn();
    expect(location, JSON.stringify(more)).toBe(`/login?error=${error}`);
    expect(await whoIs(browser)).toBeNull();
  }
  const { rows } = await login.query(
    `SELECT DISTINCT payload->>'reason' AS reason FROM journal_entries WHERE entry_type = 'sso.refused'`,
  );
  expect(rows.map(({ reason }) => reason as string).toSorted()).toEqual([
    'address_unverified',
    'domain_not_allowed',
    'unknown',
  ]);
});

test('an account that exists is linked only by a trusted provider, and only if its own address is confirmed', async () => {
  const add = async (verified: boolean, hash: string | null) => {
    const { email } = nextPerson();
    const { id } = await api.addUser();
    await login.query(
      `UPDATE users SET email = $2, password_hash = $3, email_verified_at = CASE WHEN $4 THEN now() END WHERE id = $1`,
      [id, email, hash, verified],
    );
    return email!;
  };
  const confirmed = await add(true, 'a hash');
  expect((await signIn()).location).toBe('/login?error=OAuthAccountNotLinked');
  await save({ trusts_email: true });
  expect(await whoIs((await signIn()).browser)).toBe(confirmed);
  // Somebody signed up with another's address, without mails: it may be anybody's.
  await add(false, 'the attacker’s');
  expect((await signIn()).location).toBe('/login?error=OAuthAccountNotLinked');
  // Nobody has come in by this one.
  const untouched = await add(false, null);
  expect(await whoIs((await signIn()).browser)).toBe(untouched);
  const waiting = await add(false, 'the attacker’s');
  await login.query('UPDATE users SET awaits_verification = true WHERE email = $1', [waiting]);
  expect(await whoIs((await signIn()).browser)).toBe(waiting);
  const { rows } = await login.query(`SELECT password_hash FROM users WHERE email = $1`, [waiting]);
  expect(rows).toEqual([{ password_hash: null }]);
});

test('somebody disabled does not come in by a provider either', async () => {
  const { email } = nextPerson();
  await signIn();
  await login.query('UPDATE users SET disabled_at = now() WHERE email = $1', [email]);
  expect((await signIn()).location).toBe('/login?error=AccessDenied');
});

test('an answer counts in the browser that asked, once, as it was given', async () => {
  nextPerson();
  const browser = openBrowser(api);
  const back = await idp.follow(await begin(browser));
  const kept = new Map(browser.cookies);
  const refused = async (url: string, cookies = kept) => {
    const other = openBrowser(api);
    for (const [name, value] of cookies) other.cookies.set(name, value);
    const answer = await comeBack(other, url);
    expect(answer.headers.location, url).toBe('/login?error=OAuthCallback');
    expect(other.cookies.has('__Secure-authjs.session-token')).toBe(false);
  };
  const changed = (name: string, value: string | null) => {
    const url = new URL(back);
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
    return url.href;
  };
  // Somebody else's browser: an answer is not planted in it.
  await refused(back, new Map());
  await refused(changed('state', 'another'));
  await refused(changed('state', null));
  await refused(changed('iss', 'https://evil.example'));
  await refused(changed('iss', null));
  await refused(changed('code', 'made-up'));
  await refused(`${PUBLIC_URL}${HERE}/callback?error=access_denied&state=x`);
  // The cookie of another attempt: state, nonce and verifier are not this one's.
  const second = openBrowser(api);
  await begin(second);
  await refused(back, second.cookies);
  const made = new Map([['__Secure-crewship.sso', 'v1:AAAA']]);
  await refused(back, made);
  expect((await comeBack(browser, back)).headers.location).toBe('/login');
  // Used: the code is worth nothing any more, and neither is the cookie that somebody kept.
  await refused(back);
});

test('a browser that began is asked for PKCE, nonce and state, and is led to this instance only', async () => {
  const browser = openBrowser(api);
  const url = new URL(await begin(browser, '?callbackUrl=https://evil.example/'));
  expect(url.origin).toBe(idp.issuer);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    ...{ client_id: CLIENT_ID, response_type: 'code', scope: 'openid email profile', code_challenge_method: 'S256' },
    redirect_uri: `${PUBLIC_URL}${HERE}/callback`,
    state: expect.stringMatching(/.{20}/) as string,
    nonce: expect.stringMatching(/.{20}/) as string,
    code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
  });
  nextPerson();
  for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
    expect((await signIn(`?callbackUrl=${encodeURIComponent(next)}`)).location).toBe('/');
  }
});

test('a provider is the operator’s; its secret is sealed and never shown', async () => {
  const url = `/admin/sso-providers/${PROVIDER}`;
  for (const [method, path] of [
    ['PUT', url],
    ['DELETE', url],
    ['GET', '/admin/sso-providers'],
  ] as const) {
    expect(outcome(await owner.ask(method, path, method === 'PUT' ? settings() : undefined))).toEqual([
      403,
      'forbidden',
    ]);
  }
  expect(await save({ client_secret: undefined, name: 'Renamed' })).toMatchObject({
    ...{ id: PROVIDER, name: 'Renamed', has_client_secret: true, allowed_domains: ['example.com'] },
    callback_url: `${PUBLIC_URL}${HERE}/callback`,
  });
  expect(await everyRow(login)).not.toContain(CLIENT_SECRET);
  expect((await operator.send('GET', '/admin/sso-providers')).body).not.toContain(CLIENT_SECRET);
  expect(await resealSecrets(api.database, TEST_KEY_RING)).toEqual({ resealed: 0, unopened: 0 });
  for (const [field, value] of [
    ['issuer', 'http://login.example.com'],
    ['issuer', 'https://user:pass@login.example.com'],
    ['issuer', 'https://login.example.com?x=1'],
    ['allowed_domains', ['example']],
    ['allowed_domains', []],
    ['workspace_id', null],
    ['role', 'OWNER'],
    ['workspace_id', 'missing-workspace'],
  ] as const) {
    const answer = await operator.ask<{ errors: { path: string }[] }>('PUT', url, settings({ [field]: value }));
    expect(answer.status, `${field} ${String(value)}`).toBe(400);
    expect(answer.body.errors[0]!.path).toContain(field);
  }
});

test('people find the providers, on the page as text, and none that is disabled or gone', async () => {
  const list = async () =>
    (await api.call(null, { method: 'GET', url: '/api/v1/auth/sso/providers' })).json<{ providers: object[] }>()
      .providers;
  const shown = { id: PROVIDER, name: 'Example <b>', type: 'oidc', login_url: `${PUBLIC_URL}${HERE}/start` };
  expect(await list()).toEqual([shown]);
  const { body } = await api.call(null, { method: 'GET', url: '/login' });
  expect(body).toContain(`<a href="${HERE}/start?callbackUrl=%2Flogin">Sign in with Example &lt;b&gt;</a>`);
  await save({ is_enabled: false });
  expect(await list()).toEqual([]);
  expect((await api.call(null, { method: 'GET', url: `${HERE}/start` })).statusCode).toBe(404);
  await operator.delete(`/admin/sso-providers/${PROVIDER}`);
  expect((await api.call(null, { method: 'GET', url: `${HERE}/callback` })).statusCode).toBe(404);
  expect(outcome(await operator.ask('DELETE', `/admin/sso-providers/${PROVIDER}`))).toEqual([404, 'not_found']);
});

test('a provider that does not answer leads back to the sign-in page', async () => {
  await save({ issuer: 'http://127.0.0.1:1' });
  const answer = await api.call(null, { method: 'GET', url: `${HERE}/start` });
  expect(answer.headers.location).toBe('/login?error=Configuration');
});

test('a provider at an address of this network is called only where the operator allows it', async () => {
  let asked = 0;
  const inside = await serve((_request, response) => {
    asked += 1;
    response.end('{}');
  });
  await save({ issuer: inside.url });
  const answer = await api.call(null, { method: 'GET', url: `${HERE}/start` });
  expect(answer.headers.location).toBe('/login?error=Configuration');
  expect(asked).toBe(0);
  await inside.close();
});

test('without a public address nobody is sent to a provider', async () => {
  const plain = await startTestApi({ over: api.testDatabase });
  const list = await plain.call(null, { method: 'GET', url: '/api/v1/auth/sso/providers' });
  expect(list.json()).toEqual({ providers: [] });
  expect((await plain.call(null, { method: 'GET', url: `${HERE}/start` })).statusCode).toBe(404);
  await plain.close();
});

test('a full license takes nobody in, and the journal says why', async () => {
  const full = await startTestApi({
    ...{ over: api.testDatabase, publicUrl: PUBLIC_URL, license: { max_members: 1 }, ...allowed() },
  });
  const { email } = nextPerson();
  const browser = openBrowser(full);
  const answer = await comeBack(browser, await idp.follow(await begin(browser)));
  expect(answer.headers.location).toBe('/login?error=AccessDenied');
  expect((await login.query('SELECT 1 FROM users WHERE email = $1', [email])).rows).toEqual([]);
  const { rows } = await login.query(
    `SELECT 1 FROM journal_entries WHERE entry_type = 'sso.refused' AND payload->>'reason' = 'license_limit'`,
  );
  expect(rows).toHaveLength(1);
  await full.close();
});
