import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Role } from '../../../domain/kernel/access/authority.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';
import { givePassword, logIn, PASSWORD, post } from '../identity/program.ts';

const api = perFile(() => startTestApi());
let owner: TestOwner;
beforeEach(async () => {
  owner = await api.addOwner();
});

const USERS = '/auth/users';

interface User {
  readonly id: string;
  readonly username: string;
  readonly is_active: boolean;
  readonly is_disabled: boolean | null;
  readonly locked_until: string | null;
  readonly last_login_at: string | null;
}

/** Somebody whose account the owner's workspace made. */
async function addOwn(role: Role = 'MEMBER'): Promise<TestUser> {
  const person = await api.addUser({ homeWorkspaceId: owner.workspaceId });
  await api.joinWorkspace(owner.workspaceId, person.id, role);
  return person;
}

/** One credential of each kind that somebody has; the key works in this workspace. */
async function credentialsOf(person: TestUser, workspaceId: string) {
  const [browser, program] = [await api.signIn(person.id), await api.signIn(person.id)];
  const made = await api.call(program.jwt, {
    ...{ method: 'POST', url: '/api/v1/auth/api-keys' },
    payload: { name: 'Key', workspace_id: workspaceId },
  });
  expect(made.statusCode, made.body).toBe(201);
  return {
    cookie: { cookie: browser.access },
    jwt: { authorization: `Bearer ${program.jwt}` },
    cliToken: { authorization: `Bearer ${person.token}` },
    apiKey: { 'x-crewos-api-key': made.json<{ key: string }>().key },
  };
}

