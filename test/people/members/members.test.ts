import { beforeEach, expect, test } from 'vitest';
import { ROLES, type Role } from '../../../domain/kernel/access/authority.ts';
import { CAPABILITY_PRESETS } from '../../../domain/kernel/access/capability.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
let owner: TestOwner;
let url: string;
beforeEach(async () => {
  owner = await api.addOwner();
  url = `/workspaces/${owner.workspaceId}`;
});

const memberOf = async (role: Role) => api.addMember(owner.workspaceId, role);
const roleOf = async (person: TestUser) =>
  (await owner.get<{ user_id: string; role: Role }[]>(`${url}/members`)).find(({ user_id }) => user_id === person.id)
    ?.role;

test('who may give which role to whom follows from ranks: the whole table', async () => {
  const rank = (role: Role) => ROLES.length - ROLES.indexOf(role);
  const check = async (actor: TestUser, caller: Role, target: Role, role: Role) => {
    const person = await memberOf(target);
    const { status } = await actor.ask('PATCH', `${url}/members/${person.id}`, { role });
    const allowed =
      rank(caller) >= rank('MANAGER') &&
      (caller === 'OWNER' || rank(target) < rank(caller)) &&
      (role === target || rank(role) < rank(caller));
    const row = await api.database.systemReads.maybeOne<{ role: Role }>(
      [],
      sql`SELECT role FROM memberships WHERE user_id = ${person.id}`,
    );
    expect([status, row?.role], `${caller} makes ${target} ${role}`).toEqual(allowed ? [200, role] : [403, target]);
  };
  for (const caller of ROLES) {
    const actor = await memberOf(caller);
    await Promise.all(ROLES.flatMap((target) => ROLES.map((role) => check(actor, caller, target, role))));
  }
});

test('a person is added, by a role below the caller’s, and removed with their roles in crews', async () => {
  const admin = await memberOf('ADMIN');
  const person = await api.addUser();
  for (const role of ['OWNER', 'ADMIN']) {
    expect((await admin.ask('POST', `${url}/members`, { user_id: person.id, role })).status).toBe(403);
  }
  const added = await admin.post<{ id: string }>(`${url}/members`, { user_id: person.id });
  expect(added).toMatchObject({ user_id: person.id, role: 'MEMBER', user: { id: person.id } });
  expect(outcome(await admin.ask('POST', `${url}/members`, { user_id: person.id }))).toEqual([409, 'conflict']);
  expect(outcome(await admin.ask('POST', `${url}/members`, { user_id: 'nobody' }))).toEqual([404, 'not_found']);
  const crew = await addCrew(api, { workspaceId: owner.workspaceId, owner });
  await owner.post(`/crews/${crew.crewId}/members`, { user_id: person.id, role: 'MANAGER' });
  expect((await person.ask('GET', '/crews')).status).toBe(200);
  await admin.delete(`${url}/members/${added.id}`);
  expect((await person.ask('GET', `/crews?workspace_id=${owner.workspaceId}`)).status).toBe(404);
  expect(await crew.rows(sql`SELECT 1 FROM crew_members`)).toEqual([]);
  expect(outcome(await admin.ask('DELETE', `${url}/members/${owner.id}`))).toEqual([403, 'forbidden']);
});

test('of two OWNERs who leave at the same moment one stays, every time', async () => {
  for (let round = 0; round < 8; round += 1) {
    const second = await memberOf('OWNER');
    const statuses = await Promise.all([
      owner.ask('PATCH', `${url}/members/${owner.id}`, { role: 'MEMBER' }),
      second.ask('DELETE', `${url}/members/${second.id}`),
    ]);
    expect(statuses.map(({ status }) => Math.floor(status / 100)).toSorted()).toEqual([2, 4]);
    const left = await api.database.systemReads.any<{ user_id: string }>(
      [],
      sql`SELECT user_id FROM memberships WHERE workspace_id = ${owner.workspaceId} AND role = 'OWNER'`,
    );
    expect(left).toHaveLength(1);
    if (left[0]!.user_id !== owner.id) {
      await second.act(`${url}/transfer-ownership`, { user_id: owner.id });
      await owner.delete(`${url}/members/${second.id}`);
    }
  }
  expect(outcome(await owner.ask('DELETE', `${url}/members/${owner.id}`))).toEqual([409, 'conflict']);
});

