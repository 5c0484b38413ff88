import { beforeEach, expect, test } from 'vitest';
import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { Project, ProjectMember } from '../../../domain/work/projects/project.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
let owner: TestOwner;
let manager: TestUser;
let url: string;
beforeEach(async () => {
  owner = await api.addOwner();
  manager = await memberOf('MANAGER');
  const project = await manager.post<Project>('/projects', { name: 'Plan', visibility: 'private' });
  url = `/projects/${project.id}`;
});

const memberOf = (role: Role) => api.addMember(owner.workspaceId, role);
const setRole = (who: TestUser, whom: TestUser, role: string) =>
  who.ask('PATCH', `${url}/members/${whom.id}`, { role });
const members = async (who: TestUser) =>
  (await who.get<{ items: ProjectMember[]; total: number }>(`${url}/members`)).items.map((one) => [
    one.user_id,
    one.role,
  ]);

test('an owner lets somebody in, changes their role and takes them out; each counts at once', async () => {
  const person = await memberOf('VIEWER');
  expect((await person.ask('GET', url)).status).toBe(404);
  expect((await setRole(manager, person, 'viewer')).status).toBe(201);
  expect(await person.get<Project>(url)).toMatchObject({ my_role: 'viewer', entered_by: null });
  expect((await person.ask('PATCH', url, { status: 'paused' })).status).toBe(403);
  expect((await setRole(manager, person, 'editor')).status).toBe(200);
  expect((await person.ask('PATCH', url, { status: 'paused' })).status).toBe(200);
  expect(await members(person)).toEqual([
    [manager.id, 'owner'],
    [person.id, 'editor'],
  ]);
  await manager.delete(`${url}/members/${person.id}`);
  expect((await person.ask('GET', url)).status).toBe(404);
  const { entries } = await owner.get<{ entries: { entry_type: string; payload: object }[] }>('/journal');
  const changes = entries.filter(({ entry_type: type }) => type === 'project.member_changed');
  expect(changes.map(({ payload }) => payload)).toEqual([
    { user_id: person.id, from: 'editor', to: null },
    { user_id: person.id, from: 'viewer', to: 'editor' },
    { user_id: person.id, from: null, to: 'viewer' },
  ]);
  const wakes = await api.database.systemReads.any(
    [],
    sql`SELECT 1 FROM outbox WHERE payload ->> 'topic' = 'access' AND payload ->> 'id' = ${person.id}`,
  );
  expect(wakes.length).toBeGreaterThan(0);
});

test('only owners give roles, others may leave, and who is not there is a 404', async () => {
  const [editor, person, stranger] = [await memberOf('MEMBER'), await memberOf('MEMBER'), await api.addUser()];
  await setRole(manager, editor, 'editor');
  expect((await setRole(editor, person, 'viewer')).status).toBe(403);
  expect((await setRole(editor, editor, 'owner')).status).toBe(403);
  expect((await editor.ask('DELETE', `${url}/members/${manager.id}`)).status).toBe(403);
  expect(outcome(await setRole(manager, stranger, 'viewer'))).toEqual([404, 'not_found']);
  expect(outcome(await manager.ask('DELETE', `${url}/members/${person.id}`))).toEqual([404, 'not_found']);
  expect((await setRole(person, person, 'owner')).status).toBe(404);
  await editor.delete(`${url}/members/${editor.id}`);
  expect(await members(manager)).toEqual([[manager.id, 'owner']]);
  expect((await setRole(owner, person, 'viewer')).status).toBe(201);
});

