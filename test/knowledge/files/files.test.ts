import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { KnowledgeFile } from '../../../domain/knowledge/files/knowledge-file.ts';
import type { JobView } from '../../../domain/work/jobs/job.ts';
import { docxOf, pdfOf } from '../../support/documents/sample-documents.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { type FormFile, uploadForm } from '../../support/upload-form.ts';
import { serve } from '../../support/world/serve.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

interface Told {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly file_id: string; readonly job_id: string };
}
interface Document {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly status: string;
  readonly version: number;
  readonly error: { readonly code: string } | null;
  readonly job_id: string;
}

const web = perFile(() =>
  serve((request, response) => {
    if (request.url === '/robots.txt') return void response.end('User-agent: *\nDisallow: /private');
    if (request.url === '/gone') return void response.writeHead(404).end();
    if (request.url === '/picture') return void response.end(Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>Walrus news</title><p>The walrus sleeps. See [[Secret plan]].');
  }),
);
const world = perFile(async () => {
  const database = await createTestDatabase();
  const api = await startTestApi({ over: database, outboundAllowed: [{ host: '127.0.0.1', port: web.port }] });
  const env = { CREWSHIP_BLOB_DIR: api.blobsDir };
  const engine = await createTestEngine({ processes: ['control'], database, env });
  return {
    api,
    engine,
    nudge: () => engine.db.systemTransaction({}, async (tx) => tx.touchOutbox()),
    async close() {
      await api.close();
      await engine.close();
    },
  };
});
const owner = perTest(() => world.api.addOwner());

async function upload(
  who: TestUser,
  url: string,
  fields: Readonly<Record<string, string>>,
  files: readonly FormFile[],
  headers: Record<string, string> = {},
): Promise<Told> {
  const form = uploadForm(fields, files);
  const sent = { method: 'POST' as const, url: `/api/v1${url}`, payload: form.payload };
  const answer = await world.api.call(who.token, { ...sent, headers: { ...form.headers, ...headers } });
  return { status: answer.statusCode, body: answer.json() };
}
const ingest = (who: TestUser, filename: string, content: Buffer, fields: Record<string, string> = {}) =>
  upload(who, '/knowledge/ingest', { namespace: 'team', ...fields }, [{ filename, content }]);
const file = (filename: string, text: string): FormFile => ({ filename, content: Buffer.from(text) });

async function jobOver(who: TestUser, id: string): Promise<JobView> {
  await world.nudge();
  const isOver = ({ status }: JobView) => ['completed', 'failed', 'cancelled'].includes(status);
  return eventually(() => who.get<JobView>(`/agent-jobs/${id}`), isOver, 60_000);
}
const find = async (who: TestUser, query: string) =>
  (
    await who.post<{ hits: { entry: { id: string; title: string; file_id: string } }[] }>(
      '/knowledge/search',
      { query },
      200,
    )
  ).hits;
const filesOf = async (who: TestUser) => (await who.get<{ items: KnowledgeFile[] }>('/knowledge/files')).items;

test('a file becomes entries that are found, and is taken as it was sent, whole and in part', async () => {
  const pdf = pdfOf([['The walrus dives deep'], ['and comes up for air']]);
  const added = await ingest(owner, 'Walrus facts.pdf', pdf, { tags: 'sea, ice', title: 'On the walrus' });
  expect(added.status).toBe(202);
  expect(await jobOver(owner, added.body.job_id)).toMatchObject({
    ...{ status: 'completed', kind: 'document.ingest', result: { file_id: added.body.file_id, entries: 1 } },
  });
  const [hit] = await find(owner, 'walrus diving');
  expect(hit!.entry).toMatchObject({ title: 'On the walrus', file_id: added.body.file_id, tags: ['sea', 'ice'] });
  expect(await filesOf(owner)).toMatchObject([
    {
      ...{ id: added.body.file_id, namespace: 'team', filename: 'Walrus facts.pdf', format: 'pdf', status: 'ready' },
      ...{ version: 1, visible: true, entry_count: 1, size_bytes: pdf.length, error: null, job_id: added.body.job_id },
    },
  ]);

  const url = `/api/v1/knowledge/${hit!.entry.id}/file`;
  const whole = await world.api.call(owner.token, { method: 'GET', url });
  expect(whole.rawPayload.equals(pdf)).toBe(true);
  expect(whole.headers).toMatchObject({ 'content-type': 'application/pdf', 'x-content-type-options': 'nosniff' });
  expect(whole.headers['content-security-policy']).toContain('sandbox');
  expect(whole.headers['content-disposition']).toContain('attachment');
  const part = await world.api.call(owner.token, { method: 'GET', url, headers: { range: 'bytes=0-7' } });
  expect([part.statusCode, part.body]).toEqual([206, '%PDF-1.4']);
  const beyond = await world.api.call(owner.token, { method: 'GET', url, headers: { range: 'bytes=9999999-' } });
  expect(beyond.statusCode).toBe(416);
  const { id } = await owner.post<{ id: string }>('/knowledge', {
    namespace: 'team',
    title: 'Mine',
    content: 'Words.',
  });
  expect((await owner.ask('GET', `/knowledge/${id}/file`)).status).toBe(404);

  const again = await ingest(owner, 'other name.pdf', pdf);
  expect([again.status, again.body]).toEqual([200, { file_id: added.body.file_id, job_id: added.body.job_id }]);
  const picture = await ingest(owner, 'walrus.pdf', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  expect([picture.status, picture.body.code]).toEqual([415, 'unsupported_media_type']);
  const { entries } = await owner.get<{ entries: { entry_type: string }[] }>('/journal?limit=100');
  const told = entries.map(({ entry_type: type }) => type).filter((type) => type.startsWith('knowledge.file_'));
  expect(told.toSorted()).toEqual(['knowledge.file_added', 'knowledge.file_ingested']);
});

test('another content of a name is its next version; until it is read the last one is found, and its links stay', async () => {
  const first = await ingest(owner, 'plan.md', Buffer.from('# Plan\nFeed the aardvark.'));
  await jobOver(owner, first.body.job_id);
  const [hit] = await find(owner, 'aardvark');
  const entryId = hit!.entry.id;
  const { id } = await owner.post<{ id: string }>('/knowledge', {
    namespace: 'team',
    title: 'Ref',
    content: 'See [[plan]].',
  });
  // Nobody reads it for now.
  await world.engine.processes.get('control')!.stop();
  const second = await ingest(owner, 'plan.md', Buffer.from('# Plan\nFeed the badger.'));
  expect(second).toMatchObject({ status: 202, body: { file_id: first.body.file_id } });
  expect(await filesOf(owner)).toMatchObject([{ version: 2, status: 'uploaded', entry_count: 1 }]);
  expect((await find(owner, 'aardvark')).map(({ entry }) => entry.id)).toEqual([entryId]);
  const old = await world.api.call(owner.token, { method: 'GET', url: `/api/v1/knowledge/${entryId}/file` });
  expect(old.body).toContain('aardvark');
  expect((await ingest(owner, 'plan.md', Buffer.from('# Plan\nThird.'))).body).toMatchObject({
    ...{ status: 409, reason: 'ingest_running', job_id: second.body.job_id },
  });
  const remove = await owner.ask('DELETE', `/knowledge/files?file_id=${first.body.file_id}`);
  expect([remove.status, remove.body]).toMatchObject([409, { reason: 'ingest_running' }]);
  const job = await owner.ask('POST', '/agent-jobs', {
    ...{ kind: 'document.ingest', input: { file_id: first.body.file_id } },
  });
  expect([job.status, job.body]).toMatchObject([409, { reason: 'ingest_running' }]);

  await world.engine.start('control');
  expect(await jobOver(owner, second.body.job_id)).toMatchObject({ status: 'completed' });
  expect(await find(owner, 'aardvark')).toEqual([]);
  expect((await find(owner, 'badger')).map(({ entry }) => entry.id)).toEqual([entryId]);
  const links = await owner.get<{ items: object[] }>(`/knowledge/${id}/links?direction=out`);
  expect(links.items).toMatchObject([{ to_entry_id: entryId }]);
  expect(await owner.get(`/knowledge/${entryId}?version=1`)).toMatchObject({ content: '# Plan\nFeed the aardvark.' });
  // Its bytes are one content's again.
  const needed = await world.engine.db.systemReads.any(
    [owner.workspaceId],
    sql`SELECT 1 FROM blob_references WHERE workspace_id = ${owner.workspaceId} AND owner_kind = 'knowledge_file'`,
  );
  expect(needed).toHaveLength(1);
});

test('a file that can’t be read fails by its reason, and its last version is found all the while', async () => {
  const first = await ingest(owner, 'r.docx', docxOf('Report', ['The quokka smiles.']));
  await jobOver(owner, first.body.job_id);
  const second = await ingest(owner, 'r.docx', docxOf('Report', ['&lol9;']));
  expect(await jobOver(owner, second.body.job_id)).toMatchObject({ status: 'failed', error: { code: 'damaged' } });
  const broken = { version: 2, status: 'failed', error: { code: 'damaged' }, entry_count: 1 };
  expect(await filesOf(owner)).toMatchObject([broken]);
  expect(await find(owner, 'quokka')).toHaveLength(1);
  // The same once more is tried once more.
  const third = await ingest(owner, 'r.docx', docxOf('Report', ['&lol9;']));
  expect(third.status).toBe(202);
  await jobOver(owner, third.body.job_id);
  const gone = await owner.ask('DELETE', `/knowledge/files?namespace=team&filename=r.docx`);
  expect([gone.status, gone.body]).toEqual([200, { file_id: first.body.file_id, entries_deleted: 1 }]);
  expect([await filesOf(owner), await find(owner, 'quokka')]).toEqual([[], []]);
  const needed = await world.engine.db.systemReads.any(
    [owner.workspaceId],
    sql`SELECT 1 FROM blob_references WHERE workspace_id = ${owner.workspaceId} AND owner_kind = 'knowledge_file'`,
  );
  expect(needed).toEqual([]);
});

test('a worker that is killed while it reads leaves the file to the next one, and nothing half done', async () => {
  const line = (at: number) => `The narwhal swims ${at} miles and looks for cod, squid and shrimp on its long way.`;
  const pages = Array.from({ length: 900 }, (_, page) => Array.from({ length: 40 }, (_, at) => line(page * 40 + at)));
  const { body } = await ingest(owner, 'narwhal.pdf', pdfOf(pages));
  await world.nudge();
  await eventually(
    () => filesOf(owner),
    ([one]) => one!.status === 'extracting',
    20_000,
  );
  await world.engine.processes.get('control')!.kill();
  expect(await find(owner, 'narwhal')).toEqual([]);
  await world.engine.start('control');
  const job = await jobOver(owner, body.job_id);
  expect(job).toMatchObject({ status: 'completed' });
  const [one] = await filesOf(owner);
  expect(one).toMatchObject({ status: 'ready', entry_count: (job.result as { entries: number }).entries });
  expect(one!.entry_count).toBeGreaterThan(10);
  const left = await world.engine.db.systemReads.any([owner.workspaceId], sql`SELECT 1 FROM knowledge_file_parts`);
  expect(left).toEqual([]);
}, 120_000);

test('texts and pages of the web are taken in, where they may be fetched', async () => {
  const text = { namespace: 'team', title: 'Ibex', text: 'The ibex climbs.' };
  const said = (await owner.ask('POST', '/knowledge/ingest', text)) as Told;
  expect(said.status).toBe(202);
  await jobOver(owner, said.body.job_id);
  expect(await find(owner, 'ibex climbing')).toMatchObject([{ entry: { title: 'Ibex' } }]);
  const fetched = async (path: string) =>
    (await owner.ask('POST', '/knowledge/ingest', { namespace: 'team', url: `${web.url}${path}` })) as Told;
  const page = await fetched('/news?page=1');
  expect(page.status).toBe(202);
  await jobOver(owner, page.body.job_id);
  const [hit] = await find(owner, 'walrus sleeping');
  const entry = await owner.get<{ content: string }>(`/knowledge/${hit!.entry.id}`);
  expect(entry).toMatchObject({ title: 'Walrus news', source: { type: 'web', url: `${web.url}/news?page=1` } });
  expect(entry.content).toContain('\\[\\[Secret plan]]');
  expect((await fetched('/private/news')).body).toMatchObject({
    status: 400,
    code: 'address_refused',
    reason: 'robots',
  });
  expect((await fetched('/gone')).body).toMatchObject({ status: 502, reason: 'status' });
  expect((await fetched('/picture')).status).toBe(415);
  const inner = await owner.ask('POST', '/knowledge/ingest', { namespace: 'team', url: 'http://169.254.169.254/' });
  expect([inner.status, inner.body]).toMatchObject([400, { code: 'address_refused' }]);
  for (const bad of [{ text: 'a', url: web.url }, {}, { text: 'a', project_id: 'pr1' }]) {
    expect((await owner.ask('POST', '/knowledge/ingest', { namespace: 'team', ...bad })).status).toBe(400);
  }
});

test('what was made of a hidden file is found by nobody, and shown again only with it', async () => {
  const [viewer, member] = await people(owner, 'VIEWER', 'MEMBER');
  const { body } = await ingest(member!, 'okapi.txt', Buffer.from('The okapi hides.'));
  await jobOver(member!, body.job_id);
  const { entry } = (await find(viewer!, 'okapi'))[0]!;
  const show = async (who: TestUser, visible: boolean) =>
    (await who.ask('PATCH', '/knowledge/files/visibility', { file_id: body.file_id, visible })).status;
  expect(await show(viewer!, false)).toBe(403);
  expect(await show((await people(owner, 'MEMBER'))[0]!, false)).toBe(403);
  expect(await show(member!, false)).toBe(200);
  expect([await find(viewer!, 'okapi'), await find(owner, 'okapi')]).toEqual([[], []]);
  for (const path of [`/knowledge/${entry.id}`, `/knowledge/${entry.id}/file`, `/knowledge/${entry.id}/links`]) {
    expect((await viewer!.ask('GET', path)).status, path).toBe(404);
  }
  expect(await filesOf(viewer!)).toEqual([]);
  // What is said of an entry does not show its file.
  const whole = await owner.get<{ version: number; title: string; content: string }>(`/knowledge/${entry.id}`);
  const change = { title: whole.title, content: 'Okapi!', status: 'published', version: whole.version };
  const shown = await owner.ask('PUT', `/knowledge/${entry.id}`, { ...change, visibility: 'visible' });
  expect([shown.status, shown.body]).toMatchObject([409, { reason: 'file_hidden' }]);
  await owner.put(`/knowledge/${entry.id}`, { ...change, visibility: 'hidden' });
  // Read again it stays hidden.
  const job = (await member!.ask('POST', '/agent-jobs', {
    ...{ kind: 'document.reingest', input: { file_ids: [body.file_id], force: true } },
  })) as { status: number; body: { id: string } };
  expect(job.status).toBe(202);
  expect(await jobOver(member!, job.body.id)).toMatchObject({ status: 'completed', result: { ready: 1, failed: 0 } });
  expect(await find(owner, 'okapi')).toEqual([]);
  expect(await show(owner, true)).toBe(200);
  expect(await find(viewer!, 'okapi')).toHaveLength(1);
  expect(await owner.get(`/knowledge/${entry.id}`)).toMatchObject({ content: 'The okapi hides.' });
});

test('documents of a project are its editors’ to add, each name once in a folder', async () => {
  const { id } = await owner.post<{ id: string }>('/projects', { name: 'Arctic', visibility: 'private' });
  const [editor, viewer, stranger] = await people(owner, 'VIEWER', 'MEMBER', 'MANAGER');
  await owner.ask('PATCH', `/projects/${id}/members/${editor!.id}`, { role: 'editor' });
  await owner.ask('PATCH', `/projects/${id}/members/${viewer!.id}`, { role: 'viewer' });
  const url = `/projects/${id}/documents`;
  const add = async (who: TestUser, files: FormFile[], fields: Record<string, string> = {}) =>
    (await upload(who, `${url}/upload`, fields, files)) as unknown as {
      status: number;
      body: { documents: Document[]; job_ids: string[]; reason?: string };
    };
  const two = [file('a.md', 'The lynx waits.'), file('b.csv', 'cat,lynx')];
  expect((await add(viewer!, two)).status).toBe(403);
  expect((await add(stranger!, two)).status).toBe(404);
  const first = await add(editor!, two, { folder: '/cats/wild/' });
  expect(first.status).toBe(202);
  expect(first.body.documents).toMatchObject([
    { name: 'a.md', folder: 'cats/wild', version: 1 },
    { name: 'b.csv', folder: 'cats/wild' },
  ]);
  expect(first.body.job_ids).toHaveLength(2);
  for (const job of first.body.job_ids) expect(await jobOver(owner, job)).toMatchObject({ status: 'completed' });
  const found = await find(viewer!, 'lynx');
  expect(found).toHaveLength(2);
  expect(await viewer!.get(`/knowledge/${found[0]!.entry.id}`)).toMatchObject({ folder: '/cats/wild' });
  const { items: folders } = await viewer!.get<{ items: object[] }>(`/projects/${id}/folders?parent=/cats`);
  expect(folders).toMatchObject([{ path: '/cats/wild', document_count: 2 }]);
  expect(await find(stranger!, 'lynx')).toEqual([]);
  expect((await stranger!.ask('GET', url)).status).toBe(404);
  expect((await stranger!.ask('GET', `/agent-jobs/${first.body.job_ids[0]!}`)).status).toBe(404);
  const names = async (query: string) =>
    (await viewer!.get<{ items: Document[] }>(`${url}?${query}`)).items.map(({ name }) => name);
  expect(await names('folder=cats/wild')).toEqual(['b.csv', 'a.md']);
  expect([await names('folder='), await names('q=A.M'), await names('status=failed')]).toEqual([[], ['a.md'], []]);

  const folder = { folder: 'cats/wild' };
  const clash = await add(editor!, [file('c.md', 'New.'), file('a.md', 'The lynx runs.')], {
    ...folder,
    on_conflict: 'fail',
  });
  expect([clash.status, clash.body.reason]).toEqual([409, 'exists']);
  // All or none.
  expect(await names('')).toHaveLength(2);
  const renamed = await add(editor!, [file('a.md', 'The lynx runs.')], { ...folder, on_conflict: 'rename' });
  expect(renamed.body.documents).toMatchObject([{ name: 'a (2).md', version: 1 }]);
  await jobOver(owner, renamed.body.job_ids[0]!);
  const next = await add(editor!, [file('a.md', 'The lynx sleeps.'), file('b.csv', 'cat,lynx')], folder);
  expect(next.body.documents).toMatchObject([{ version: 2 }, { version: 1 }]);
  expect(next.body.job_ids).toHaveLength(1);
  await jobOver(owner, next.body.job_ids[0]!);
  expect((await add(editor!, [file('x.md', 'A'), file('x.md', 'B')])).status).toBe(400);
  expect((await add(editor!, [file('x.md', 'A')], { folder: 'a/../b' })).status).toBe(400);
  expect((await add(editor!, [])).status).toBe(400);

  const again = async (who: TestUser, body: object) =>
    (await who.ask('POST', `${url}/reingest`, body)) as { status: number; body: { job_ids: string[] } };
  expect((await again(viewer!, { all: true })).status).toBe(403);
  const other = await ingest(owner, 'team.md', Buffer.from('Team.'));
  expect((await again(editor!, { document_ids: [other.body.file_id] })).status).toBe(404);
  const none = await again(editor!, { all: true });
  expect(await jobOver(editor!, none.body.job_ids[0]!)).toMatchObject({ result: { ready: 0, failed: 0 } });
  const all = await again(editor!, { all: true, force: true });
  expect(await jobOver(editor!, all.body.job_ids[0]!)).toMatchObject({ result: { ready: 3, failed: 0 } });
  const named = await again(editor!, { document_ids: [first.body.documents[0]!.id], force: true });
  expect(await jobOver(editor!, named.body.job_ids[0]!)).toMatchObject({ result: { ready: 1, failed: 0 } });

  const { entries } = await owner.get<{ entries: { entry_type: string }[] }>('/journal?limit=200');
  const told = new Set(entries.map(({ entry_type: type }) => type));
  expect(told).toContain('document.uploaded');
  expect(told).toContain('document.ingested');
  await owner.post(`/projects/${id}/archive`, {}, 200);
  const archived = await add(editor!, [file('z.md', 'Z')]);
  expect([archived.status, archived.body]).toMatchObject([409, { current_status: 'archived' }]);
  expect((await again(editor!, { all: true })).status).toBe(409);
});

test('where reviews are required, who only reads gets neither the entries nor the file before that', async () => {
  const [viewer] = await people(owner, 'VIEWER');
  await owner.patch('/knowledge/namespaces/team', { review_required: true, version: 1 });
  const { body } = await ingest(owner, 'tapir.txt', Buffer.from('The tapir naps.'));
  await jobOver(owner, body.job_id);
  expect(await find(viewer!, 'tapir')).toEqual([]);
  expect(await filesOf(viewer!)).toEqual([]);
  const { items } = await owner.get<{ items: { id: string; status: string }[] }>(`/knowledge?file_id=${body.file_id}`);
  expect(items).toMatchObject([{ status: 'pending_review' }]);
  expect((await viewer!.ask('GET', `/knowledge/${items[0]!.id}/file`)).status).toBe(404);
  await owner.post('/knowledge/wiki-governance/actions', { action: 'approve', entry_ids: [items[0]!.id] }, 200);
  expect((await viewer!.send('GET', `/knowledge/${items[0]!.id}/file`)).body).toBe('The tapir naps.');
  expect(await filesOf(viewer!)).toHaveLength(1);
});

test('a request that is repeated under its key is answered as before', async () => {
  const headers = { 'idempotency-key': 'ingest-once-1' };
  const once = (text: string) =>
    upload(owner, '/knowledge/ingest', { namespace: 'team' }, [file('once.txt', text)], headers);
  const [first, second, other] = [await once('Once.'), await once('Once.'), await once('Twice.')];
  expect([first.status, second.status, other.status]).toEqual([202, 202, 422]);
  expect(second.body).toEqual(first.body);
});

test('a right that was lost meanwhile ends what was asked for by it', async () => {
  const [member] = await people(owner, 'MEMBER');
  await world.engine.processes.get('control')!.stop();
  const { body } = await ingest(member!, 'lost.txt', Buffer.from('The dodo is gone.'));
  await owner.patch(`/auth/users/${member!.id}`, { role: 'VIEWER' });
  await world.engine.start('control');
  expect(await jobOver(owner, body.job_id)).toMatchObject({ status: 'failed', error: { code: 'forbidden' } });
  expect(await filesOf(owner)).toMatchObject([{ status: 'failed', error: { code: 'forbidden' }, entry_count: 0 }]);
  expect(await find(owner, 'dodo')).toEqual([]);
});

async function people(of: TestOwner, ...roles: readonly ('MANAGER' | 'MEMBER' | 'VIEWER')[]): Promise<TestUser[]> {
  const all: TestUser[] = [];
  for (const role of roles) all.push(await world.api.addMember(of.workspaceId, role));
  return all;
}
