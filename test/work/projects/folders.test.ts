import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { Folder, FolderUpdate } from '../../../domain/work/projects/folder.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import type { TestUser } from '../../support/test-api.ts';
import { uploadForm } from '../../support/upload-form.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { signedIn } from '../../support/world/signed-in.ts';

const internal = perFile(() => startInternal('folders'));
const crew = perTest(() => internal.addCrew());
let url: string;
beforeEach(async () => {
  url = await make({ name: 'Plan' });
});

const make = async (fields: object) => `/projects/${(await crew.owner.post<{ id: string }>('/projects', fields)).id}`;
const memberOf = (role: Role) => internal.api.addMember(crew.workspaceId, role);
const propose = (body: object, by: InternalCrew = crew, of = url) =>
  by.call({
    path: `/api/v1/internal${of}/folder-updates`,
    body: { reason: 'Order', agent_id: by.lead.id, ...body },
  });
const proposed = async (body: object) => {
  const answer = await propose(body);
  expect([answer.status, answer.body], JSON.stringify(answer.body)).toEqual([201, answer.body]);
  return answer.body as unknown as FolderUpdate;
};
const approve = (id: string, who: Pick<TestUser, 'ask'> = crew.owner) =>
  who.ask('POST', `${url}/folder-updates/${id}/approve`, {});
const reject = (id: string, who: Pick<TestUser, 'ask'> = crew.owner) =>
  who.ask('POST', `${url}/folder-updates/${id}/reject`, { reason: 'No' });
const apply = async (body: object) => {
  const { id } = await proposed(body);
  const answer = await approve(id);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as { update: FolderUpdate; folder: Folder | null };
};
const folders = async (query = '', who: Pick<TestUser, 'get'> = crew.owner) =>
  (await who.get<{ items: Folder[] }>(`${url}/folders${query}`)).items;
const updates = async () => (await crew.owner.get<{ items: FolderUpdate[] }>(`${url}/folder-updates`)).items;
const byPath = async () => Object.fromEntries((await folders()).map((folder) => [folder.path, folder]));
const document = async (title: string, path: string) => {
  const body = { namespace: `project.${url.split('/').at(-1)}`, title, content: title };
  const { id } = await crew.owner.post<{ id: string }>('/knowledge', body);
  await apply({ operation: 'file_document', path, document_id: id });
  return id;
};

interface FileView {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
}
const upload = async (folder: string, filename: string, who: Pick<TestUser, 'token'> = crew.owner) => {
  const { headers, payload } = uploadForm({ folder }, [{ filename, content: Buffer.from(`# ${folder} ${filename}`) }]);
  const sent = { method: 'POST' as const, url: `/api/v1${url}/documents/upload`, headers, payload };
  const answer = await internal.api.call(who.token, sent);
  return { status: answer.statusCode, body: answer.json() as { documents: FileView[]; detail?: string } };
};
const uploaded = async (folder: string, filename: string) => {
  const { status, body } = await upload(folder, filename);
  expect(status, JSON.stringify(body)).toBe(202);
  return body.documents[0]!;
};
const files = async () =>
  (await crew.owner.get<{ items: FileView[] }>(`${url}/documents`)).items
    .map(({ folder, name }) => `${folder}/${name}`)
    .toSorted();

test('a project has its root from the start, and folders where people approve of what agents propose', async () => {
  expect(await folders()).toMatchObject([{ path: '/', name: '/', parent_id: null, document_count: 0, version: 1 }]);
  const asked = await proposed({ operation: 'create', path: 'Specs' });
  expect(asked).toMatchObject({ status: 'proposed', path: '/Specs', base_version: 1, proposed_by: crew.lead.id });
  expect((await folders()).length).toBe(1);
  expect((await approve(asked.id)).body).toMatchObject({
    update: { status: 'applied', decided_by: crew.owner.id },
    folder: { path: '/Specs', name: 'Specs', version: 1 },
  });
  await apply({ operation: 'create', path: '/Specs/Drafts' });
  await apply({ operation: 'create', path: '/Specs/Drafts/Old' });
  expect((await folders('?depth=1')).map(({ path }) => path)).toEqual(['/', '/Specs']);
  expect((await folders('?parent=Specs/&depth=1')).map(({ path }) => path)).toEqual(['/Specs/Drafts']);
  const { id } = (await byPath())['/Specs/Drafts']!;
  expect((await folders(`?parent=${id}`)).map(({ path }) => path)).toEqual(['/Specs/Drafts/Old']);
  expect((await crew.owner.ask('GET', `${url}/folders?parent=/None`)).status).toBe(404);
  const answer = await crew.call({ path: `/api/v1/internal${url}/folders?depth=1` });
  expect((answer.body.items as Folder[]).map(({ path }) => path)).toEqual(['/', '/Specs']);
  const { entries } = await crew.owner.get<{ entries: { entry_type: string; payload: object }[] }>(
    '/journal?limit=100',
  );
  const [decided] = entries.filter(({ entry_type: type }) => type === 'folder.update_decided').slice(-1);
  expect(decided!.payload).toEqual({
    ...{ update_id: asked.id, approval_id: asked.approval_id, operation: 'create', status: 'applied' },
  });
});

