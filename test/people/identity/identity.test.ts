import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { startTestApi, type TestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

let token: string;
let workspaceId: string;

const first = { full_name: 'Ada Lovelace', email: 'Ada@Example.com', password: 'correct horse' };

const api = perFile(() => startTestApi());

function get(url: string, as: string | null = token) {
  return api.call(as, { method: 'GET', url });
}

test('an empty instance says so, and refuses a bad first user without making anyone', async () => {
  expect((await get('/api/v1/system/setup-status', null)).json()).toEqual({
    needs_bootstrap: true,
    allow_signup: false,
  });
  const bad: [object, string][] = [
    [{ ...first, full_name: 'A' }, 'full_name'],
    [{ ...first, email: 'nobody' }, 'email'],
    [{ ...first, password: 'short' }, 'password'],
    [{ ...first, password: 'ü'.repeat(1_025) }, 'password'],
    [{ ...first, admin: true }, 'admin'],
  ];
  for (const [payload, path] of bad) {
    const response = await api.call(null, { method: 'POST', url: '/api/v1/bootstrap', payload });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ errors: { path: string }[] }>().errors[0]!.path).toBe(path);
  }
  expect((await get('/api/v1/system/setup-status', null)).json()).toMatchObject({ needs_bootstrap: true });
});

test('from another machine the first user is made with the operator’s set-up token only', async () => {
  const setupToken = 'the operator’s own words';
  const [closed, guarded] = [await startTestApi(), await startTestApi({ firstUser: { isOpen: false, setupToken } })];
  const bootstrap = (of: TestApi, from: { remoteAddress?: string; headers?: Record<string, string> }, more = {}) =>
    of.server.inject({ method: 'POST', url: '/api/v1/bootstrap', payload: { ...first, ...more }, ...from });
  const elsewhere = { remoteAddress: '192.0.2.7' };
  // A proxy on this machine brings anybody.
  const proxied = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'].map((name) => ({
    headers: { [name]: '127.0.0.1' },
  }));
  for (const of of [closed, guarded]) {
    for (const from of [elsewhere, { remoteAddress: '::ffff:192.0.2.7' }, ...proxied]) {
      const answer = await bootstrap(of, from);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'forbidden']);
      expect((await bootstrap(of, from, { setup_token: 'another one’s' })).statusCode).toBe(403);
    }
  }
  expect((await bootstrap(guarded, {}, { setup_token: `${setupToken} ` })).statusCode).toBe(403);
  expect((await bootstrap(guarded, elsewhere, { setup_token: setupToken })).statusCode).toBe(201);
  expect((await bootstrap(closed, { remoteAddress: '::1' })).statusCode).toBe(201);
  await Promise.all([closed.close(), guarded.close()]);
});

test('of twenty simultaneous bootstraps one succeeds and nineteen are gone', async () => {
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      api.call(null, {
        method: 'POST',
        url: '/api/v1/bootstrap',
        payload: index === 0 ? first : { ...first, email: `other-${index}@example.com` },
      }),
    ),
  );
  const statuses = responses.map((response) => response.statusCode).toSorted();
  expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 410)]);
  const winner = responses.find((response) => response.statusCode === 201)!;
  const answer = winner.json<{ user_id: string; email: string; workspace_id: string; cli_token: string }>();
  expect(Object.keys(answer)).toEqual(['user_id', 'email', 'workspace_id', 'cli_token']);
  expect(answer.email).toMatch(/^[a-z0-9@.-]+$/);
  token = answer.cli_token;
  workspaceId = answer.workspace_id;
  expect(token).toMatch(/^crewship_cli_[0-9a-f]{64}$/);
  const counted = await api.database.systemReads.any([], sql`SELECT count(*) AS users FROM users`);
  expect(counted).toEqual([{ users: 1 }]);
});

test('the first user is the instance operator and OWNER of a workspace in their name', async () => {
  const [workspace] = (await get('/api/v1/workspaces')).json<object[]>();
  expect(workspace).toMatchObject({
    id: workspaceId,
    name: "Ada Lovelace's Workspace",
    slug: 'ada-lovelaces-workspace',
    currentUserRole: 'OWNER',
    _count: { crews: 0, agents: 0, members: 1 },
  });
  expect((await get('/api/v1/hosts')).statusCode).toBe(200);
  const { entries } = (await get('/api/v1/journal')).json<{ entries: { entry_type: string; target_type: string }[] }>();
  expect(entries.map((entry) => entry.target_type).toSorted()).toEqual(['cli_token', 'user', 'workspace']);
  const [user] = await api.database.systemReads.any<{ password_hash: string }>(
    [],
    sql`SELECT password_hash FROM users`,
  );
  expect(user!.password_hash).toMatch(/^\$argon2id\$/);
});