test('ownership is transferred by an OWNER, who becomes ADMIN, and nobody else', async () => {
  const admin = await memberOf('ADMIN');
  expect((await admin.ask('POST', `${url}/transfer-ownership`, { user_id: admin.id })).status).toBe(403);
  await owner.act(`${url}/transfer-ownership`, { user_id: admin.id });
  expect([await roleOf(owner), await roleOf(admin)]).toEqual(['ADMIN', 'OWNER']);
  expect((await owner.ask('POST', `${url}/transfer-ownership`, { user_id: owner.id })).status).toBe(403);
  const { entries } = await admin.get<{ entries: { entry_type: string }[] }>('/journal');
  expect(entries.map((entry) => entry.entry_type)).toContain('member.ownership_transferred');
});

test('capabilities follow from the role, are changed one way at a time, widen it, and go with it', async () => {
  const person = await memberOf('MEMBER');
  const path = `${url}/members/${person.id}/capabilities`;
  const capabilities = async () => (await owner.get<{ capabilities: string[] }>(path)).capabilities;
  expect(await capabilities()).toEqual(['chat']);
  for (const body of [{}, { grant: [], revoke: [] }, { set: ['teapot'] }, { preset: 'all' }]) {
    expect((await owner.ask('PATCH', path, body)).status).toBe(400);
  }
  const secret = { name: 'KEY', type: 'SECRET', value: 'a-secret-value' };
  expect((await person.ask('POST', '/credentials', secret)).status).toBe(403);
  await owner.patch(path, { grant: ['credential.create'] });
  expect(await capabilities()).toEqual(['chat', 'credential.create']);
  expect((await person.ask('POST', '/credentials', secret)).status).toBe(201);
  expect((await person.ask('POST', '/crews', { name: 'Crew', slug: 'crew' })).status).toBe(403);
  await owner.patch(path, { preset: 'power' });
  expect(new Set(await capabilities())).toEqual(new Set(CAPABILITY_PRESETS.power));
  await owner.patch(`${url}/members/${person.id}`, { role: 'VIEWER' });
  expect(await capabilities()).toEqual(['chat']);
  const [own] = await person.get<{ currentUserCapabilities: string[] }[]>('/workspaces');
  expect(own!.currentUserCapabilities).toEqual(['chat']);
});

test('nobody changes their own capabilities, an OWNER’s, or those of a peer', async () => {
  const [admin, peer, manager] = [await memberOf('ADMIN'), await memberOf('ADMIN'), await memberOf('MANAGER')];
  const change = (caller: TestUser, target: TestUser) =>
    caller.ask('PATCH', `${url}/members/${target.id}/capabilities`, { set: [] });
  for (const target of [admin, peer, owner]) expect((await change(admin, target)).status).toBe(403);
  expect((await change(manager, peer)).status).toBe(403);
  expect((await change(owner, owner)).status).toBe(403);
  expect((await change(admin, manager)).status).toBe(200);
  const all = await owner.get<{ user_id: string; capabilities: string[] }[]>(`${url}/members/capabilities`);
  expect(all.find(({ user_id }) => user_id === manager.id)?.capabilities).toEqual([]);
});

test('a role in a crew raises in that crew and nowhere else, never lowers, and ends when it is taken', async () => {
  const crew = await addCrew(api, { workspaceId: owner.workspaceId, owner });
  const other = await addCrew(api, { workspaceId: owner.workspaceId, owner });
  const [viewer, admin, manager] = [await memberOf('VIEWER'), await memberOf('ADMIN'), await memberOf('MANAGER')];
  const mission = (caller: TestUser, { crewId, lead }: typeof crew) =>
    caller.ask('POST', `/crews/${crewId}/missions`, { title: 'Mission', lead_agent_id: lead.id });
  expect((await mission(viewer, crew)).status).toBe(403);
  const members = `/crews/${crew.crewId}/members`;
  expect((await manager.ask('POST', members, { user_id: viewer.id, role: 'ADMIN' })).status).toBe(403);
  await manager.post(members, { user_id: viewer.id, role: 'MANAGER' });
  expect((await mission(viewer, crew)).status).toBe(201);
  expect((await mission(viewer, other)).status).toBe(403);
  expect((await viewer.ask('POST', '/crews', { name: 'Crew', slug: 'mine' })).status).toBe(403);
  expect((await viewer.ask('PATCH', `${members}/${viewer.id}`, { role: 'ADMIN' })).status).toBe(403);
  await owner.post(members, { user_id: admin.id, role: 'VIEWER' });
  expect((await mission(admin, crew)).status).toBe(201);
  await owner.patch(`${members}/${viewer.id}`, { role: '' });
  expect((await mission(viewer, crew)).status).toBe(403);
  expect(await owner.get<object[]>(members)).toHaveLength(2);
  await owner.delete(`${members}/${viewer.id}`);
  const stranger = await api.addUser();
  expect((await owner.ask('POST', members, { user_id: stranger.id })).status).toBe(400);
});

