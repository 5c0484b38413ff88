import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { createPasswords } from '../../../platform/crypto/passwords.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { openBrowser, type Browser } from './browser.ts';

const api = perFile(() => startTestApi({ trustedProxies: ['127.0.0.1'] }));
const password = 'correct horse';
let hash: string;

beforeAll(async () => {
  hash = await createPasswords().hash(password);
});

/** Somebody with a password; their e-mail. */
async function addPerson(): Promise<string> {
  const { id } = await api.addUser();
  const row = await api.database.systemTransaction({}, (tx) =>
    tx.one<{ email: string }>(sql`UPDATE users SET password_hash = ${hash} WHERE id = ${id} RETURNING email`),
  );
  return row.email;
}

function attempt(email: string, given: string, from: string, browser: Browser = openBrowser(api)) {
  return browser.signIn({ email, password: given }, { 'x-forwarded-for': from, 'x-auth-return-redirect': '1' });
}

/** So many failures as if they had come one after the other, without what each costs. */
async function failures(email: string, count: number, from: string): Promise<void> {
  await attempt(email, 'wrong password', from);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE login_attempts SET failures = failures + ${count - 1}, blocked_until = NULL
      WHERE last_at = (SELECT max(last_at) FROM login_attempts)`),
  );
}

test('the fiftieth failure closes a name to its network, by its username too, and to no other network', async () => {
  const email = await addPerson();
  await failures(email, 49, '203.0.113.5');
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE login_attempts SET failures = 10 WHERE origin = '*'`),
  );
  expect((await attempt(email, 'wrong password', '203.0.113.5')).json()).toMatchObject({ ok: false });
  for (const name of [email, email.split('@')[0]!]) {
    const closed = await attempt(name, password, '203.0.113.5');
    expect(closed.statusCode).toBe(429);
    expect(closed.json()).toMatchObject({ code: 'rate_limited' });
    expect(Number(closed.headers['retry-after'])).toBeGreaterThan(290);
  }
  expect((await attempt(email, password, '198.51.100.7')).json()).toMatchObject({ ok: true });
  // That the person signed in elsewhere opens nothing here.
  expect((await attempt(email, password, '203.0.113.5')).statusCode).toBe(429);
});

test('an IPv6 network is one place', async () => {
  const email = await addPerson();
  await failures(email, 50, '2001:db8::1');
  await attempt(email, 'wrong password', '2001:db8::2');
  expect((await attempt(email, password, '2001:db8::3')).statusCode).toBe(429);
});

test('failures from everywhere delay strangers for a moment, and never a device that signed in before', async () => {
  const email = await addPerson();
  const known = openBrowser(api);
  expect((await attempt(email, password, '192.0.2.1', known)).json()).toMatchObject({ ok: true });
  await failures(email, 100, '198.51.100.9');
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE login_attempts SET failures = 100 WHERE origin = '*'`),
  );
  expect((await attempt(email, 'wrong password', '198.51.100.10')).json()).toMatchObject({ ok: false });
  const delayed = await attempt(email, password, '198.51.100.11');
  expect(delayed.statusCode).toBe(429);
  expect(Number(delayed.headers['retry-after'])).toBeLessThanOrEqual(30);
  expect((await attempt(email, password, '198.51.100.12', known)).json()).toMatchObject({ ok: true });
  // A mark made for another person exempts from nothing.
  const other = await addPerson();
  const stranger = openBrowser(api);
  await attempt(other, password, '192.0.2.2', stranger);
  expect((await attempt(email, password, '192.0.2.2', stranger)).statusCode).toBe(429);
});

test('a name that nobody has is closed like any other', async () => {
  const email = 'nobody-at-all@example.com';
  await failures(email, 50, '203.0.113.77');
  await attempt(email, 'wrong password', '203.0.113.77');
  expect((await attempt(email, password, '203.0.113.77')).statusCode).toBe(429);
});

test('a success forgets the failures of its own network', async () => {
  const email = await addPerson();
  await failures(email, 15, '203.0.113.90');
  expect((await attempt(email, password, '203.0.113.90')).json()).toMatchObject({ ok: true });
  const left = await api.database.systemReads.any([], sql`SELECT 1 FROM login_attempts WHERE origin = '203.0.113.90'`);
  expect(left).toEqual([]);
});

test('somebody who is disabled is not signed in and is told nothing', async () => {
  const email = await addPerson();
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE users SET disabled_at = now() WHERE email = ${email}`),
  );
  expect((await attempt(email, password, '203.0.113.91')).json()).toMatchObject({ error: 'CredentialsSignin' });
});
