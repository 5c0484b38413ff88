import { beforeEach, expect, test } from 'vitest';
import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

interface Request {
  readonly id: string;
  readonly status: string;
}

const api = perFile(() => startTestApi());
let owner: TestOwner;
let manager: TestUser;
let url: string;
beforeEach(async () => {
  owner = await api.addOwner();
  manager = await memberOf('MANAGER');
  url = await make({ name: 'Plan', visibility: 'private', discoverable: true });
});

const memberOf = (role: Role) => api.addMember(owner.workspaceId, role);
const make = async (fields: object) => `/projects/${(await manager.post<Project>('/projects', fields)).id}`;
const request = (who: TestUser, body: object = {}) => who.post<Request>(`${url}/access-requests`, body);
const decide = (who: TestUser, { id }: Request, body: object) => who.ask('PATCH', `${url}/access-requests/${id}`, body);
const list = async (who: TestUser) => (await who.get<{ items: Request[] }>(`${url}/access-requests`)).items;

test('an approval lets somebody in, with the role that was given', async () => {
  const person = await memberOf('MEMBER');
  const asked = await request(person, { role: 'editor', message: 'May I?' });
  expect(asked).toMatchObject({ status: 'pending', role: 'editor', message: 'May I?', decision: null });
  expect((await person.ask('GET', url)).status).toBe(404);
  const answer = await decide(manager, asked, { status: 'approved', role: 'viewer', note: 'Read first' });
  expect(answer).toMatchObject({
    ...{ status: 200, body: { status: 'approved' } },
    body: { decision: { role: 'viewer', note: 'Read first', decided_by: manager.id } },
  });
  expect(await person.get<Project>(url)).toMatchObject({ my_role: 'viewer' });
  const { entries } = await owner.get<{ entries: { entry_type: string; payload: object }[] }>('/journal');
  expect(entries.filter(({ entry_type: type }) => type.startsWith('access.')).map(({ payload }) => payload)).toEqual([
    { request_id: asked.id, status: 'approved', role: 'viewer' },
    { request_id: asked.id, role: 'editor' },
  ]);
});

test('of those who decide at the same moment one does, every time, and the member follows from that one', async () => {
  for (let round = 0; round < 6; round += 1) {
    const person = await memberOf('VIEWER');
    const asked = await request(person);
    const answers = await Promise.all([
      decide(manager, asked, { status: 'approved' }),
      decide(owner, asked, { status: 'rejected' }),
      decide(person, asked, { status: 'cancelled' }),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    const { status } = answers.find((answer) => answer.status === 200)!.body;
    for (const lost of answers.filter((answer) => answer.status === 409)) {
      expect(lost.body).toMatchObject({ code: 'wrong_state', current_status: status });
    }
    expect((await person.ask('GET', url)).status).toBe(status === 'approved' ? 200 : 404);
  }
});

test('only owners decide, never their own, and others know of no request but their own', async () => {
  const [person, other, editor] = [await memberOf('MEMBER'), await memberOf('MEMBER'), await memberOf('MEMBER')];
  await manager.patch(`${url}/members/${editor.id}`, { role: 'editor' }, 201);
  const asked = await request(person);
  for (const who of [other, editor]) {
    expect(outcome(await decide(who, asked, { status: 'approved' }))).toEqual([404, 'not_found']);
    expect(await list(who)).toEqual([]);
  }
  expect((await decide(person, asked, { status: 'approved' })).status).toBe(403);
  expect((await decide(manager, asked, { status: 'cancelled' })).status).toBe(403);
  expect([(await list(person)).length, (await list(manager)).length]).toEqual([1, 1]);
  await manager.patch(`${url}/members/${person.id}`, { role: 'owner' }, 201);
  expect((await decide(person, asked, { status: 'approved' })).status).toBe(403);
  // What they became meanwhile is not taken by an approval of less.
  expect((await decide(manager, asked, { status: 'approved' })).status).toBe(200);
  expect(await person.get<Project>(url)).toMatchObject({ my_role: 'owner' });
});

test('one asks once, for more than one has, and never for what is hidden or in the archive', async () => {
  const person = await memberOf('MEMBER');
  const asked = await request(person);
  const ask = (who: TestUser, path = url, body: object = {}) => who.ask('POST', `${path}/access-requests`, body);
  expect(await ask(person)).toMatchObject({ status: 409, body: { code: 'conflict', reason: 'pending' } });
  expect((await decide(person, asked, { status: 'cancelled' })).status).toBe(200);
  expect((await ask(person)).status).toBe(201);
  expect(await ask(manager)).toMatchObject({ status: 409, body: { reason: 'already_member' } });
  expect((await ask(owner)).status).toBe(409);
  const hidden = await make({ name: 'Hidden', visibility: 'private' });
  for (const method of ['GET', 'POST'] as const) {
    expect(outcome(await person.ask(method, `${hidden}/access-requests`))).toEqual([404, 'not_found']);
  }
  const open = await make({ name: 'Open' });
  expect((await ask(person, open)).status).toBe(409);
  expect((await ask(person, open, { role: 'editor' })).status).toBe(201);
  await manager.act(`${url}/archive`);
  const late = await memberOf('MEMBER');
  expect(await ask(late)).toMatchObject({ status: 409, body: { current_status: 'archived' } });
});