/** What each of them is answered in a workspace. */
async function statusesIn(workspaceId: string, credentials: Awaited<ReturnType<typeof credentialsOf>>) {
  const asked = Object.entries(credentials).map(async ([name, headers]) => {
    const url = `/api/v1/crews?workspace_id=${workspaceId}`;
    return [name, (await api.call(null, { method: 'GET', url, headers })).statusCode] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

const all = (status: number) => ({ cookie: status, jwt: status, cliToken: status, apiKey: status });

async function journalOf(type: string): Promise<{ payload: object }[]> {
  const { entries } = await owner.get<{ entries: { entry_type: string; payload: object }[] }>(
    `/journal?entry_type=${type}`,
  );
  return entries;
}

test('an account that is disabled loses cookie, access token, CLI token and API key at once, for good', async () => {
  const person = await givePassword(api, await addOwn());
  const credentials = await credentialsOf(person, owner.workspaceId);
  expect(await statusesIn(owner.workspaceId, credentials)).toEqual(all(200));
  const url = `${USERS}/${person.id}`;
  expect(await owner.patch(url, { is_disabled: true })).toMatchObject({ is_disabled: true, is_active: true });
  expect(await statusesIn(owner.workspaceId, credentials)).toEqual(all(401));
  const refused = await post(api, 'login', { username: person.email, password: PASSWORD });
  expect(refused.statusCode).toBe(401);
  expect(await owner.patch(url, { is_disabled: false })).toMatchObject({ is_disabled: false });
  expect(await statusesIn(owner.workspaceId, credentials)).toEqual(all(401));
  expect((await logIn(api, person)).user).toMatchObject({ id: person.id, role: 'MEMBER' });
  expect((await journalOf('user.updated')).map(({ payload }) => payload)).toEqual([
    { changed_fields: ['is_disabled'] },
    { changed_fields: ['is_disabled'] },
  ]);
  expect(await journalOf('api_key.revoked')).toHaveLength(1);
});

test('who is switched off in a workspace is out of it and of nothing else; what was bound to it is revoked', async () => {
  const guest = await api.addOwner();
  await api.joinWorkspace(owner.workspaceId, guest.id, 'MEMBER');
  const credentials = await credentialsOf(guest, owner.workspaceId);
  expect(await statusesIn(owner.workspaceId, credentials)).toEqual(all(200));
  const url = `${USERS}/${guest.id}`;
  expect(await owner.patch(url, { is_active: false })).toMatchObject({ is_active: false, role: 'MEMBER' });
  expect(await statusesIn(owner.workspaceId, credentials)).toEqual({ ...all(404), apiKey: 401 });
  expect(await statusesIn(guest.workspaceId, credentials)).toEqual({ ...all(200), apiKey: 401 });
  const seen = await guest.get<{ id: string }[]>('/workspaces');
  expect(seen.map(({ id }) => id)).toEqual([guest.workspaceId]);
  expect(outcome(await owner.ask('PATCH', url, { is_disabled: true }))).toEqual([403, 'forbidden']);
  await owner.patch(url, { is_active: true });
  expect(await statusesIn(owner.workspaceId, credentials)).toEqual({ ...all(200), apiKey: 401 });
});

test('sessions that work in the workspace end when their person is switched off there', async () => {
  const person = await addOwn();
  const credentials = await credentialsOf(person, owner.workspaceId);
  await owner.patch(`${USERS}/${person.id}`, { is_active: false });
  expect(await statusesIn(owner.workspaceId, credentials)).toEqual({ ...all(401), cliToken: 404 });
  const reasons = await api.database.systemReads.any<{ reason: string }>(
    [],
    sql`SELECT payload->>'reason' AS reason FROM journal_entries
        WHERE entry_type = 'auth.session_revoked' AND workspace_id IS NULL
          AND target_id IN (SELECT id FROM auth_sessions WHERE user_id = ${person.id})`,
  );
  expect(reasons).toEqual([{ reason: 'deactivated' }, { reason: 'deactivated' }]);
});

test('one changes those below oneself, gives roles below one’s own, and not oneself', async () => {
  const [admin, peer, manager, member] = [
    await addOwn('ADMIN'),
    await addOwn('ADMIN'),
    await addOwn('MANAGER'),
    await addOwn('MEMBER'),
  ];
  const change = (caller: TestUser, target: TestUser, body: object) =>
    caller.ask<Record<string, unknown>>('PATCH', `${USERS}/${target.id}`, body);
  expect((await change(manager, member, { is_active: false })).status).toBe(403);
  for (const body of [{ is_active: false }, { is_disabled: true }, { full_name: 'X' }, { role: 'VIEWER' }]) {
    for (const target of [owner, peer]) expect(outcome(await change(admin, target, body))).toEqual([403, 'forbidden']);
  }
  for (const target of [owner, peer]) {
    expect((await admin.ask('POST', `${USERS}/${target.id}/unlock`)).status).toBe(403);
  }
  expect((await change(admin, member, { role: 'ADMIN' })).status).toBe(403);
  expect((await change(admin, member, { role: 'MANAGER' })).body).toMatchObject({ role: 'MANAGER' });
  for (const body of [{ is_active: false }, { is_disabled: true }]) {
    expect((await change(admin, admin, body)).status).toBe(403);
  }
  // Nothing of a change that is refused is made.
  expect((await change(admin, member, { role: 'VIEWER', is_active: false, role_name: 'x' })).status).toBe(400);
  expect((await change(owner, owner, { role: 'MEMBER' })).body).toMatchObject({ status: 409, reason: 'last_owner' });
  const users = await owner.get<{ items: User[] }>(`${USERS}?q=${(await nameOf(member)).toUpperCase()}`);
  expect(users.items).toMatchObject([{ id: member.id, role: 'MANAGER', is_active: true, is_disabled: false }]);
});

async function nameOf({ id }: { readonly id: string }): Promise<string> {
  const row = await api.database.systemReads.maybeOne<{ username: string }>(
    [],
    sql`SELECT username FROM users WHERE id = ${id}`,
  );
  return row!.username;
}

test('an OWNER who is switched off does not count as the one who stays', async () => {
  const second = await addOwn('OWNER');
  await owner.patch(`${USERS}/${second.id}`, { is_active: false });
  const refused = await owner.ask<object>('PATCH', `${USERS}/${owner.id}`, { role: 'ADMIN' });
  expect(refused.body).toMatchObject({ status: 409, reason: 'last_owner' });
  const transfer = `/workspaces/${owner.workspaceId}/transfer-ownership`;
  await owner.patch(`${USERS}/${second.id}`, { role: 'ADMIN' });
  expect((await owner.ask('POST', transfer, { user_id: second.id })).status).toBe(409);
  await owner.patch(`${USERS}/${second.id}`, { is_active: true });
  await owner.act(transfer, { user_id: second.id });
});

test('two OWNERs who switch each other off at the same moment leave one, every time', async () => {
  for (let round = 0; round < 6; round += 1) {
    const mine = await api.addOwner();
    const other = await api.addMember(mine.workspaceId, 'OWNER');
    const answers = await Promise.all([
      mine.ask('PATCH', `${USERS}/${other.id}?workspace_id=${mine.workspaceId}`, { is_active: false }),
      other.ask('PATCH', `${USERS}/${mine.id}?workspace_id=${mine.workspaceId}`, { is_active: false }),
    ]);
    expect(answers.map(({ status }) => status === 200).toSorted()).toEqual([false, true]);
  }
});

test('the operator of the instance, and the only OWNER whom others have, are not disabled', async () => {
  const operator = await api.addUser({ operator: true, homeWorkspaceId: owner.workspaceId });
  await api.joinWorkspace(owner.workspaceId, operator.id);
  expect((await owner.ask('PATCH', `${USERS}/${operator.id}`, { is_disabled: true })).status).toBe(403);
  const person = await addOwn();
  const elsewhere = await api.addWorkspace();
  await api.joinWorkspace(elsewhere, person.id, 'OWNER');
  const colleague = await api.addMember(elsewhere, 'ADMIN');
  const url = `${USERS}/${person.id}`;
  const refused = await owner.ask<object>('PATCH', url, { is_disabled: true });
  expect(refused.body).toMatchObject({ status: 409, reason: 'last_owner' });
  // Alone in a workspace of one’s own, one strands nobody.
  await api.removeMember(elsewhere, colleague.id);
  expect(await owner.patch(url, { is_disabled: true })).toMatchObject({ is_disabled: true });
});

test('an account is changed at its home alone; a name that is taken is told', async () => {
  const person = await addOwn();
  const url = `${USERS}/${person.id}`;
  expect(await owner.patch(url, { full_name: ' Grace Hopper ', username: 'Grace.H' })).toMatchObject({
    ...{ full_name: 'Grace Hopper', username: 'grace.h', identity_managed_here: true },
  });
  const other = await addOwn();
  const taken = await owner.ask<object>('PATCH', `${USERS}/${other.id}`, { username: 'grace.h', role: 'VIEWER' });
  expect(taken.body).toMatchObject({ status: 409, code: 'conflict', reason: 'username_taken' });
  for (const username of ['g', 'a@b', 'x'.repeat(65), '-ab']) {
    expect((await owner.ask('PATCH', url, { username })).status, username).toBe(400);
  }
  const guest = await api.addMember(owner.workspaceId, 'MEMBER');
  for (const body of [{ full_name: 'X' }, { username: 'other-name' }, { is_disabled: true }]) {
    const refused = await owner.ask<object>('PATCH', `${USERS}/${guest.id}`, { role: 'VIEWER', ...body });
    expect(refused.body).toMatchObject({ status: 403, reason: 'identity_not_managed_here' });
  }
  const list = await owner.get<{ items: User[] }>(`${USERS}?role=MEMBER`);
  const shown = list.items.find(({ id }) => id === guest.id);
  expect(shown).toMatchObject({ is_disabled: null, locked_until: null, last_login_at: null, is_active: true });
});

test('people are listed in pages, by role, status and part of a name, and only the workspace’s', async () => {
  const [inactive, disabled] = [await addOwn(), await addOwn('VIEWER')];
  await api.signIn(disabled.id);
  await owner.patch(`${USERS}/${inactive.id}`, { is_active: false });
  await owner.patch(`${USERS}/${disabled.id}`, { is_disabled: true });
  const ids = async (query: string) => {
    const list = await owner.get<{ items: User[]; total: number }>(`${USERS}?${query}`);
    return [list.items.map(({ id }) => id), list.total];
  };
  expect(await ids('')).toEqual([[owner.id, inactive.id, disabled.id], 3]);
  expect(await ids('limit=1&offset=1')).toEqual([[inactive.id], 3]);
  expect(await ids('status=active')).toEqual([[owner.id, disabled.id], 2]);
  expect(await ids('status=inactive')).toEqual([[inactive.id], 1]);
  expect(await ids('status=disabled')).toEqual([[disabled.id], 1]);
  expect(await ids('role=VIEWER&status=inactive')).toEqual([[], 0]);
  expect(await ids('q=%25')).toEqual([[], 0]);
  const list = await owner.get<{ items: (User & { namespaces: object[] })[] }>(`${USERS}?status=disabled`);
  expect(list.items[0]!.last_login_at).not.toBeNull();
  expect(list.items[0]!.namespaces).toEqual([{ name: 'team', access: 'read' }]);
  const stranger = await api.addOwner();
  expect((await stranger.ask('PATCH', `${USERS}/${inactive.id}`, { is_active: true })).status).toBe(404);
  const { items } = await owner.get<{ items: { id: string }[] }>(`${USERS}?status=inactive`);
  expect(items).toHaveLength(1);
});

test('unlocking lets somebody sign in whose name is closed, as often as it is asked', async () => {
  const person = await givePassword(api, await addOwn());
  const signIn = (password: string) => post(api, 'login', { username: person.email, password });
  expect((await signIn('a wrong password')).statusCode).toBe(401);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE login_attempts SET failures = 50, blocked_until = now() + interval '5 minutes'`),
  );
  expect((await signIn(PASSWORD)).statusCode).toBe(429);
  const list = await owner.get<{ items: User[] }>(`${USERS}?role=MEMBER`);
  expect(Date.parse(list.items[0]!.locked_until!)).toBeGreaterThan(Date.now() + 240_000);
  const url = `${USERS}/${person.id}/unlock`;
  expect(await owner.act(url, { reason: 'asked by telephone' })).toMatchObject({ locked_until: null });
  expect((await signIn(PASSWORD)).statusCode).toBe(200);
  await owner.act(url);
  expect((await journalOf('user.unlocked')).map(({ payload }) => payload)).toEqual([
    { reason: null },
    { reason: 'asked by telephone' },
  ]);
  const guest = await api.addMember(owner.workspaceId, 'MEMBER');
  const refused = await owner.ask<object>('POST', `${USERS}/${guest.id}/unlock`);
  expect(refused.body).toMatchObject({ status: 403, reason: 'identity_not_managed_here' });
});

test('a change that is asked for twice by one key is made once', async () => {
  const person = await addOwn();
  const ask = () =>
    api.call(owner.token, {
      ...{ method: 'PATCH', url: `/api/v1${USERS}/${person.id}`, payload: { full_name: 'Once' } },
      headers: { 'idempotency-key': 'rename-once' },
    });
  const [first, second] = [await ask(), await ask()];
  expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
  expect(second.headers['idempotent-replayed']).toBe('true');
  expect(await journalOf('user.updated')).toHaveLength(1);
});