test('a workspace is deleted by its OWNER who names it, is gone for all, and leaves its slug and its rows', async () => {
  const admin = await memberOf('ADMIN');
  const { slug } = await owner.get<{ slug: string }>(url);
  const remove = (caller: TestUser, confirm: string) => caller.ask('DELETE', url, { confirm_slug: confirm });
  expect((await remove(admin, slug)).status).toBe(403);
  expect((await remove(owner, 'other')).status).toBe(400);
  expect((await remove(owner, slug)).status).toBe(409);
  await owner.post('/workspaces', { name: 'Second', slug: `second-${slug}` });
  await addCrew(api, { workspaceId: owner.workspaceId, owner }).catch(() => {});
  expect((await remove(owner, slug)).status).toBe(204);
  for (const caller of [owner, admin]) {
    expect((await caller.ask('GET', `${url}/members`)).status).toBe(404);
    expect((await caller.ask('GET', `/crews?workspace_id=${owner.workspaceId}`)).status).toBe(404);
  }
  await owner.post('/workspaces', { name: 'Again', slug });
  const kept = await api.database.systemReads.any(
    [],
    sql`SELECT 1 FROM memberships WHERE workspace_id = ${owner.workspaceId}`,
  );
  expect(kept).toHaveLength(2);
});

test('who deletes their last two workspaces at the same moment keeps one, every time', async () => {
  for (let round = 0; round < 4; round += 1) {
    const person = await api.addUser();
    const slugs = [`one-${round}-${person.id}`, `two-${round}-${person.id}`].map((slug) => slug.toLowerCase());
    for (const slug of slugs) await person.post('/workspaces', { name: slug, slug });
    const own = (await person.get<{ slug: string }[]>('/workspaces')).map(({ slug }) => slug);
    for (const slug of own.filter((one) => !slugs.includes(one))) {
      expect((await person.ask('DELETE', `/workspaces/${slug}`, { confirm_slug: slug })).status).toBe(204);
    }
    const answers = await Promise.all(
      slugs.map((slug) => person.ask('DELETE', `/workspaces/${slug}`, { confirm_slug: slug })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect(await person.get('/workspaces')).toHaveLength(1);
  }
});

test('of ten people who take one slug at the same moment one has it and nine are told', async () => {
  const people = await Promise.all(Array.from({ length: 10 }, () => api.addUser()));
  const answers = await Promise.all(
    people.map((person) => person.ask('POST', '/workspaces', { name: 'Same', slug: 'the-same-slug' })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
});

test('a project’s role is one predicate: by workspace role, visibility and membership, and blind to other workspaces', async () => {
  const people = Object.fromEntries(
    await Promise.all(ROLES.map(async (role) => [role, await memberOf(role)] as const)),
  );
  const insider = await memberOf('VIEWER');
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, async (tx) => {
    for (const visibility of ['workspace', 'private']) {
      const id = `${visibility}-${owner.workspaceId}`;
      await tx.execute(sql`INSERT INTO projects (id, workspace_id, name, slug, visibility)
        VALUES (${id}, ${owner.workspaceId}, 'Project', ${visibility}, ${visibility})`);
      await tx.execute(sql`INSERT INTO project_members (workspace_id, project_id, user_id, role)
        VALUES (${owner.workspaceId}, ${id}, ${insider.id}, 'editor')`);
    }
  });
  const role = async (visibility: string, person: TestUser, workspaceId = owner.workspaceId) => {
    const id = `${visibility}-${owner.workspaceId}`;
    const row = await api.database.reads.maybeOne<{ role: string | null }>(
      [workspaceId],
      sql`SELECT crewship_project_role(${id}, ${person.id}) AS role`,
    );
    return row?.role ?? null;
  };
  const table = async (visibility: string) => Promise.all(ROLES.map((one) => role(visibility, people[one]!)));
  expect(await table('workspace')).toEqual(['owner', 'owner', 'editor', 'viewer', 'viewer']);
  expect(await table('private')).toEqual(['owner', 'owner', null, null, null]);
  expect([await role('private', insider), await role('workspace', insider)]).toEqual(['editor', 'editor']);
  expect(await role('workspace', people.OWNER!, await api.addWorkspace())).toBeNull();
});
