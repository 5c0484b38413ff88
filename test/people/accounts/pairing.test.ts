import { expect, test } from 'vitest';
import { expireIdentity } from '../../../db/people/identity/expire-identity.ts';
import { everyRow } from '../../support/every-row.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
const login = perFile(() => connectOwner(api.testDatabase));

interface Started {
  readonly code: string;
  readonly expires_at: string;
}

const start = (person: Pick<TestUser, 'act'>, hint?: string) =>
  person.act<Started>('/auth/pair/start', hint === undefined ? {} : { adapter_hint: hint });
const redeem = (code: string, hint?: string) =>
  api.call(null, {
    method: 'POST',
    url: '/api/v1/auth/pair/redeem',
    payload: { code, ...(hint === undefined ? {} : { adapter_hint: hint }) },
  });
const poll = (person: TestUser, code: string) => person.get(`/auth/pair/poll?code=${code}`);

test('a program gets its person’s token by a code, once, and the code is stored nowhere', async () => {
  const person = await api.addUser();
  const { code, expires_at } = await start(person, 'CLAUDE_CODE');
  expect(code).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
  expect(await everyRow(login)).not.toContain(code);
  expect(await poll(person, code)).toEqual({ status: 'pending', adapter_hint: 'CLAUDE_CODE', expires_at });
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => redeem(code.toLowerCase().replace('-', ''), 'CLAUDE_CODE')),
  );
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 400, 400, 400, 400]);
  const won = answers.find(({ statusCode }) => statusCode === 200)!.json<{ cli_token: string; user_id: string }>();
  expect(won.user_id).toBe(person.id);
  expect(await poll(person, code)).toMatchObject({ status: 'consumed' });
  const valid = await api.call(won.cli_token, { method: 'GET', url: '/api/v1/auth/cli-token/validate' });
  expect(valid.json()).toMatchObject({ valid: true, user_id: person.id });
});

test('another’s code, one that is over and one that never was read as expired and give nothing', async () => {
  const [person, other] = [await api.addUser(), await api.addUser()];
  const { code } = await start(person);
  const nothing = { status: 'expired', adapter_hint: null, expires_at: null };
  expect(await poll(other, code)).toEqual(nothing);
  expect(await poll(person, 'ABCD-EFGH')).toEqual(nothing);
  expect(await poll(person, 'no code')).toEqual(nothing);
  await login.query(`UPDATE pairing_codes SET expires_at = now() WHERE user_id = $1`, [person.id]);
  expect(await poll(person, code)).toMatchObject({ status: 'expired' });
  const bodies = [];
  for (const tried of [code, 'ABCD-EFGH', 'x']) {
    const answer = await redeem(tried);
    expect(answer.statusCode).toBe(400);
    bodies.push(answer.body.replace(/"request_id":"[^"]*"/, ''));
  }
  expect(new Set(bodies).size).toBe(1);
});

test('codes and links that are long over are deleted', async () => {
  const person = await api.addUser();
  await start(person);
  await login.query(
    `INSERT INTO one_time_tokens (token_hash, purpose, user_id, proves_address, expires_at)
     VALUES (sha256($1), 'reset_password', $2, true, now())`,
    [Buffer.from(person.id), person.id],
  );
  expect(await expireIdentity(api.database)).toMatchObject({ links: 1, codes: 0 });
  await login.query(`UPDATE pairing_codes SET expires_at = now() - interval '2 days' WHERE user_id = $1`, [person.id]);
  expect(await expireIdentity(api.database)).toMatchObject({ links: 0, codes: 1 });
});

test('a token that comes of a token is no wider, and comes only while that one is live', async () => {
  const person = await api.addUser();
  const made = await person.act<{ token: string; id: string }>('/auth/cli-token', {
    scopes: ['crews:read'],
    expires_in_seconds: 3_600,
  });
  const startAs = async () => {
    const answer = await api.call(made.token, { method: 'POST', url: '/api/v1/auth/pair/start', payload: {} });
    return answer.json<Started>().code;
  };
  const [first, second] = [await startAs(), await startAs()];
  const { cli_token: narrow } = (await redeem(first)).json<{ cli_token: string }>();
  const { rows } = await login.query<{ scopes: string[]; lasts: boolean }>(
    `SELECT scopes, expires_at <= now() + interval '1 hour' AS lasts FROM access_tokens
     WHERE name = 'paired' AND user_id = $1`,
    [person.id],
  );
  expect(rows).toEqual([{ scopes: ['crews:read'], lasts: true }]);
  const wider = await api.call(narrow, { method: 'POST', url: '/api/v1/auth/cli-token', payload: {} });
  expect(wider.statusCode).toBe(403);
  await person.delete(`/auth/cli-tokens/${made.id}`);
  expect((await redeem(second)).statusCode).toBe(400);
});

test('a code of a session that was ended, or of somebody disabled, gives nothing', async () => {
  const person = await api.addUser();
  const session = await api.signIn(person.id);
  const asSession = (url: string) =>
    api.call(null, { method: 'POST', url: `/api/v1${url}`, headers: { cookie: session.access }, payload: {} });
  const { code } = (await asSession('/auth/pair/start')).json<Started>();
  await person.act(`/auth/sessions/${session.id}/revoke`);
  expect((await redeem(code)).statusCode).toBe(400);
  const own = await start(person);
  await login.query('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id]);
  expect((await redeem(own.code)).statusCode).toBe(400);
});

test('a code is for the program it was made for, and ten are open at once', async () => {
  const person = await api.addUser();
  const { code } = await start(person, 'CLAUDE_CODE');
  expect((await redeem(code, 'OTHER')).statusCode).toBe(400);
  expect((await redeem(code)).statusCode).toBe(200);
  for (let open = 0; open < 10; open += 1) await start(person);
  const refused = await person.ask('POST', '/auth/pair/start', {});
  expect([refused.status, refused.body.code]).toEqual([429, 'limit_reached']);
});
