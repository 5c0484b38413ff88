import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { type Query, sql } from '../../../db/kernel/sql.ts';
import { ROLES, roleAllows } from '../../../domain/kernel/access/authority.ts';
import { scopesBeyond } from '../../../domain/people/identity/scope-reach.ts';
import { everyRow } from '../../support/every-row.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { perFile } from '../../support/world/per-file.ts';
import { bearer } from './program.ts';

interface Key {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
  readonly workspace_id: string;
}
interface KeyList {
  readonly items: readonly Record<string, unknown>[];
  readonly total: number;
}

const api = perFile(() => startTestApi());
let ada: TestOwner;
beforeAll(async () => {
  ada = await api.addOwner();
});

const KEYS = '/api/v1/auth/api-keys';

/** Asks as somebody who signed in. */
async function ask(user: TestUser, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, headers = {}) {
  const { jwt } = await api.signIn(user.id);
  const body = payload === undefined ? {} : { payload };
  return api.call(jwt, { method, url, headers, ...body });
}

async function makeKey(user: TestUser, payload: object = {}): Promise<Key> {
  const answer = await ask(user, 'POST', KEYS, { name: 'Key', ...payload });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json<Key>();
}

const shown = (key: string) => ({ 'x-crewos-api-key': key });
const get = (key: string, url: string) => api.call(null, { method: 'GET', url, headers: shown(key) });
const post = (key: string, url: string, payload: object = {}) =>
  api.call(null, { method: 'POST', url, headers: shown(key), payload });

test('a key is shown once, stored as its hash, and opens by its header and as a bearer', async () => {
  const made = await makeKey(ada, { name: 'Deploys', scopes: ['crews:read', 'auth:read'] });
  expect(made).toMatchObject({ name: 'Deploys', workspace_id: ada.workspaceId, scopes: ['crews:read', 'auth:read'] });
  expect(made.key).toMatch(new RegExp(`^crewos_${made.id}_[0-9a-f]{64}$`));
  expect(made.prefix).toBe(`crewos_${made.id}`);
  for (const headers of [shown(made.key), bearer(made.key)] as Record<string, string>[]) {
    const me = await api.call(null, { method: 'GET', url: '/api/v1/auth/me', headers });
    expect(me.json()).toMatchObject({
      ...{ id: ada.id, role: 'OWNER', workspace_id: ada.workspaceId, scopes: ['crews:read', 'auth:read'] },
      ...{ auth_method: 'api_key', api_key_id: made.id },
    });
  }
  const listed = await ask(ada, 'GET', KEYS);
  expect(listed.json<KeyList>()).toMatchObject({ total: 1, limit: 50, offset: 0 });
  expect(Object.keys(listed.json<KeyList>().items[0]!)).not.toContain('key');
  expect(listed.body).not.toContain(made.key);
  const login = await connectOwner(api.testDatabase);
  const { rows } = await login.query<{ hash: Buffer }>('SELECT hash FROM access_tokens WHERE id = $1', [made.id]);
  expect(rows[0]!.hash).toEqual(createHash('sha256').update(made.key).digest());
  expect(await everyRow(login)).not.toContain(made.key.split('_').at(-1));
  await login.close();
});

test('a write that is repeated under its key makes one, and says its secret once', async () => {
  const headers = { 'idempotency-key': 'make-one' };
  const first = await ask(ada, 'POST', KEYS, { name: 'Once' }, headers);
  const second = await ask(ada, 'POST', KEYS, { name: 'Once' }, headers);
  expect(first.json<Key>().key).toMatch(/^crewos_/);
  expect(second.headers['idempotent-replayed']).toBe('true');
  expect(second.json()).toEqual({ ...first.json<Key>(), key: null });
});

test('what is wrong with a key that is asked for is named by its field', async () => {
  for (const [payload, path] of [
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'K', scopes: [] }, 'scopes'],
    [{ name: 'K', scopes: ['teapots:read'] }, 'scopes.0'],
    [{ name: 'K', scopes: Array.from({ length: 51 }, () => 'crews:read') }, 'scopes'],
    [{ name: 'K', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'K', expires_at: 'tomorrow' }, 'expires_at'],
    [{ name: 'K', admin: true }, 'admin'],
  ] as const) {
    const answer = await ask(ada, 'POST', KEYS, payload);
    expect(answer.statusCode, JSON.stringify(payload)).toBe(400);
    expect(answer.json<{ errors: { path: string }[] }>().errors.map((error) => error.path)).toContain(path);
  }
  const other = await api.addOwner();
  const answers = [];
  for (const workspace_id of [other.workspaceId, 'no-such-workspace']) {
    const answer = await ask(ada, 'POST', KEYS, { name: 'K', workspace_id });
    answers.push({ ...answer.json<object>(), request_id: null });
  }
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]).toMatchObject({ status: 404, detail: 'workspace not found' });
  const loner = await api.addUser();
  expect((await ask(loner, 'POST', KEYS, { name: 'K' })).json()).toMatchObject({ code: 'workspace_required' });
});

