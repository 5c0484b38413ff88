import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { everyRow } from '../../support/every-row.ts';
import { startTestApi, type TestApi, type TestOwner } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi({ adminTokenKey: randomBytes(32).toString('hex') }));
const login = perFile(() => connectOwner(api.testDatabase));
let owner: TestOwner;
beforeEach(async () => {
  owner = await api.addOwner();
});

interface Made {
  readonly id: string;
  readonly token: string;
  readonly tier: string;
  readonly expires_at: string;
}

/** As a person who signed in. */
async function make(userId: string, body: object = {}, by: TestApi = api) {
  const session = await by.signIn(userId);
  return by.call(null, {
    method: 'POST',
    url: '/api/v1/auth/cli-token',
    headers: { cookie: session.access },
    payload: { tier: 'ADMIN', ...body },
  });
}

const ask = (token: string, url: string, method: 'GET' | 'POST' = 'GET') =>
  api.call(token, { method, url: `/api/v1${url}`, ...(method === 'POST' ? { payload: {} } : {}) });

async function uses(tokenId: string): Promise<object[]> {
  const { rows } = await login.query<{ payload: object }>(
    `SELECT payload FROM journal_entries WHERE entry_type = 'auth.admin_token_used' AND target_id = $1 ORDER BY ts`,
    [tokenId],
  );
  return rows.map(({ payload }) => payload);
}

test('an OWNER who signed in gets one for a day; each use is in the journal, and it is stored as a MAC', async () => {
  const made = (await make(owner.id)).json<Made>();
  expect(made).toMatchObject({
    tier: 'ADMIN',
    token: expect.stringMatching(/^crewship_admin_[0-9a-f]{64}$/) as string,
  });
  expect(Math.abs(Date.parse(made.expires_at) - Date.now() - 24 * 3_600_000)).toBeLessThan(60_000);
  expect(await everyRow(login)).not.toContain(made.token);
  expect(await uses(made.id)).toEqual([]);
  expect((await ask(made.token, '/crews')).statusCode).toBe(200);
  expect((await ask(made.token, '/crews?limit=1')).statusCode).toBe(200);
  expect((await ask(made.token, `/workspaces/${owner.workspaceId}`)).statusCode).toBe(200);
  const list = { method: 'GET', route: '/api/v1/crews' };
  expect(await uses(made.id)).toEqual([list, list, { method: 'GET', route: '/api/v1/workspaces/:workspaceId' }]);
  const listed = await owner.get<{ data: Made[] }>('/auth/cli-tokens');
  expect(listed.data).toContainEqual(expect.objectContaining({ id: made.id, tier: 'ADMIN' }));
  await owner.delete(`/auth/cli-tokens/${made.id}`);
  expect((await ask(made.token, '/crews')).statusCode).toBe(401);
});

test('a use that cannot be written is refused', async () => {
  const { token } = (await make(owner.id)).json<Made>();
  await login.query('REVOKE UPDATE ON access_tokens FROM crewship_system');
  try {
    expect((await ask(token, '/crews')).statusCode).toBeGreaterThanOrEqual(500);
  } finally {
    await login.query('GRANT UPDATE ON access_tokens TO crewship_system');
  }
  expect((await ask(token, '/crews')).statusCode).toBe(200);
});

test('it lives between a minute and a week', async () => {
  for (const [seconds, status] of [
    [59, 400],
    [60, 200],
    [604_800, 200],
    [604_801, 400],
  ] as const) {
    expect((await make(owner.id, { expires_in_seconds: seconds })).statusCode, String(seconds)).toBe(status);
  }
  const { token, id } = (await make(owner.id)).json<Made>();
  await login.query('UPDATE access_tokens SET expires_at = now() WHERE id = $1', [id]);
  expect((await ask(token, '/crews')).statusCode).toBe(401);
});

test('it is for an OWNER who signed in, neither for others nor for a token', async () => {
  const admin = await api.addMember(owner.workspaceId, 'ADMIN');
  expect((await make(admin.id)).statusCode).toBe(403);
  const byToken = await owner.ask('POST', '/auth/cli-token', { tier: 'ADMIN' });
  expect([byToken.status, byToken.body.code]).toEqual([403, 'interactive_required']);
});

test('it enters what its person is OWNER of at that moment, and makes no credential', async () => {
  const other = await api.addOwner();
  await api.joinWorkspace(other.workspaceId, owner.id, 'ADMIN');
  const { token } = (await make(owner.id)).json<Made>();
  expect((await ask(token, `/workspaces/${owner.workspaceId}`)).statusCode).toBe(200);
  expect((await ask(token, `/workspaces/${other.workspaceId}`)).statusCode).toBe(404);
  expect((await ask(token, '/auth/cli-token', 'POST')).statusCode).toBe(403);
  expect((await ask(token, '/auth/pair/start', 'POST')).statusCode).toBe(403);
  await login.query(`UPDATE memberships SET role = 'ADMIN' WHERE user_id = $1`, [owner.id]);
  expect((await ask(token, `/workspaces/${owner.workspaceId}`)).statusCode).toBe(401);
});

test('without a key there are none, and a token of another key is none', async () => {
  const { token } = (await make(owner.id)).json<Made>();
  const without = await startTestApi({ over: api.testDatabase });
  expect((await make(owner.id, {}, without)).statusCode).toBe(503);
  expect((await without.call(token, { method: 'GET', url: '/api/v1/crews' })).statusCode).toBe(503);
  const other = await startTestApi({ over: api.testDatabase, adminTokenKey: '0f'.repeat(32) });
  expect((await other.call(token, { method: 'GET', url: '/api/v1/crews' })).statusCode).toBe(401);
  await without.close();
  await other.close();
});
