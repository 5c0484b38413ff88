import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { everyRow } from '../../support/every-row.ts';
import { connectOwner } from '../../support/test-database.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
const login = perFile(() => connectOwner(api.testDatabase));
let owner: TestOwner;
let url: string;
beforeEach(async () => {
  owner = await api.addOwner();
  url = `/workspaces/${owner.workspaceId}/invitations`;
});

interface Made {
  readonly id: string;
  readonly token: string;
}

async function emailOf(person: TestUser): Promise<string> {
  const row = await api.database.systemReads.maybeOne<{ email: string }>(
    [],
    sql`SELECT email FROM users WHERE id = ${person.id}`,
  );
  return row!.email;
}

async function invite(role = 'MEMBER'): Promise<Made & { person: TestUser }> {
  const person = await api.addUser();
  const made = await owner.post<Made>(url, { email: (await emailOf(person)).toUpperCase(), role });
  return { ...made, person };
}

const redeem = (person: TestUser, token: string) => person.ask('POST', '/invitations/redeem', { token });

test('a token is shown once, stored nowhere, and makes its person a member once', async () => {
  const { id, token, person } = await invite('MANAGER');
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  const listed = await owner.send('GET', url);
  expect(listed.json()).toMatchObject([{ id, role: 'MANAGER', status: 'pending', inviter: { id: owner.id } }]);
  expect(listed.body).not.toContain(token);
  expect(await everyRow(login)).not.toContain(token);
  expect(await redeem(person, token)).toMatchObject({ status: 200, body: { role: 'MANAGER' } });
  expect((await person.ask('GET', '/crews')).status).toBe(200);
  expect(await redeem(person, token)).toMatchObject({ status: 409, body: { current_status: 'accepted' } });
  expect(await owner.get(url)).toEqual([]);
});

test('of many who redeem one token at the same moment one becomes a member', async () => {
  const { token, person } = await invite();
  const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(person, token)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
});

test('a token that is revoked, too old, another’s or made up makes nobody a member', async () => {
  const revoked = await invite();
  await owner.delete(`${url}/${revoked.id}`);
  expect(await redeem(revoked.person, revoked.token)).toMatchObject({
    status: 409,
    body: { current_status: 'revoked' },
  });
  expect(outcome(await owner.ask('DELETE', `${url}/${revoked.id}`))).toEqual([409, 'wrong_state']);
  const old = await invite();
  await login.query(`UPDATE invitations SET expires_at = now() - interval '1 second' WHERE id = $1`, [old.id]);
  expect(await redeem(old.person, old.token)).toMatchObject({ status: 409, body: { current_status: 'expired' } });
  const foreign = await invite();
  expect(outcome(await redeem(await api.addUser(), foreign.token))).toEqual([403, 'forbidden']);
  expect(outcome(await redeem(foreign.person, '0'.repeat(64)))).toEqual([404, 'not_found']);
  expect(await owner.get<object[]>(`/workspaces/${owner.workspaceId}/members`)).toHaveLength(1);
});

test('an address has one open invitation, and a new one when that ran out', async () => {
  const { id, person } = await invite();
  const email = await emailOf(person);
  expect(outcome(await owner.ask('POST', url, { email }))).toEqual([409, 'conflict']);
  await login.query(`UPDATE invitations SET expires_at = now() WHERE id = $1`, [id]);
  const again = await owner.post<Made>(url, { email });
  expect((await redeem(person, again.token)).status).toBe(200);
  expect(outcome(await owner.ask('POST', url, { email }))).toEqual([409, 'conflict']);
});

test('an ADMIN invites below ADMIN, nobody as OWNER, and a deleted workspace takes nobody in', async () => {
  const admin = await api.addMember(owner.workspaceId, 'ADMIN');
  for (const [caller, role] of [
    [admin, 'ADMIN'],
    [admin, 'OWNER'],
    [owner, 'OWNER'],
  ] as const) {
    expect(outcome(await caller.ask('POST', url, { email: 'x@example.com', role }))).toEqual([403, 'forbidden']);
  }
  const { token, person } = await invite();
  await login.query('UPDATE workspaces SET deleted_at = now() WHERE id = $1', [owner.workspaceId]);
  expect(outcome(await redeem(person, token))).toEqual([404, 'not_found']);
});