test('of several workspaces a key is for the one that is named, and enters no other', async () => {
  const bob = await api.addOwner();
  await api.joinWorkspace(ada.workspaceId, bob.id, 'MEMBER');
  expect((await ask(bob, 'POST', KEYS, { name: 'K' })).json()).toMatchObject({ code: 'workspace_required' });
  const { key, workspace_id } = await makeKey(bob, { workspace_id: bob.workspaceId });
  expect(workspace_id).toBe(bob.workspaceId);
  expect((await get(key, '/api/v1/auth/me')).json()).toMatchObject({ role: 'OWNER', workspace_id: bob.workspaceId });
  expect((await get(key, `/api/v1/crews?workspace_id=${ada.workspaceId}`)).json()).toMatchObject({ status: 404 });
  expect((await get(key, '/api/v1/workspaces')).json()).toMatchObject([{ id: bob.workspaceId }]);
  expect((await get(key, `/api/v1/workspaces/${ada.workspaceId}`)).statusCode).toBe(404);
});

test('keys and CLI tokens manage no keys, and keys no CLI tokens, workspaces or memberships', async () => {
  const { key, id } = await makeKey(ada);
  for (const by of [bearer(key), shown(key), bearer(ada.token)] as Record<string, string>[]) {
    for (const [method, url] of [
      ['GET', KEYS],
      ['POST', KEYS],
      ['DELETE', `${KEYS}/${id}`],
      ['POST', '/api/v1/auth/logout'],
      ['POST', '/api/v1/auth/logout-all'],
    ] as const) {
      const body = method === 'POST' ? { payload: url === KEYS ? { name: 'More' } : {} } : {};
      const answer = await api.call(null, { method, url, headers: by, ...body });
      expect(answer.json(), `${method} ${url}`).toMatchObject({ status: 403, code: 'interactive_required' });
    }
  }
  for (const [method, url] of [
    ['GET', '/api/v1/auth/cli-tokens'],
    ['POST', '/api/v1/auth/cli-token'],
    ['DELETE', '/api/v1/auth/cli-tokens/cany'],
    ['POST', '/api/v1/workspaces'],
    ['POST', '/api/v1/invitations/redeem'],
  ] as const) {
    const answer = await api.call(null, {
      method,
      url,
      headers: shown(key),
      ...(method === 'POST' && { payload: {} }),
    });
    expect(answer.json(), `${method} ${url}`).toMatchObject({ status: 403, code: 'forbidden' });
  }
  expect((await get(key, '/api/v1/auth/cli-token/validate')).json()).toMatchObject({ valid: true, user_id: ada.id });
});

test('scopes narrow what a key does, on reads too, and never widen its maker’s role', async () => {
  const reader = await makeKey(ada, { scopes: ['crews:read'] });
  expect((await get(reader.key, '/api/v1/crews')).statusCode).toBe(200);
  expect((await post(reader.key, '/api/v1/crews', { name: 'No', slug: 'no' })).json()).toMatchObject({ status: 403 });
  expect((await get(reader.key, '/api/v1/journal')).json()).toMatchObject({
    status: 403,
    detail: 'the token lacks the scope journal:read',
  });
  const writer = await makeKey(ada, { scopes: ['crews:*'] });
  expect((await post(writer.key, '/api/v1/crews', { name: 'By key', slug: 'by-key' })).statusCode).toBe(201);
  const viewer = await api.addMember(ada.workspaceId, 'VIEWER');
  const refused = await ask(viewer, 'POST', KEYS, { name: 'K', scopes: ['crews:read', 'crews:write', 'admin:*'] });
  expect(refused.json()).toMatchObject({
    ...{ status: 403, code: 'forbidden' },
    detail: 'scopes: the role VIEWER has nothing of crews:write, admin:*',
  });
  const whole = await makeKey(viewer, { scopes: ['*'] });
  expect((await get(whole.key, '/api/v1/crews')).statusCode).toBe(200);
  expect((await post(whole.key, '/api/v1/crews', { name: 'No', slug: 'no' })).statusCode).toBe(403);
});

