import { beforeEach, expect, test } from 'vitest';
import type { KnowledgeEntry } from '../../../domain/knowledge/entries/entry.ts';
import type { KnowledgeLink } from '../../../domain/knowledge/entries/link.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
let owner: TestOwner;
let manager: TestUser;
let member: TestUser;
beforeEach(async () => {
  owner = await api.addOwner();
  manager = await api.addMember(owner.workspaceId, 'MANAGER');
  member = await api.addMember(owner.workspaceId, 'MEMBER');
});

const write = (who: TestUser, title: string, more: object = {}) =>
  who.post<KnowledgeEntry>('/knowledge', { namespace: 'team', title, content: 'Words.', ...more });
const links = async (entry: { id: string }, query = '') =>
  (await owner.get<{ items: KnowledgeLink[] }>(`/knowledge/${entry.id}/links${query}`)).items;
const put = (who: TestUser, entry: KnowledgeEntry, change: object) => {
  const { title, content, kind, summary, tags, status, visibility, source, confidence, expires_at, version } = entry;
  const whole = { title, content, kind, summary, tags, status, visibility, source, confidence, expires_at, version };
  return who.ask<KnowledgeEntry & { reason?: string; current_status?: string }>('PUT', `/knowledge/${entry.id}`, {
    ...whole,
    ...change,
  });
};

test('an entry is written, changed by who read it last, shown as it was, and deleted by who may', async () => {
  const first = await write(member, 'How we release', {
    tags: ['release', 'release'],
    source: { type: 'web', url: 'https://example.com/release' },
    confidence: 0.8,
  });
  expect(first).toMatchObject({ slug: 'how-we-release', tags: ['release'], status: 'published', version: 1 });
  const other = await api.addMember(owner.workspaceId, 'MEMBER');
  const changes = await Promise.all([put(member, first, { content: 'A' }), put(other, first, { content: 'B' })]);
  expect(changes.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  const lost = changes.find(({ status }) => status === 409)!;
  expect(lost.body).toMatchObject({ code: 'version_conflict', current_version: 2 });
  expect(await owner.get(`/knowledge/${first.id}?version=1`)).toMatchObject({ content: 'Words.', version: 1 });
  expect((await owner.ask('GET', `/knowledge/${first.id}?version=3`)).status).toBe(404);
  const { items } = await member.get<{ items: object[] }>('/knowledge?tag=release&q=RELEASE&kind=page');
  expect(items).toHaveLength(1);
  expect(items[0]).not.toHaveProperty('content');
  const taken = await member.ask('POST', '/knowledge', { namespace: 'team', title: 'how we release!', content: 'x' });
  expect([taken.status, taken.body.reason]).toEqual([409, 'slug']);
  const nameless = await member.ask('POST', '/knowledge', { namespace: 'team', title: '…!', content: 'x' });
  expect([nameless.status, nameless.body.errors[0].path]).toEqual([400, 'title']);
  expect((await other.ask('DELETE', `/knowledge/${first.id}`)).status).toBe(403);
  await member.delete(`/knowledge/${first.id}`);
  expect((await member.ask('GET', `/knowledge/${first.id}`)).status).toBe(404);
  const told = await api.database.systemReads.any<{ entry_type: string }>(
    [],
    sql`SELECT entry_type FROM journal_entries WHERE workspace_id = ${owner.workspaceId}
      AND entry_type LIKE 'knowledge.%' ORDER BY ts, id`,
  );
  const deleted = ['created', 'updated', 'deleted'].map((what) => ({ entry_type: `knowledge.entry_${what}` }));
  expect(told).toEqual(deleted);
});

test('states follow each other, and where reviews are required nothing is published without one', async () => {
  const draft = await write(member, 'Draft', { status: 'draft' });
  const refused = await put(member, draft, { status: 'stale' });
  expect([refused.status, refused.body.current_status]).toEqual([409, 'draft']);
  const published = (await put(member, draft, { status: 'published' })).body;
  expect((await put(member, published, { expires_at: '2020-01-01T00:00:00Z' })).body.status).toBe('stale');
  const spaces = '/knowledge/namespaces';
  expect((await manager.ask('PATCH', `${spaces}/team`, { review_required: true, version: 1 })).status).toBe(403);
  expect(await owner.patch(`${spaces}/team`, { review_required: true, version: 1 })).toMatchObject({
    review_required: true,
  });
  expect((await owner.ask('PATCH', `${spaces}/team`, { title: 'Us', version: 1 })).status).toBe(409);
  // What was reviewed may be called stale as it is; another text waits, whatever it is called.
  const shown = await write(manager, 'Shown', { status: 'draft' });
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, (tx) =>
    tx.execute(sql`UPDATE knowledge_entries SET status = 'published' WHERE id = ${shown.id}`),
  );
  const stale = (await put(owner, shown, { status: 'stale' })).body;
  expect(stale).toMatchObject({ status: 'stale' });
  expect((await put(owner, stale, { status: 'stale', content: 'Unseen.' })).body.status).toBe('pending_review');
  const waiting = await write(manager, 'Waiting');
  expect(waiting.status).toBe('pending_review');
  expect((await put(owner, waiting, { status: 'published' })).body).toMatchObject({ current_status: 'pending_review' });
  const viewer = await api.addMember(owner.workspaceId, 'VIEWER');
  expect((await viewer.ask('GET', `/knowledge/${waiting.id}`)).status).toBe(404);
  expect((await viewer.ask('POST', '/knowledge', { namespace: 'team', title: 'x', content: 'x' })).status).toBe(403);
});