test('a folder takes all that is below it along, and loses no document', async () => {
  for (const path of ['/A', '/A/B', '/A/B/C', '/Z']) await apply({ operation: 'create', path });
  const inB = await document('In B', '/A/B');
  await document('In C', '/A/B/C');
  expect((await byPath())['/A/B']).toMatchObject({ document_count: 1, version: 1 });
  await apply({ operation: 'move', path: '/A/B', new_path: '/Z/B' });
  expect(await byPath()).toMatchObject({
    ...{ '/A': { version: 1 }, '/Z/B': { document_count: 1, version: 2 }, '/Z/B/C': { document_count: 1, version: 2 } },
  });
  expect((await byPath())['/Z/B']!.parent_id).toBe((await byPath())['/Z']!.id);
  await apply({ operation: 'rename', path: '/Z', new_path: '/Y 😀' });
  expect((await byPath())['/Y 😀/B/C']).toMatchObject({ document_count: 1, version: 3 });
  expect((await apply({ operation: 'delete', path: '/Y 😀/B' })).folder).toBeNull();
  expect(Object.keys(await byPath())).toEqual(['/', '/A', '/Y 😀']);
  expect((await byPath())['/Y 😀']!.document_count).toBe(2);
  expect(await crew.owner.get(`/knowledge/${inB}`)).toMatchObject({ folder: '/Y 😀', version: 1 });
  await apply({ operation: 'file_document', path: '/', document_id: inB });
  expect(await byPath()).toMatchObject({ '/': { document_count: 1 }, '/Y 😀': { document_count: 1 } });
});

test('a file makes the folder that it is put into, goes where that goes, and is filed elsewhere', async () => {
  const { id, folder } = await uploaded(' Specs//Drafts/ ', 'a.md');
  expect(folder).toBe('Specs/Drafts');
  await uploaded('Specs/Drafts', 'b.md');
  await uploaded('Specs', 'a.md');
  await uploaded('SpecsToo', 'a.md');
  await document('Words', '/Specs/Drafts');
  expect(await byPath()).toMatchObject({
    ...{ '/': { document_count: 0 }, '/Specs': { document_count: 1 }, '/Specs/Drafts': { document_count: 3 } },
  });
  await apply({ operation: 'rename', path: '/Specs', new_path: '/Plans' });
  await apply({ operation: 'create', path: '/Old' });
  await apply({ operation: 'move', path: '/Plans/Drafts', new_path: '/Old/Drafts' });
  expect(await files()).toEqual(['Old/Drafts/a.md', 'Old/Drafts/b.md', 'Plans/a.md', 'SpecsToo/a.md']);
  expect((await byPath())['/Old/Drafts']).toMatchObject({ document_count: 3 });
  await apply({ operation: 'file_document', path: '/Plans', document_id: id });
  expect(await files()).toEqual(['Old/Drafts/b.md', 'Plans/a (2).md', 'Plans/a.md', 'SpecsToo/a.md']);
  await apply({ operation: 'file_document', path: '/Plans', document_id: id });
  expect((await files())[1]).toBe('Plans/a (2).md');
  await apply({ operation: 'file_document', path: '/', document_id: id });
  expect((await files())[0]).toBe('/a (2).md');
  const foreign = await make({ name: 'Other' });
  const refused = await propose({ operation: 'file_document', path: '/', document_id: id }, crew, foreign);
  expect(outcome(refused)).toEqual([400, 'invalid_request']);
});

test('files of folders that are deleted are gathered, each under a name of its own', async () => {
  for (const folder of ['A', 'A/B', 'A/B/C', 'A/B/D']) await uploaded(folder, 'read.me');
  await uploaded('A', 'read (3).me');
  await apply({ operation: 'delete', path: '/A/B' });
  expect(await files()).toEqual([
    ...['A/read (2).me', 'A/read (3).me', 'A/read (4).me', 'A/read (5).me', 'A/read.me'].toSorted(),
  ]);
  await apply({ operation: 'delete', path: '/A' });
  expect((await files()).length).toBe(5);
  expect(await byPath()).toMatchObject({ '/': { document_count: 5 } });
});