test('a token is shown once, listed without its secret, validated, and revoked at once', async () => {
  const made = await api.call(token, { method: 'POST', url: '/api/v1/auth/cli-token', payload: { name: 'laptop' } });
  expect(made.statusCode).toBe(200);
  const second = made.json<{ token: string; id: string }>();
  expect((await get('/api/v1/auth/cli-token/validate', second.token)).json()).toMatchObject({ valid: true });
  const list = await get('/api/v1/auth/cli-tokens');
  expect(list.body).not.toContain('crewship_cli_');
  expect(list.json<{ data: { name: string }[] }>().data.map((row) => row.name)).toEqual(['laptop', 'bootstrap']);
  const revoked = await api.call(token, { method: 'DELETE', url: `/api/v1/auth/cli-tokens/${second.id}` });
  expect(revoked.statusCode).toBe(204);
  expect((await get('/api/v1/auth/cli-token/validate', second.token)).statusCode).toBe(401);
  expect((await api.call(token, { method: 'DELETE', url: `/api/v1/auth/cli-tokens/${second.id}` })).statusCode).toBe(
    404,
  );
});

test('a token made with a token is never wider: scopes and expiry', async () => {
  const narrow = await api.call(token, {
    method: 'POST',
    url: '/api/v1/auth/cli-token',
    payload: { scopes: ['crews:write', 'journal:read'], expires_in_seconds: 3_600 },
  });
  const parent = narrow.json<{ token: string; expires_at: string }>();
  const make = (payload: object) => api.call(parent.token, { method: 'POST', url: '/api/v1/auth/cli-token', payload });
  expect((await make({})).statusCode).toBe(403);
  expect((await make({ scopes: ['*'] })).statusCode).toBe(403);
  expect((await make({ scopes: ['teapots:read'] })).statusCode).toBe(400);
  const child = await make({ scopes: ['crews:read'], expires_in_seconds: 86_400 });
  expect(child.json<{ expires_at: string }>().expires_at).toBe(parent.expires_at);
});

test('workspaces are created by anyone, changed by their ADMINs, and slugs are unique', async () => {
  const make = (slug: string) =>
    api.call(token, { method: 'POST', url: '/api/v1/workspaces', payload: { name: 'Second', slug } });
  const second = (await make('second')).json<{ id: string; currentUserRole: string }>();
  expect(second.currentUserRole).toBe('OWNER');
  expect((await make('second')).json()).toMatchObject({ status: 409, errors: [{ path: 'slug' }] });
  expect((await make('me')).statusCode).toBe(400);
  expect((await get('/api/v1/crews?workspace_id=second')).statusCode).toBe(200);
  expect((await get(`/api/v1/workspaces/${workspaceId}?workspace_id=second`)).statusCode).toBe(400);
  const patch = (payload: object) => api.call(token, { method: 'PATCH', url: '/api/v1/workspaces/second', payload });
  expect((await patch({ name: 'Renamed', preferred_language: 'de' })).json()).toMatchObject({
    name: 'Renamed',
    preferred_language: 'de',
  });
  expect((await patch({ preferred_language: '' })).json()).toMatchObject({ preferred_language: null });
  expect((await patch({ slug: 'ada-lovelaces-workspace' })).statusCode).toBe(409);
  const members = await get('/api/v1/workspaces/second/members');
  expect(members.headers['x-total-count']).toBe('1');
  expect(members.json()).toMatchObject([{ role: 'OWNER', user: { full_name: 'Ada Lovelace' } }]);
});

test('someone with two workspaces and no home must name one', async () => {
  const other = await api.addMember(workspaceId, 'VIEWER');
  await other.send('POST', '/api/v1/workspaces', { name: 'Third', slug: 'third' });
  expect((await get('/api/v1/crews', other.token)).json()).toMatchObject({ status: 400, code: 'workspace_required' });
  const named = await api.call(other.token, {
    method: 'GET',
    url: '/api/v1/crews',
    headers: { 'x-workspace-id': 'third' },
  });
  expect(named.statusCode).toBe(200);
});