test('no scope is beyond a role that some route with it is open to', () => {
  for (const { authority, operationId } of api.routes) {
    if (authority.access !== 'member' || authority.scope === undefined) continue;
    for (const role of ROLES.filter((one) => roleAllows(one, authority))) {
      const beyond = scopesBeyond([authority.scope], { role, capabilities: null, crewRoles: [] });
      expect(beyond, `${operationId} as ${role}`).toEqual([]);
    }
    if (authority.capability === undefined) continue;
    const capable = { role: 'VIEWER', capabilities: [authority.capability], crewRoles: [] } as const;
    expect(scopesBeyond([authority.scope], capable), operationId).toEqual([]);
  }
});

test('a key does what its maker may do now: demoted, removed, back, disabled', async () => {
  const manager = await api.addMember(ada.workspaceId, 'MANAGER');
  const { key } = await makeKey(manager, { scopes: ['crews:write', 'auth:read'] });
  const make = (slug: string) => post(key, '/api/v1/crews', { name: 'Crew', slug });
  expect((await make('while-manager')).statusCode).toBe(201);
  const members = await ada.send('GET', `/api/v1/workspaces/${ada.workspaceId}/members`);
  const { id: memberId } = members
    .json<{ id: string; user_id: string }[]>()
    .find(({ user_id }) => user_id === manager.id)!;
  const member = `/api/v1/workspaces/${ada.workspaceId}/members/${memberId}`;
  expect((await ada.send('PATCH', member, { role: 'VIEWER' })).statusCode).toBe(200);
  expect((await make('when-viewer')).statusCode).toBe(403);
  expect((await get(key, '/api/v1/auth/me')).json()).toMatchObject({ role: 'VIEWER' });
  expect((await api.call(ada.token, { method: 'DELETE', url: member })).statusCode).toBeLessThan(300);
  for (const url of ['/api/v1/auth/me', '/api/v1/workspaces', '/api/v1/crews']) {
    const answer = await get(key, url);
    expect(answer.statusCode, url).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  }
  await api.joinWorkspace(ada.workspaceId, manager.id, 'MEMBER');
  expect((await get(key, '/api/v1/auth/me')).json()).toMatchObject({ role: 'MEMBER' });
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE users SET disabled_at = now() WHERE id = ${manager.id}`),
  );
  const fresh = await startTestApi({ over: api.testDatabase });
  const locked = await fresh.call(null, { method: 'GET', url: '/api/v1/auth/me', headers: shown(key) });
  expect(locked.statusCode).toBe(401);
  await fresh.close();
});

test('a key of a workspace that is gone, or past its time, is none', async () => {
  const bob = await api.addOwner();
  const { key, id } = await makeKey(bob, { expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  expect((await get(key, '/api/v1/crews')).statusCode).toBe(200);
  const set = async (statement: Query) => {
    await api.database.systemTransaction({}, (tx) => tx.execute(statement));
    const fresh = await startTestApi({ over: api.testDatabase });
    const { statusCode } = await fresh.call(null, { method: 'GET', url: '/api/v1/crews', headers: shown(key) });
    await fresh.close();
    return statusCode;
  };
  expect(await set(sql`UPDATE access_tokens SET expires_at = now() WHERE id = ${id}`)).toBe(401);
  expect(await set(sql`UPDATE access_tokens SET expires_at = NULL WHERE id = ${id}`)).toBe(200);
  expect(await set(sql`UPDATE workspaces SET deleted_at = now() WHERE id = ${bob.workspaceId}`)).toBe(401);
});

test('a key is revoked at once, by its owner alone, and listed only when asked for', async () => {
  const eve = await api.addOwner();
  const [first, second] = [await makeKey(eve), await makeKey(eve)];
  expect((await get(first.key, '/api/v1/crews')).statusCode).toBe(200);
  const foreign = await ask(ada, 'DELETE', `${KEYS}/${first.id}`);
  const missing = await ask(ada, 'DELETE', `${KEYS}/cmissing`);
  expect(foreign.json()).toMatchObject({ status: 404, detail: 'API key not found' });
  expect({ ...missing.json<object>(), instance: null, request_id: null }).toEqual({
    ...foreign.json<object>(),
    ...{ instance: null, request_id: null },
  });
  expect((await get(first.key, '/api/v1/crews')).statusCode).toBe(200);
  expect((await ask(eve, 'DELETE', `${KEYS}/${first.id}`)).statusCode).toBe(204);
  expect((await get(first.key, '/api/v1/crews')).statusCode).toBe(401);
  expect((await get(second.key, '/api/v1/crews')).statusCode).toBe(200);
  expect((await ask(eve, 'DELETE', `${KEYS}/${first.id}`)).statusCode).toBe(404);
  const ids = async (query: string) =>
    (await ask(eve, 'GET', `${KEYS}${query}`)).json<KeyList>().items.map(({ id }) => id);
  expect(await ids('')).toEqual([second.id]);
  expect(await ids('?include_revoked=true')).toEqual([second.id, first.id]);
  expect(await ids('?include_revoked=true&limit=1&offset=1')).toEqual([first.id]);
  expect((await ask(eve, 'GET', `${KEYS}?offset=5`)).json()).toMatchObject({ items: [], total: 1 });
  // A CLI token is none of the keys, nor a key one of the tokens.
  const tokens = await eve.send('GET', '/api/v1/auth/cli-tokens');
  expect(tokens.body).not.toContain(second.id);
  const [token] = tokens.json<{ data: { id: string }[] }>().data;
  expect((await ask(eve, 'DELETE', `${KEYS}/${token!.id}`)).statusCode).toBe(404);
  const other = await eve.send('DELETE', `/api/v1/auth/cli-tokens/${second.id}`);
  expect(other.statusCode).toBe(404);
  const entries = await eve.send('GET', '/api/v1/journal');
  const types = entries.json<{ entries: { entry_type: string; target_id: string }[] }>().entries;
  expect(
    types
      .filter((entry) => entry.target_id === first.id)
      .map((entry) => entry.entry_type)
      .toSorted(),
  ).toEqual(['api_key.created', 'api_key.revoked']);
});

test('a person has at most fifty live keys, however many are asked for at once', async () => {
  const eve = await api.addOwner();
  const { jwt } = await api.signIn(eve.id);
  await makeKey(eve);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`
      INSERT INTO access_tokens (id, kind, name, user_id, workspace_id, hash, prefix)
      SELECT 'ckey' || n, 'api_key', 'Key', ${eve.id}, ${eve.workspaceId}, sha256(('key' || n)::bytea), 'crewos_ckey'
      FROM generate_series(1, 46) n`),
  );
  const asked = Array.from({ length: 8 }, () =>
    api.call(jwt, { method: 'POST', url: KEYS, payload: { name: 'At once' } }),
  );
  const statuses = (await Promise.all(asked)).map(({ statusCode }) => statusCode).toSorted();
  expect(statuses).toEqual([201, 201, 201, 409, 409, 409, 409, 409]);
  await ask(eve, 'DELETE', `${KEYS}/ckey1`);
  expect((await ask(eve, 'POST', KEYS, { name: 'Room' })).statusCode).toBe(201);
  // Keys leave CLI tokens their own count.
  expect((await eve.send('POST', '/api/v1/auth/cli-token', {})).statusCode).toBe(200);
});

test('a key that was changed, cut, or put where another credential belongs opens nothing', async () => {
  const { key, id } = await makeKey(ada);
  const other = await makeKey(ada);
  const [, , secret] = key.split('_');
  for (const headers of [
    shown(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`),
    shown(key.slice(0, -1)),
    shown(`${key}0`),
    shown(key.toUpperCase()),
    // The secret of one under the name of another.
    shown(`${other.prefix}_${secret}`),
    shown(`crewos_${id}_`),
    shown(ada.token),
    bearer(`crewship_cli_${secret}`),
    { authorization: key },
    { authorization: `Basic ${Buffer.from(key).toString('base64')}` },
    { cookie: `authjs.session-token=${key}` },
    { 'x-api-key': key },
  ] as Record<string, string>[]) {
    const answer = await api.call(null, { method: 'GET', url: '/api/v1/crews', headers });
    expect(answer.statusCode, JSON.stringify(headers)).toBe(401);
  }
  const { access } = await api.signIn(ada.id);
  const wrong = { ...shown('crewos_nonsense'), cookie: access };
  expect((await api.call(null, { method: 'GET', url: '/api/v1/crews', headers: wrong })).statusCode).toBe(401);
});
