import { beforeEach, expect, test } from 'vitest';
import { ROLES, type Role } from '../../../domain/kernel/access/authority.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
let owner: TestOwner;
beforeEach(async () => {
  owner = await api.addOwner();
});

const memberOf = (role: Role) => api.addMember(owner.workspaceId, role);
const make = (who: TestUser, fields: object = {}) => who.post<Project>('/projects', { name: 'Launch', ...fields });
const entryTypes = async () => {
  const { entries } = await owner.get<{ entries: { entry_type: string; payload: object }[] }>('/journal?limit=50');
  return entries.map(({ entry_type: type }) => type).filter((type) => /^(project|access)\./.test(type));
};

test('a project has Crewship’s fields and the added ones; MANAGER makes one and owns it, MEMBER does not', async () => {
  const [manager, member] = [await memberOf('MANAGER'), await memberOf('MEMBER')];
  const project = await make(manager, {
    description: 'Why',
    start_date: '2026-01-31',
    members: [{ user_id: member.id, role: 'editor' }],
  });
  expect(project).toMatchObject({
    ...{ name: 'Launch', slug: 'launch', description: 'Why', color: 'blue', status: 'backlog', priority: 'none' },
    ...{ health: null, lead_type: null, lead_name: null, start_date: '2026-01-31', issue_count: 0, progress: 0 },
    ...{ visibility: 'workspace', discoverable: false, owner_id: manager.id, my_role: 'owner', member_count: 2 },
    ...{ namespace: `project.${project.id}`, archived_at: null, version: 1, entered_by: [] },
  });
  expect((await member.ask('POST', '/projects', { name: 'Mine' })).status).toBe(403);
  expect(await entryTypes()).toEqual(['project.created']);
});

test('what a project names is in its workspace, and its slug is taken once among live ones', async () => {
  const stranger = await api.addUser();
  for (const [field, body] of [
    ['lead_id', { lead_type: 'user', lead_id: stranger.id }],
    ['lead_id', { lead_type: 'agent' }],
    ['members', { members: [{ user_id: stranger.id, role: 'viewer' }] }],
  ] as const) {
    const refused = await owner.ask('POST', '/projects', { name: 'Other', ...body });
    expect([refused.status, refused.body.errors[0].path], JSON.stringify(body)).toEqual([400, field]);
  }
  const first = await make(owner, { lead_type: 'user', lead_id: owner.id });
  expect(first.lead_name).not.toBeNull();
  expect(outcome(await owner.ask('POST', '/projects', { name: 'Launch' }))).toEqual([409, 'conflict']);
  const other = await make(owner, { name: 'Landing' });
  expect(outcome(await owner.ask('PATCH', `/projects/${other.id}`, { name: 'Launch' }))).toEqual([409, 'conflict']);
  await owner.delete(`/projects/${first.id}`);
  expect(await owner.patch<Project>(`/projects/${other.id}`, { name: 'Launch' })).toMatchObject({ slug: 'launch' });
});

test('a private project is a 404 to who is no member, in every form of its name and in lists', async () => {
  const manager = await memberOf('MANAGER');
  const project = await make(manager, { visibility: 'private' });
  expect(project.slug).toMatch(/^launch-[0-9a-f]{8}$/);
  // A taken slug would tell that there is one.
  await make(owner);
  for (const role of ['MANAGER', 'MEMBER', 'VIEWER'] as const) {
    const outsider = await memberOf(role);
    for (const ref of [project.id, project.slug]) {
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['PATCH', '', { status: 'paused' }],
        ['DELETE', '', undefined],
        ['POST', '/archive', {}],
      ] as const) {
        const answer = await outsider.ask(method, `/projects/${ref}${path}`, body);
        expect(outcome(answer), `${role} ${method} ${path}`).toEqual([404, 'not_found']);
      }
    }
    expect((await outsider.get<Project[]>('/projects')).map(({ id }) => id)).not.toContain(project.id);
  }
  expect((await manager.get<Project[]>('/projects')).map(({ id }) => id)).toContain(project.id);
});

test('the first entry of an administrator is journalled once and shown to the owner, and none of a member’s', async () => {
  const [manager, admin] = [await memberOf('MANAGER'), await memberOf('ADMIN')];
  const project = await make(manager, { visibility: 'private', description: 'Secret plan' });
  const [listed] = await admin.get<Project[]>('/projects');
  expect(listed).toMatchObject({ id: project.id, description: null, my_role: 'owner' });
  expect(await entryTypes()).not.toContain('project.entered');
  for (let read = 0; read < 2; read += 1) {
    expect(await admin.get<Project>(`/projects/${project.id}`)).toMatchObject({ description: 'Secret plan' });
    await manager.get(`/projects/${project.id}`);
  }
  expect((await entryTypes()).filter((type) => type === 'project.entered')).toHaveLength(1);
  const { entered_by: entered } = await manager.get<Project>(`/projects/${project.id}`);
  expect(entered).toEqual([expect.objectContaining({ user_id: admin.id })]);
  // A write is an entry too.
  await owner.patch(`/projects/${project.id}`, { status: 'planned' });
  expect((await manager.get<Project>(`/projects/${project.id}`)).entered_by).toHaveLength(2);
  const open = await make(manager, { name: 'Open' });
  await admin.get(`/projects/${open.id}`);
  expect((await manager.get<Project>(`/projects/${open.id}`)).entered_by).toEqual([]);
});