test('texts link to titles of their namespace, before and after these are there', async () => {
  const plan = await write(member, 'Plan', { content: 'After [[Tests]], see [[Tests|them]] and [[plan]].' });
  expect(await links(plan)).toEqual([]);
  const tests = await write(member, 'Tests');
  expect(await links(plan)).toMatchObject([{ to_entry_id: tests.id, relation: 'related', origin: 'human' }]);
  const [link] = await links(plan);
  const url = `/knowledge/${plan.id}/links/${link!.id}`;
  expect((await member.ask('DELETE', url)).body).toMatchObject({ status: 409, reason: 'from_text' });
  const renamed = (await put(member, tests, { title: 'Checks' })).body;
  expect(await links(plan)).toEqual([]);
  expect((await put(member, renamed, { title: 'Tests' })).status).toBe(200);
  expect(await links(plan)).toHaveLength(1);
  await member.delete(`/knowledge/${tests.id}`);
  await write(member, 'tests');
  expect(await links(plan)).toHaveLength(1);
  expect((await put(member, plan, { content: 'No words of it.' })).status).toBe(200);
  expect(await links(plan)).toEqual([]);
});

test('of many who write a page and texts that name it, every text links to it', async () => {
  const wanting = Array.from({ length: 4 }, (_, index) => write(member, `Text ${index}`, { content: '[[Target]]' }));
  const [target, ...texts] = await Promise.all([write(manager, 'Target'), ...wanting]);
  const into = await links(target, '?direction=in');
  expect(into.map(({ from_entry_id: from }) => from).toSorted()).toEqual(texts.map(({ id }) => id).toSorted());
});

test('links are made between what is seen, once each, and shown as a graph', async () => {
  const entries = await Promise.all(['A', 'B', 'C', 'D'].map((title) => write(member, title)));
  const [a, b, c, d] = entries as [KnowledgeEntry, KnowledgeEntry, KnowledgeEntry, KnowledgeEntry];
  const link = (from: KnowledgeEntry, to: KnowledgeEntry, relation = 'supports') =>
    member.ask<KnowledgeLink>('POST', `/knowledge/${from.id}/links`, { to_entry_id: to.id, relation });
  const first = (await link(a, b)).body;
  expect((await link(a, a)).status).toBe(400);
  const twice = await link(a, b);
  expect([twice.status, twice.body]).toMatchObject([409, { reason: 'exists' }]);
  await link(b, c);
  await link(c, d, 'cites');
  const of = async (query: string) => {
    const graph = await member.get<{ nodes: { title: string }[]; edges: object[]; truncated: boolean }>(
      `/knowledge/wiki-graph?namespace=team&${query}`,
    );
    return [
      graph.nodes
        .map(({ title }) => title)
        .toSorted()
        .join(''),
      graph.edges.length,
      graph.truncated,
    ];
  };
  expect(await of('')).toEqual(['ABCD', 3, false]);
  expect(await of(`root=${a.id}&depth=1`)).toEqual(['AB', 1, false]);
  expect(await of(`root=${a.id}&depth=4&relation=supports`)).toEqual(['ABC', 2, false]);
  expect(await of('limit=2')).toMatchObject([expect.stringMatching(/^..$/), expect.any(Number), true]);
  const url = `/knowledge/${a.id}/links/${first.id}`;
  expect(await member.patch(url, { status: 'rejected', weight: 0.5 })).toMatchObject({ weight: 0.5 });
  expect(await of(`root=${a.id}`)).toEqual(['A', 0, false]);
  expect(outcome(await member.ask('PATCH', `/knowledge/${b.id}/links/${first.id}`, { weight: 1 }))).toEqual([
    404,
    'not_found',
  ]);
  expect((await member.ask('PATCH', url, {})).status).toBe(400);
  await member.delete(url);
  expect(await links(a)).toEqual([]);
});