test('what would be no folder takes no file, and who may not edit makes none', async () => {
  for (const path of ['a/../b', 'a\u202Eb', 'x'.repeat(121), 'a/'.repeat(11)]) {
    expect((await upload(path, 'a.md')).status, path).toBe(400);
  }
  const viewer = await memberOf('MEMBER');
  expect((await upload('Mine', 'a.md', viewer)).status).toBe(403);
  const asked = await proposed({ operation: 'create', path: '/A' });
  await uploaded('A', 'a.md');
  expect((await updates())[0]).toMatchObject({ id: asked.id, status: 'conflict' });
  await crew.owner.act(`${url}/archive`);
  expect((await upload('B', 'a.md')).status).toBe(409);
  expect(Object.keys(await byPath())).toEqual(['/', '/A']);
});

test('a folder that is deleted while files are put into it loses none of them', async () => {
  await uploaded('A', 'first.md');
  const { id } = await proposed({ operation: 'delete', path: '/A' });
  const names = Array.from({ length: 8 }, (_, n) => `${n}.md`);
  const [decided, ...added] = await Promise.all([approve(id), ...names.map((name) => upload('A', name))]);
  expect([decided!.status, ...added.map(({ status }) => status)]).toEqual([200, ...names.map(() => 202)]);
  expect((await files()).length).toBe(9);
  const known = await byPath();
  const counted = Object.values(known).map(({ document_count: count }) => count);
  expect(counted.reduce((sum, count) => sum + count)).toBe(9);
});

test('what is proposed of a folder that changes first is void, by whichever door it is decided', async () => {
  await apply({ operation: 'create', path: '/A' });
  const rename = await proposed({ operation: 'rename', path: '/A', new_path: '/B' });
  const other = await proposed({ operation: 'rename', path: '/A', new_path: '/C' });
  const within = await proposed({ operation: 'create', path: '/A/In' });
  const same = await proposed({ operation: 'create', path: '/B' });
  const untouched = await proposed({ operation: 'create', path: '/D' });
  expect((await approve(rename.id)).status).toBe(200);
  const status = Object.fromEntries((await updates()).map((update) => [update.id, update.status]));
  expect([other, within, same, untouched].map(({ id }) => status[id])).toEqual([
    ...['conflict', 'conflict', 'conflict', 'proposed'],
  ]);
  expect((await approve(other.id)).body).toMatchObject({ status: 409, code: 'conflict', reason: 'stale_base' });
  const person = signedIn(internal.api, crew.owner, crew.workspaceId);
  const late = await person.ask('POST', `/approvals/${within.approval_id}/decide`, { status: 'approved' });
  expect([late.status, late.body.current_status]).toEqual([409, 'cancelled']);
  const withdrawn = await person.ask('POST', `/approvals/${untouched.approval_id}/cancel`, {});
  expect(outcome(withdrawn)).toEqual([409, 'conflict']);
  await person.act(`/approvals/${untouched.approval_id}/decide`, { status: 'denied', comment: 'No' });
  expect((await updates()).find(({ id }) => id === untouched.id)).toMatchObject({ status: 'rejected', note: 'No' });
  const { rows } = await person.get<{ rows: { state: string; type: string }[] }>('/inbox?state=unread');
  expect(rows.filter(({ type }) => type === 'approval.requested')).toEqual([]);
});

test('of a hundred who decide at the same moment one does, by three doors, and the folder is what that one said', async () => {
  const { id, approval_id: approvalId } = await proposed({ operation: 'create', path: '/Once' });
  const person = signedIn(internal.api, crew.owner, crew.workspaceId);
  const decide = (status: string) => person.ask('POST', `/approvals/${approvalId}/decide`, { status });
  const doors = [() => approve(id), () => reject(id), () => decide('approved'), () => decide('denied')];
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => ({ n, answer: await doors[n % doors.length]!() })),
  );
  const won = answers.filter(({ answer }) => answer.status === 200);
  expect(won.length).toBe(1);
  for (const { answer } of answers.filter(({ answer: { status } }) => status !== 200)) {
    expect(answer.status, JSON.stringify(answer.body)).toBe(409);
  }
  const isApproved = won[0]!.n % 2 === 0;
  expect((await folders()).some(({ path }) => path === '/Once')).toBe(isApproved);
  expect((await updates())[0]!.status).toBe(isApproved ? 'applied' : 'rejected');
  const rows = await crew.rows(sql`SELECT id FROM project_folders WHERE project_id = ${url.split('/').at(-1)!}`);
  expect(rows.length).toBe(isApproved ? 2 : 1);
});

test('of fifty changes of one folder that are approved at once one is made', async () => {
  await apply({ operation: 'create', path: '/A' });
  const asked = await Promise.all(
    Array.from({ length: 50 }, (_, n) => proposed({ operation: 'rename', path: '/A', new_path: `/A${n}` })),
  );
  const answers = await Promise.all(asked.map(({ id }) => approve(id)));
  expect(answers.filter(({ status }) => status === 200).length).toBe(1);
  for (const { body } of answers.filter(({ status }) => status !== 200)) {
    expect(body).toMatchObject({ status: 409, reason: 'stale_base' });
  }
  expect((await folders()).length).toBe(2);
}, 60_000);