test('who may change, archive and delete a project follows from the role in it', async () => {
  const table: Record<string, number[]> = {};
  for (const role of ROLES) {
    const [maker, caller] = [await memberOf('ADMIN'), await memberOf(role)];
    const { id } = await make(maker, { name: `Of ${role}` });
    const statuses = [];
    for (const body of [{ status: 'paused' }, { discoverable: true }, { visibility: 'private' }]) {
      statuses.push((await caller.ask('PATCH', `/projects/${id}`, body)).status);
    }
    statuses.push((await caller.ask('POST', `/projects/${id}/archive`)).status);
    statuses.push((await caller.ask('DELETE', `/projects/${id}`)).status);
    table[role] = statuses;
  }
  expect(table).toEqual({
    OWNER: [200, 200, 200, 200, 204],
    ADMIN: [200, 200, 200, 200, 204],
    MANAGER: [200, 403, 403, 403, 403],
    MEMBER: [403, 403, 403, 403, 403],
    VIEWER: [403, 403, 403, 403, 403],
  });
});

test('a stale version is a 409, a stale If-Match a 412, and of two writers of one version one is told', async () => {
  const { id } = await make(owner);
  const url = `/projects/${id}`;
  const both = await Promise.all(
    ['planned', 'paused'].map((status) => owner.ask('PATCH', url, { status, version: 1 })),
  );
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  expect(both.find(({ status }) => status === 409)?.body).toMatchObject({
    code: 'version_conflict',
    current_version: 2,
  });
  const tag = String((await owner.send('GET', url)).headers.etag);
  const change = (name: string) =>
    api.call(owner.token, { method: 'PATCH', url: `/api/v1${url}`, headers: { 'if-match': tag }, payload: { name } });
  expect([(await change('One')).statusCode, (await change('Two')).statusCode]).toEqual([200, 412]);
  expect(await owner.patch<Project>(url, { name: 'One', version: 3 })).toMatchObject({ slug: 'one', version: 3 });
});

test('the archive is read-only, apart from the status, and one comes out of it', async () => {
  const { id } = await make(owner, { status: 'in_progress' });
  const archived = await owner.act<Project>(`/projects/${id}/archive`);
  expect(archived).toMatchObject({ status: 'in_progress', archived_at: expect.any(String) });
  const refused = await owner.ask('PATCH', `/projects/${id}`, { status: 'paused' });
  expect(refused).toMatchObject({ status: 409, body: { code: 'wrong_state', current_status: 'archived' } });
  expect(await owner.get<Project[]>('/projects?archived=false')).toEqual([]);
  expect(await owner.get<Project[]>('/projects?archived=true')).toHaveLength(1);
  expect(await owner.act<Project>(`/projects/${id}/archive`, { archived: false })).toMatchObject({ archived_at: null });
  await owner.patch(`/projects/${id}`, { status: 'paused' });
  expect(await entryTypes()).toEqual(['project.updated', 'project.unarchived', 'project.archived', 'project.created']);
});

test('a deleted project reads like none, and its issues stay and are of no project', async () => {
  const crew = await addCrew(api, { workspaceId: owner.workspaceId, owner });
  const { id } = await make(owner);
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, async (tx) => {
    for (const [number, status] of [
      [1, 'DONE'],
      [2, 'REVIEW'],
      [3, 'DONE'],
    ] as const) {
      await tx.execute(sql`
        INSERT INTO issues (id, workspace_id, crew_id, identifier, number, title, status, created_by_type, authored_via,
          project_id)
        VALUES (${newId()}, ${owner.workspaceId}, ${crew.crewId}, ${`CRE-${number}`}, ${number}, 'Issue', ${status},
          'user', 'user_api', ${id})`);
    }
  });
  expect(await owner.get<Project>(`/projects/${id}`)).toMatchObject({ issue_count: 3, done_count: 2, progress: 66 });
  await owner.delete(`/projects/${id}`);
  expect((await owner.ask('GET', `/projects/${id}`)).status).toBe(404);
  expect(await owner.get<Project[]>('/projects')).toEqual([]);
  const issues = await api.database.reads.any([owner.workspaceId], sql`SELECT project_id FROM issues`);
  expect(issues).toEqual([{ project_id: null }, { project_id: null }, { project_id: null }]);
});

test('a list is narrowed, sorted and paged; a name finds one project, two with it are a 409', async () => {
  for (const name of ['Beta', 'alpha', 'Gamma'])
    await make(owner, { name, status: name === 'Beta' ? 'paused' : 'planned' });
  const names = async (query: string) => (await owner.get<Project[]>(`/projects?${query}`)).map(({ name }) => name);
  expect(await names('sort=name')).toEqual(['alpha', 'Beta', 'Gamma']);
  expect(await names('status=planned,completed&q=AM')).toEqual(['Gamma']);
  const page = await owner.ask('GET', '/projects?sort=name&limit=1&offset=1');
  expect(page.headers['x-total-count']).toBe('3');
  expect(page.headers.link).toContain('rel="next"');
  expect(await owner.get<Project>('/projects/ALPHA')).toMatchObject({ name: 'alpha' });
  for (let count = 0; count < 2; count += 1) await make(owner, { name: 'Twice', visibility: 'private' });
  expect(outcome(await owner.ask('GET', '/projects/twice'))).toEqual([409, 'ambiguous_reference']);
});

test('who may not see a discoverable project is told its id, its name and its owner, if they ask for it', async () => {
  const [manager, viewer] = [await memberOf('MANAGER'), await memberOf('VIEWER')];
  const { id } = await make(manager, { visibility: 'private', discoverable: true, description: 'Secret plan' });
  await make(manager, { name: 'Hidden', visibility: 'private' });
  expect(await viewer.get<Project[]>('/projects')).toEqual([]);
  expect(await viewer.get<object[]>('/projects?requestable=true')).toEqual([
    { id, name: 'Launch', owner: { id: manager.id, full_name: expect.any(String) }, my_role: null },
  ]);
  expect(await manager.get<object[]>('/projects?requestable=true')).toEqual([]);
});
