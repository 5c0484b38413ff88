import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { IssueAttachment } from '../../../domain/work/issues/attachment.ts';
import type { PublicIssue } from '../../../domain/work/issues/issue.ts';
import { addCrew, startApiWithHost } from '../../support/mission-crew.ts';
import type { TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
let url: string;
beforeEach(async () => {
  url = await issueIn({});
});

async function issueIn(fields: object): Promise<string> {
  const base = `/crews/${crew.crewId}/issues`;
  const { id } = await crew.owner.post<PublicIssue>(base, { title: 'An issue', ...fields });
  return `${base}/${id}`;
}

async function attach(content: Buffer | string, filename = 'notes.txt', who: TestUser = crew.owner, of = url) {
  const payload = Buffer.concat([
    Buffer.from(`--edge\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n--edge--\r\n'),
  ]);
  const headers = { 'content-type': 'multipart/form-data; boundary=edge' };
  const answer = await api.call(who.token, { method: 'POST', url: `/api/v1${of}/attachments`, payload, headers });
  return { status: answer.statusCode, body: answer.json<IssueAttachment & Record<string, unknown>>() };
}
const take = (id: string, headers: Record<string, string> = {}, who: TestUser = crew.owner) =>
  api.call(who.token, { method: 'GET', url: `/api/v1${url}/attachments/${id}`, headers });
const list = (of = url) => crew.owner.get<IssueAttachment[]>(`${of}/attachments`);
const references = () =>
  crew.rows<{ owner_id: string }>(sql`SELECT owner_id FROM blob_references WHERE owner_kind = 'issue_attachment'`);

test('a file is attached once under its name, taken whole and in parts, and runs nothing', async () => {
  const content = 'What we saw.\n'.repeat(1_000);
  const { status, body } = await attach(content, '../../notes.TXT');
  expect([status, body]).toEqual([201, body]);
  expect(body).toMatchObject({
    ...{ owner_type: 'issue', filename: 'notes.TXT', content_type: 'text/plain; charset=utf-8' },
    ...{ size_bytes: content.length, uploaded_by_type: 'user', uploaded_by_id: crew.owner.id },
  });
  expect(await attach(content, 'notes.TXT')).toEqual({ status: 200, body });
  expect((await attach(content, 'other.txt')).status).toBe(201);
  expect((await list()).map(({ filename }) => filename)).toEqual(['notes.TXT', 'other.txt']);
  const whole = await take(body.id);
  expect(whole.body).toBe(content);
  expect(whole.headers).toMatchObject({
    ...{ 'x-content-type-options': 'nosniff', 'content-length': String(content.length) },
    'content-disposition': 'attachment; filename=notes.TXT',
    'content-security-policy': expect.stringContaining('sandbox'),
  });
  const part = await take(body.id, { range: 'bytes=5-11' });
  expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([
    ...[206, content.slice(5, 12), `bytes 5-11/${content.length}`],
  ]);
  expect((await take(body.id, { range: 'bytes=99999999-' })).statusCode).toBe(416);
  const activity = await crew.owner.get<{ action: string }[]>(`${url}/activity`);
  expect(activity.filter(({ action }) => action === 'attachment_added')).toHaveLength(2);
});

test('what is no text, data, picture, PDF or ZIP is a 415, whatever it is called, and nothing of it is kept', async () => {
  const refused: [string, string][] = [
    ['<svg/>', 'a.svg'],
    ['<b>', 'a.html'],
    ['MZ', 'a.exe'],
    ['text', 'name'],
    ['<script>', 'a.png'],
    ['a\0b', 'a.txt'],
  ];
  for (const [content, name] of refused) {
    expect(outcome(await attach(content, name)), name).toEqual([415, 'unsupported_media_type']);
  }
  expect((await attach(Buffer.alloc(26_214_401, 'a'))).status).toBe(413);
  expect((await attach(Buffer.alloc(26_214_400, 'a'))).status).toBe(201);
  expect((await attach('', 'empty.csv')).body).toMatchObject({ size_bytes: 0 });
  const bare = await crew.owner.ask('POST', `${url}/attachments`, {});
  expect(outcome(bare)).toEqual([415, 'unsupported_media_type']);
  expect((await list()).length).toBe(2);
}, 60_000);

test('who sees the issue takes its files, who may change it attaches and deletes them', async () => {
  const project = await crew.owner.post<{ id: string }>('/projects', { name: 'Plan', visibility: 'private' });
  url = await issueIn({ project_id: project.id });
  const { body } = await attach('a');
  const [viewer, outsider] = [
    await api.addMember(crew.workspaceId, 'MANAGER'),
    await api.addMember(crew.workspaceId, 'MANAGER'),
  ];
  await crew.owner.patch(`/projects/${project.id}/members/${viewer.id}`, { role: 'viewer' }, 201);
  expect((await take(body.id, {}, viewer)).statusCode).toBe(200);
  expect((await attach('b', 'b.txt', viewer)).status).toBe(403);
  expect((await viewer.ask('DELETE', `${url}/attachments/${body.id}`)).status).toBe(403);
  expect((await take(body.id, {}, outsider)).statusCode).toBe(404);
  expect((await attach('b', 'b.txt', outsider)).status).toBe(404);
  const other = await issueIn({});
  expect((await crew.owner.ask('GET', `${other}/attachments/${body.id}`)).status).toBe(404);
  expect((await crew.owner.ask('DELETE', `${other}/attachments/${body.id}`)).status).toBe(404);
});

test('a content is needed by each file that has it, until the last of them or its issue goes', async () => {
  const first = (await attach('same', 'a.txt')).body;
  const second = (await attach('same', 'b.txt')).body;
  const other = await issueIn({});
  await attach('same', 'a.txt', crew.owner, other);
  expect((await references()).length).toBe(3);
  await crew.owner.delete(`${url}/attachments/${first.id}`);
  expect((await take(first.id)).statusCode).toBe(404);
  expect((await take(second.id)).body).toBe('same');
  await Promise.all([
    crew.owner.ask('DELETE', url),
    ...Array.from({ length: 5 }, (_, n) => attach('more', `${n}.txt`)),
  ]);
  expect((await crew.owner.ask('GET', url)).status).toBe(404);
  expect((await references()).length).toBe(1);
  await crew.owner.delete(other);
  expect(await references()).toEqual([]);
  const kept = await crew.rows(sql`SELECT id FROM blobs WHERE state = 'stored' AND unreferenced_at IS NULL`);
  expect(kept).toEqual([]);
});

test('of those who attach the same at once one makes it, and an issue has a hundred at most', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => attach('same')));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([...Array(9).fill(200), 201]);
  await crew.write(sql`
    INSERT INTO issue_attachments (id, workspace_id, issue_id, filename, content_type, size_bytes, sha256, blob_id)
    SELECT gen_random_uuid()::text, workspace_id, issue_id, n || '.txt', content_type, size_bytes, sha256, blob_id
    FROM issue_attachments, generate_series(1, 98) n`);
  expect((await attach('last', 'last.txt')).status).toBe(201);
  expect(outcome(await attach('beyond', 'beyond.txt'))).toEqual([429, 'limit_reached']);
});

test('who is mentioned has it in the inbox, who may not see the issue has not, nor who wrote it', async () => {
  const project = await crew.owner.post<{ id: string }>('/projects', { name: 'Plan', visibility: 'private' });
  url = await issueIn({ project_id: project.id });
  const [member, outsider] = [
    await api.addMember(crew.workspaceId, 'MEMBER'),
    await api.addMember(crew.workspaceId, 'MEMBER'),
  ];
  await crew.owner.patch(`/projects/${project.id}/members/${member.id}`, { role: 'viewer' }, 201);
  const nameOf = async (who: TestUser) => (await who.get<{ username: string }>('/auth/me')).username;
  const names = await Promise.all([member, outsider, crew.owner].map(nameOf));
  await crew.owner.post(`${url}/comments`, { body: names.map((name) => `@${name}`).join(' ') });
  const inbox = async (who: TestUser) =>
    (await who.get<{ rows: { type: string; subject_id: string; state: string }[] }>('/inbox')).rows.filter(
      ({ type }) => type === 'mention',
    );
  expect(await inbox(member)).toMatchObject([{ subject_id: url.split('/').at(-1), state: 'unread' }]);
  expect([await inbox(outsider), await inbox(crew.owner)]).toEqual([[], []]);
  await crew.owner.delete(url);
  expect(await inbox(member)).toMatchObject([{ state: 'resolved' }]);
});