test('of two owners who leave at the same moment one stays, every time', async () => {
  expect(await manager.ask('DELETE', `${url}/members/${manager.id}`)).toMatchObject({
    ...{ status: 409, body: { code: 'conflict', reason: 'last_owner' } },
  });
  expect((await setRole(manager, manager, 'viewer')).status).toBe(409);
  const second = await memberOf('MEMBER');
  for (let round = 0; round < 6; round += 1) {
    await setRole(owner, manager, 'owner');
    await setRole(owner, second, 'owner');
    const answers = await Promise.all([
      manager.ask('DELETE', `${url}/members/${manager.id}`),
      setRole(second, second, 'viewer'),
    ]);
    expect(answers.map(({ status }) => Math.floor(status / 100)).toSorted()).toEqual([2, 4]);
    const owners = await api.database.reads.any(
      [owner.workspaceId],
      sql`SELECT 1 FROM project_members WHERE role = 'owner'`,
    );
    expect(owners).toHaveLength(1);
  }
});

test('editors see who else is in the workspace, and whether they are in the project', async () => {
  const [editor, viewer] = [await memberOf('MEMBER'), await memberOf('MEMBER')];
  await setRole(manager, editor, 'editor');
  await setRole(manager, viewer, 'viewer');
  expect((await viewer.ask('GET', `${url}/team-users`)).status).toBe(403);
  const users = async (query: string) =>
    (await editor.get<{ items: { user_id: string; is_member: boolean }[] }>(`${url}/team-users?${query}`)).items;
  const all = await users('');
  expect(all.map(({ user_id, is_member }) => [user_id, is_member]).toSorted()).toEqual(
    [[owner.id, false], ...[manager, editor, viewer].map(({ id }) => [id, true] as const)].toSorted(),
  );
  expect(await users('exclude_members=true')).toMatchObject([{ user_id: owner.id, role: 'OWNER' }]);
  expect(await users('q=no-such-name')).toEqual([]);
});

test('a project whose last owner leaves the workspace becomes its OWNER’s, and nobody’s leaving waits for it', async () => {
  const admin = await memberOf('ADMIN');
  await admin.delete(`/workspaces/${owner.workspaceId}/members/${manager.id}`);
  expect(await members(owner)).toEqual([[owner.id, 'owner']]);
  const { entries } = await owner.get<{ entries: { entry_type: string; payload: object; actor_id: string }[] }>(
    '/journal?limit=10',
  );
  expect(entries.find(({ entry_type: type }) => type === 'project.member_changed')).toMatchObject({
    ...{ actor_id: admin.id, payload: { user_id: owner.id, from: null, to: 'owner' } },
  });
});

test('however its owners go at the same moment, a project has one', async () => {
  const second = await memberOf('MEMBER');
  for (let round = 0; round < 6; round += 1) {
    const leaver = await memberOf('MEMBER');
    await setRole(owner, second, 'owner');
    await setRole(owner, leaver, 'viewer');
    await Promise.all([
      setRole(second, leaver, 'owner').then(() => second.ask('DELETE', `${url}/members/${second.id}`)),
      manager.ask('DELETE', `${url}/members/${manager.id}`),
      owner.delete(`/workspaces/${owner.workspaceId}/members/${leaver.id}`),
    ]);
    const owners = await api.database.reads.any<{ user_id: string }>(
      [owner.workspaceId],
      sql`SELECT user_id FROM project_members WHERE role = 'owner'`,
    );
    expect(owners.length).toBeGreaterThan(0);
    expect(owners.map(({ user_id: id }) => id)).not.toContain(leaver.id);
    await setRole(owner, manager, 'owner');
  }
});

test('who leaves the workspace leaves its projects, and in the archive nobody new comes in', async () => {
  const [person, other] = [await memberOf('MEMBER'), await memberOf('MEMBER')];
  await setRole(manager, person, 'viewer');
  await owner.delete(`/workspaces/${owner.workspaceId}/members/${person.id}`);
  expect(await members(manager)).toEqual([[manager.id, 'owner']]);
  await setRole(manager, other, 'viewer');
  await manager.act(`${url}/archive`);
  expect(await setRole(manager, other, 'editor')).toMatchObject({ status: 409, body: { current_status: 'archived' } });
  await manager.delete(`${url}/members/${other.id}`);
});
