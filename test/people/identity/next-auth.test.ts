import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nextAuth, nextAuthJwt } from '../../support/auth-js.ts';
import { startTestApi } from '../../support/test-api.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';
import { type Browser, openBrowser } from './browser.ts';

const HOST = 'crewship.example';
const PAGE = `http://${HOST}/start`;
const EMAIL = 'next@example.com';
const PASSWORD = 'a password of some length';

const api = perFile(() => startTestApi());
const person = perFile(async () => {
  const payload = { full_name: 'Next Person', email: EMAIL, password: PASSWORD };
  const made = await api.call(null, { method: 'POST', url: '/api/v1/bootstrap', payload });
  return { id: made.json<{ user_id: string }>().user_id };
});

/** The browser that next-auth's own code runs in: its window, and its way to the API. */
let browser: Browser;
let page: { location: { href: string; reload(): void } };

beforeEach(() => {
  browser = openBrowser(api, HOST);
  page = { location: { href: PAGE, reload() {} } };
  vi.stubGlobal('window', page);
  // It tells other tabs, of which there are none.
  vi.stubGlobal('BroadcastChannel', undefined);
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    const answer = await browser.send({
      method: (init.method ?? 'GET').toUpperCase() as NonNullable<InjectOptions['method']>,
      url,
      headers: { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin', ...(init.headers as object) },
      ...(init.body instanceof URLSearchParams ? { payload: init.body.toString() } : {}),
    });
    return new Response(answer.body, { status: answer.statusCode });
  });
});
afterEach(() => void vi.unstubAllGlobals());

const signIn = (password: string) =>
  nextAuth.signIn('credentials', { email: EMAIL, password, redirect: false, redirectTo: `${PAGE}?again` });

test('next-auth’s own client signs in, knows its session, and signs out', async () => {
  expect(await nextAuth.getProviders()).toMatchObject({ credentials: { id: 'credentials', type: 'credentials' } });
  expect((await nextAuth.getSession())?.user).toBeUndefined();

  expect(await signIn('something else')).toMatchObject({ error: 'CredentialsSignin', url: null });
  expect(await signIn(PASSWORD)).toMatchObject({ ok: true, error: undefined, url: `${PAGE}?again` });
  const session = await nextAuth.getSession();
  expect(session?.user).toMatchObject({ id: person.id, email: EMAIL });
  expect(new Date(session!.expires!).getTime()).toBeGreaterThan(Date.now());

  expect(await nextAuth.signOut({ redirect: false, redirectTo: PAGE })).toMatchObject({ url: PAGE });
  expect((await nextAuth.getSession())?.user).toBeUndefined();
});

test('it is led on to a path of this instance, and to no other', async () => {
  const leadTo = (redirectTo: string) =>
    nextAuth.signIn('credentials', { email: EMAIL, password: PASSWORD, redirectTo });
  await leadTo(`${PAGE}?there`);
  expect(page.location.href).toBe(`${PAGE}?there`);
  await leadTo('https://evil.example.com/');
  expect(page.location.href).toBe(`http://${HOST}/`);
});

test('next-auth’s own servers read whose session a request’s cookie is', async () => {
  const secret = [...TEST_KEY_RING.secrets('session cookies')];
  await signIn(PASSWORD);
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const read = (text: string) =>
    nextAuthJwt.getToken({ req: { headers: new Headers({ cookie: text }) }, secret, secureCookie: false });
  expect(await read(cookie)).toMatchObject({ sub: person.id, email: EMAIL, kind: 'access' });
  expect(await read('')).toBeNull();
  const [name, value] = [...browser.cookies].find(([key]) => key === 'authjs.session-token')!;
  expect(await read(`${name}=${value.slice(0, -8)}AAAAAAAA`)).toBeNull();
});
