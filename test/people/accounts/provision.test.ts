import { expect, test } from 'vitest';
import { startTestApi } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';
import { openBrowser } from '../identity/browser.ts';
import { openMailbox, PUBLIC_URL } from './mailbox.ts';

const api = perFile(() => startTestApi({ sendsMail: true, publicUrl: PUBLIC_URL }));
const login = perFile(() => connectOwner(api.testDatabase));
const mailbox = perFile(() => openMailbox(api.database));

interface Made {
  readonly user_id: string;
  readonly setup_url: string | null;
  readonly expires_at: string;
}

const reset = (token: string, password: string) =>
  api.call(null, { method: 'POST', url: '/api/v1/auth/reset', payload: { token, new_password: password } });

async function getsIn(email: string, password: string): Promise<boolean> {
  const answer = await openBrowser(api).signIn({ email, password }, { 'x-auth-return-redirect': '1' });
  return answer.json<{ ok: boolean }>().ok;
}

test('a provisioned person gets a mail, chooses a password once, and is a member', async () => {
  const owner = await api.addOwner();
  const email = 'grace@example.com';
  const url = `/workspaces/${owner.workspaceId}/members/provision`;
  const made = await owner.post<Made>(url, { email: 'Grace@Example.com', role: 'MANAGER', full_name: 'Grace Hopper' });
  expect(made).toMatchObject({ email, role: 'MANAGER', created_user: true, setup_url: null, is_mailed: true });
  const inSevenDays = Date.now() + 7 * 24 * 3_600_000;
  expect(Math.abs(Date.parse(made.expires_at) - inSevenDays)).toBeLessThan(60_000);
  const { path, token } = await mailbox.link(email);
  expect(path).toBe('/reset');
  expect(await getsIn(email, 'correct horse')).toBe(false);
  expect((await reset(token, 'correct horse')).statusCode).toBe(200);
  expect((await reset(token, 'another horse')).statusCode).toBe(400);
  expect(await getsIn(email, 'correct horse')).toBe(true);
  const { rows } = await login.query(
    `SELECT email_verified_at IS NOT NULL AS verified, home_workspace_id FROM users WHERE id = $1`,
    [made.user_id],
  );
  expect(rows).toEqual([{ verified: true, home_workspace_id: owner.workspaceId }]);
  const members = await owner.get<object[]>(`/workspaces/${owner.workspaceId}/members`);
  expect(members).toContainEqual(expect.objectContaining({ user_id: made.user_id, role: 'MANAGER' }));
});

test('who has an account is not added unasked, and nobody gives a role that is not below their own', async () => {
  const owner = await api.addOwner();
  const admin = await api.addMember(owner.workspaceId, 'ADMIN');
  const url = `/workspaces/${owner.workspaceId}/members/provision`;
  const stranger = await api.addOwner();
  const { rows } = await login.query<{ email: string }>('SELECT email FROM users WHERE id = $1', [stranger.id]);
  expect(outcome(await owner.ask('POST', url, { email: rows[0]!.email }))).toEqual([409, 'conflict']);
  expect(outcome(await admin.ask('POST', url, { email: 'x1@example.com', role: 'ADMIN' }))).toEqual([403, 'forbidden']);
  expect(outcome(await owner.ask('POST', url, { email: 'x1@example.com', role: 'OWNER' }))).toEqual([403, 'forbidden']);
  expect(outcome(await stranger.ask('POST', url, { email: 'x1@example.com' }))).toEqual([404, 'not_found']);
  const made = await login.query('SELECT 1 FROM users WHERE email = $1', ['x1@example.com']);
  expect(made.rows).toEqual([]);
});

test('of many who provision one address at the same moment one does', async () => {
  const owner = await api.addOwner();
  const url = `/workspaces/${owner.workspaceId}/members/provision`;
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => owner.ask('POST', url, { email: 'once@example.com' })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
});

test('a full license takes nobody in', async () => {
  const owner = await api.addOwner();
  const full = await startTestApi({ over: api.testDatabase, publicUrl: PUBLIC_URL, license: { max_members: 1 } });
  const answer = await full.call(owner.token, {
    method: 'POST',
    url: `/api/v1/workspaces/${owner.workspaceId}/members/provision`,
    payload: { email: 'full@example.com' },
  });
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([402, 'license_limit']);
  expect((await login.query('SELECT 1 FROM users WHERE email = $1', ['full@example.com'])).rows).toEqual([]);
  await full.close();
});

test('without mails the link is shown once to whoever made it, and proves no address', async () => {
  const owner = await api.addOwner();
  const silent = await startTestApi({ over: api.testDatabase, publicUrl: PUBLIC_URL });
  const ask = () =>
    silent.call(owner.token, {
      method: 'POST',
      url: `/api/v1/workspaces/${owner.workspaceId}/members/provision`,
      headers: { 'idempotency-key': 'once' },
      payload: { email: 'shown@example.com' },
    });
  const made = (await ask()).json<Made>();
  expect(made.setup_url).toMatch(/^https:\/\/crewship\.example\/reset\?token=[0-9a-f]{64}$/);
  expect((await ask()).json<Made>()).toEqual({ ...made, setup_url: null });
  const token = new URL(made.setup_url!).searchParams.get('token')!;
  expect((await reset(token, 'correct horse')).statusCode).toBe(200);
  const { rows } = await login.query('SELECT email_verified_at FROM users WHERE id = $1', [made.user_id]);
  expect(rows).toEqual([{ email_verified_at: null }]);
  expect(await mailbox.of('shown@example.com')).toHaveLength(0);
  await silent.close();
});

test('the function that makes accounts serves only a workspace in sight', async () => {
  const owner = await api.addOwner();
  const foreign = await api.addWorkspace();
  const app = await connectApp();
  await app.query(`SELECT set_config('crewship.workspaces', $1, false)`, [owner.workspaceId]);
  const make = (workspaceId: string) =>
    app.query(
      `SELECT crewship_provision_person('p-1', 'p1@example.com', ARRAY['p1'], 'P', $1, sha256('x'), true, 60) AS made`,
      [workspaceId],
    );
  await expect(make(foreign)).rejects.toThrow(/not in sight/);
  expect((await make(owner.workspaceId)).rows).toEqual([{ made: true }]);
  expect((await make(owner.workspaceId)).rows).toEqual([{ made: false }]);
  await expect(app.query('SELECT * FROM one_time_tokens')).rejects.toThrow(/permission denied/);
  await expect(app.query('SELECT * FROM mails')).rejects.toThrow(/permission denied/);
  await app.end();
});

async function connectApp() {
  const { default: pg } = await import('pg');
  const app = new pg.Client(api.testDatabase.appUrl);
  await app.connect();
  return app;
}