test('editors decide, others see as much of it as of the project', async () => {
  const [viewer, outsider, editor] = [await memberOf('MEMBER'), await memberOf('MANAGER'), await memberOf('MEMBER')];
  const { id } = await proposed({ operation: 'create', path: '/A' });
  expect((await approve(id, viewer)).status).toBe(403);
  expect((await folders('', viewer)).length).toBe(1);
  await crew.owner.patch(url, { visibility: 'private' });
  for (const path of ['folders', 'folder-updates', 'scaffold-items']) {
    expect((await outsider.ask('GET', `${url}/${path}`)).status, path).toBe(404);
  }
  expect((await approve(id, outsider)).status).toBe(404);
  await crew.owner.patch(`${url}/members/${editor.id}`, { role: 'editor' }, 201);
  const foreign = await make({ name: 'Other' });
  expect((await crew.owner.ask('POST', `${foreign}/folder-updates/${id}/approve`, {})).status).toBe(404);
  expect((await approve(id, editor)).status).toBe(200);
  const later = await propose({ operation: 'create', path: '/B' });
  expect(outcome(later)).toEqual([404, 'not_found']);
});

test('an agent whose run works on a private project may propose there', async () => {
  await crew.owner.patch(url, { visibility: 'private' });
  const projectId = url.split('/').at(-1)!;
  const { id: issueId } = await crew.owner.post<{ id: string }>(`/crews/${crew.crewId}/issues`, {
    ...{ title: 'Work', project_id: projectId },
  });
  const runId = 'run-of-the-issue';
  await crew.write(sql`UPDATE missions SET issue_id = ${issueId} WHERE id = ${crew.missionId}`);
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, crew_id, agent_id, mission_id, trigger_type, status)
    VALUES (${runId}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, ${crew.missionId}, 'MISSION', 'RUNNING')`);
  const body = { operation: 'create', path: '/A', reason: 'Order' };
  const path = `/api/v1/internal${url}/folder-updates`;
  expect((await crew.call({ path, body, headers: crew.runHeaders(runId) })).status).toBe(201);
  const sibling = await internal.addCrew(crew);
  expect((await propose(body, sibling)).status).toBe(404);
  const stranger = await internal.addCrew();
  expect((await propose(body, stranger)).status).toBe(404);
});

test('what could not be made is refused when it is proposed, and what could not be decided when it is decided', async () => {
  await apply({ operation: 'create', path: '/A' });
  const refusals: [object, number, string][] = [
    [{ operation: 'create', path: '/A' }, 409, 'path_taken'],
    [{ operation: 'create', path: '/None/B' }, 400, 'path'],
    [{ operation: 'create', path: '/' }, 400, 'path'],
    [{ operation: 'create', path: '/a/../b' }, 400, 'path'],
    [{ operation: 'create', path: '/B', new_path: '/C' }, 400, 'new_path'],
    [{ operation: 'rename', path: '/A' }, 400, 'new_path'],
    [{ operation: 'rename', path: '/A', new_path: '/B/C' }, 400, 'new_path'],
    [{ operation: 'move', path: '/A', new_path: '/A/B' }, 400, 'new_path'],
    [{ operation: 'move', path: '/A', new_path: '/None/A' }, 400, 'new_path'],
    [{ operation: 'delete', path: '/' }, 400, 'path'],
    [{ operation: 'delete', path: '/None' }, 400, 'path'],
    [{ operation: 'file_document', path: '/A' }, 400, 'document_id'],
    [{ operation: 'file_document', path: '/A', document_id: 'nothing' }, 400, 'document_id'],
    [{ operation: 'delete', path: '/A', base_version: 7 }, 409, 'current_version'],
    [{ operation: 'delete', path: '/A', agent_id: 'nobody' }, 404, 'agent'],
  ];
  for (const [body, status, says] of refusals) {
    const answer = await propose(body);
    expect([answer.status, JSON.stringify(answer.body)], JSON.stringify(body)).toEqual([
      status,
      expect.stringContaining(says),
    ]);
  }
  const { id } = await proposed({ operation: 'create', path: '/B' });
  await crew.owner.act(`${url}/archive`);
  expect((await approve(id)).body.current_status).toBe('archived');
  expect((await propose({ operation: 'create', path: '/C' })).body.current_status).toBe('archived');
  await crew.owner.act(`${url}/archive`, { archived: false });
  await crew.owner.delete(url);
  expect((await approve(id)).status).toBe(404);
  const open = await crew.rows(sql`SELECT id FROM approvals WHERE kind = 'folder_update' AND status = 'pending'`);
  expect(open).toEqual([]);
});
