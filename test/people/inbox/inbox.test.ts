import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { addInboxItem, type InboxAudience, type NewInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import type { TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const internal = perFile(() => startInternal('inbox'));
beforeEach(() => beatHost(internal.api));
const crew = perTest(() => internal.addCrew());
const manager = perTest(() => internal.api.addMember(crew.workspaceId, 'MANAGER'));
const viewer = perTest(() => internal.api.addMember(crew.workspaceId, 'VIEWER'));

interface Item {
  readonly id: string;
  readonly kind: string;
  readonly type: string;
  readonly state: string;
  readonly source_id: string;
}
interface List {
  readonly rows: Item[];
  readonly count: number;
  readonly unread_count: number;
}
const list = (as: TestUser, query = '') => as.get<List>(`/inbox${query}`);
const types = async (as: TestUser, query = '') => (await list(as, query)).rows.map(({ type }) => type);

/** An item for a role, or for one person. */
async function add(audience: InboxAudience, more: Partial<NewInboxItem> = {}): Promise<string> {
  await internal.api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    addInboxItem(tx, {
      ...{ workspaceId: crew.workspaceId, type: 'run.failed', subject_type: 'run', subject_id: 'a-run' },
      ...{ crew_id: crew.crewId, blocking: false, ...audience, ...more },
    } as NewInboxItem),
  );
  const [row] = await crew.rows<{ id: string }>(sql`SELECT id FROM inbox_items ORDER BY created_at DESC, id LIMIT 1`);
  return row!.id;
}

test('everybody sees what is for their role or for them; read is each one’s own', async () => {
  const forManagers = await add({ audience_role: 'MANAGER' });
  const forViewer = await add({ audience_user_id: viewer.id }, { type: 'job.completed', subject_type: 'job' });
  const forAll = await add({ audience_role: 'VIEWER' }, { type: 'budget.warning', subject_type: 'budget' });
  expect(await types(manager)).toEqual(['budget.warning', 'run.failed']);
  expect(await types(viewer)).toEqual(['budget.warning', 'job.completed']);
  expect(outcome(await viewer.ask('GET', `/inbox/${forManagers}`))).toEqual([404, 'not_found']);
  expect(outcome(await manager.ask('PATCH', `/inbox/${forViewer}`, { state: 'read' }))).toEqual([404, 'not_found']);

  expect(await viewer.get('/inbox/count')).toEqual({ unread_count: 2 });
  expect(await viewer.patch(`/inbox/${forAll}`, { state: 'read' })).toMatchObject({
    ...{ id: forAll, state: 'read', kind: 'budget', read_at: expect.any(String), body_md: null, payload: {} },
  });
  expect(await list(viewer)).toMatchObject({ count: 2, unread_count: 1 });
  expect(await list(manager)).toMatchObject({ count: 2, unread_count: 2 });
  expect(await types(viewer, '?state=unread')).toEqual(['job.completed']);
  expect(await types(viewer, '?state=read')).toEqual(['budget.warning']);
  expect(await types(viewer, '?kind=job')).toEqual(['job.completed']);
  await viewer.patch(`/inbox/${forAll}`, { state: 'unread' });
  await viewer.patch(`/inbox/${forViewer}`, { state: 'resolved' });
  expect(await types(viewer, '?state=active')).toEqual(['budget.warning']);
  expect(await types(viewer, '?state=resolved')).toEqual(['job.completed']);
  await viewer.get('/inbox?state=gone', 400);
});

test('a question is in the inboxes of those who may answer until it is answered, and cannot be put away', async () => {
  const id = await crew.ask();
  const [item] = (await list(manager)).rows;
  expect(item).toMatchObject({
    ...{ kind: 'escalation', type: 'escalation.opened', source_id: id, state: 'unread', blocking: true },
    ...{ priority: 'high', sender_type: 'agent', sender_id: crew.lead.id, sender_name: expect.any(String) },
  });
  expect(await types(viewer)).toEqual([]);
  const refused = await manager.ask('PATCH', `/inbox/${item!.id}`, { state: 'resolved' });
  expect([refused.status, refused.body]).toMatchObject([409, { code: 'conflict', reason: 'blocking' }]);
  await manager.patch(`/escalations/${id}/resolve`, { resolution: 'Left', action: 'reject' });
  expect(await manager.get(`/inbox/${item!.id}`)).toMatchObject({
    ...{ state: 'resolved', resolved_by_user_id: manager.id, resolved_action: 'rejected' },
  });
  const second = await crew.ask();
  await manager.act(`/escalations/${second}/cancel`);
  expect((await list(manager, '?state=resolved')).rows[0]).toMatchObject({ resolved_action: 'cancelled' });
});

test('several are moved with a result for each, and purged but for what holds something up', async () => {
  const [first, second] = [await add({ audience_role: 'VIEWER' }), await add({ audience_role: 'VIEWER' })];
  const question = await crew.ask();
  const [held] = (await list(manager)).rows;
  const foreign = await internal.addCrew();
  await foreign.ask();
  const [theirs] = (await list(foreign.owner)).rows;
  const move = await manager.act<{ results: object[] }>('/inbox/bulk', {
    ids: [first, held!.id, theirs!.id],
    state: 'resolved',
  });
  expect(move.results).toEqual([
    { id: first, ok: true, code: null },
    { id: held!.id, ok: false, code: 'conflict' },
    { id: theirs!.id, ok: false, code: 'not_found' },
  ]);
  const byKind = { filter: { kind: 'failed_run' }, state: 'read' };
  expect((await manager.act<{ results: Item[] }>('/inbox/bulk', byKind)).results.map(({ id }) => id)).toEqual([
    second,
    first,
  ]);
  await manager.post('/inbox/bulk', { state: 'read' }, 400);
  await manager.post('/inbox/bulk', { ids: [first], filter: {}, state: 'read' }, 400);
  await manager.delete('/inbox?state=all', 403);
  const purged = await crew.owner.ask<{ deleted: number }>('DELETE', '/inbox?state=all');
  expect([purged.status, purged.body]).toEqual([200, { deleted: 2 }]);
  expect((await list(manager)).rows.map(({ source_id: source }) => source)).toEqual([question]);
  expect((await list(foreign.owner)).count).toBe(1);
  expect(await crew.rows(sql`SELECT payload FROM journal_entries WHERE entry_type = 'inbox.purged'`)).toEqual([
    { payload: { deleted: 2, state: 'all', kind: null, before: null } },
  ]);
});

test('notifications are the same rows', async () => {
  const plain = await add({ audience_user_id: viewer.id }, { type: 'job.failed', subject_type: 'job' });
  const all = await add({ audience_role: 'VIEWER' });
  await crew.ask();
  const [held] = (await list(manager)).rows;
  interface Feed {
    readonly items: { readonly id: string; readonly read_at: string | null }[];
    readonly total: number;
  }
  expect(await viewer.get<Feed>('/notifications?limit=1')).toMatchObject({
    ...{ total: 2, limit: 1, offset: 0 },
    items: [{ id: all, type: 'run.failed', subject: { type: 'run', id: 'a-run' }, blocking: false }],
  });
  expect(await viewer.get('/notifications/unread-count')).toEqual({ unread: 2, blocking: 0 });
  expect(await manager.get('/notifications/unread-count')).toEqual({ unread: 2, blocking: 1 });
  const read = await viewer.act<{ read_at: string }>(`/notifications/${plain}/read`);
  expect(await viewer.act(`/notifications/${plain}/read`)).toEqual(read);
  expect((await viewer.get<Feed>('/notifications?unread=true')).items.map(({ id }) => id)).toEqual([all]);
  expect((await viewer.get<Feed>('/notifications?type=job.failed')).total).toBe(1);
  await viewer.get('/notifications?type=unknown', 400);
  await viewer.act(`/notifications/${plain}/dismiss`);
  expect((await viewer.get<Feed>('/notifications')).total).toBe(1);
  expect((await viewer.get<Feed>('/notifications?include_dismissed=true')).total).toBe(2);
  expect(outcome(await manager.ask('POST', `/notifications/${held!.id}/dismiss`))).toEqual([409, 'conflict']);
  expect(outcome(await viewer.ask('POST', `/notifications/${held!.id}/read`))).toEqual([404, 'not_found']);
  expect(await viewer.act('/notifications/read-all')).toEqual({ updated: 1 });
  expect(await manager.act('/notifications/read-all', { type: 'run.failed' })).toEqual({ updated: 1 });
  expect(await manager.get('/notifications/unread-count')).toEqual({ unread: 1, blocking: 1 });
});

test('everybody says what they are shown; what holds something up is shown whatever they say', async () => {
  const url = '/notifications/preferences';
  interface Preferences {
    readonly types: Readonly<Record<string, readonly string[]>>;
    readonly version: number;
  }
  const first = await viewer.get<Preferences>(url);
  expect(first).toMatchObject({
    channels: {
      in_app: { enabled: true, available: true },
      email: { enabled: false, available: false },
      webhook: { enabled: false, available: true },
    },
    types: { 'job.failed': ['in_app'], mention: ['in_app'], 'approval.requested': ['in_app'] },
    ...{ quiet_hours: null, digest: null, staggering: null, version: 0 },
  });
  expect(await viewer.put(url, first)).toEqual({ ...first, version: 1 });
  const said = {
    channels: { email: { enabled: true } },
    types: { 'run.failed': [], 'job.failed': ['email'], 'approval.requested': ['in_app', 'email'] },
    quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Prague', days: [1, 2] },
    digest: { every: 'day', time_zone: 'UTC' },
    staggering: { channel: 'webhook', after_minutes: 30 },
  };
  const saved = await viewer.put<Preferences>(url, { ...said, version: 1 });
  expect(await viewer.get(url)).toEqual(saved);
  expect(saved).toMatchObject({
    ...{ ...said, digest: { every: 'day', at: '08:00', time_zone: 'UTC' }, version: 2 },
    types: { ...said.types, mention: ['in_app'] },
  });
  await add({ audience_role: 'VIEWER' });
  await add({ audience_role: 'VIEWER' }, { type: 'budget.warning' });
  await add({ audience_role: 'VIEWER' }, { type: 'job.failed', blocking: true });
  expect(await types(viewer)).toEqual(['job.failed', 'budget.warning']);
  expect(await viewer.get('/notifications/unread-count')).toEqual({ unread: 2, blocking: 1 });
  expect(await viewer.get('/notifications')).toMatchObject({ total: 2 });
  expect((await types(manager)).length).toBe(3);
  const stale = await viewer.ask('PUT', url, { ...said, version: 1 });
  expect([stale.status, stale.body]).toMatchObject([409, { code: 'version_conflict', current_version: 2 }]);
  const elsewhere = { from: '22:00', to: '22:00', time_zone: 'UTC' };
  for (const [path, body] of [
    ['types.unknown', { types: { unknown: ['in_app'] } }],
    ['types.account.security', { types: { 'account.security': ['email'] } }],
    ['types.run.failed.0', { types: { 'run.failed': ['pigeon'] } }],
    ['types.run.failed', { types: { 'run.failed': ['email', 'email'] } }],
    ['channels.in_app.enabled', { channels: { in_app: { enabled: false } } }],
    ['quiet_hours.to', { quiet_hours: elsewhere }],
    ['quiet_hours.time_zone', { quiet_hours: { ...elsewhere, to: '07:00', time_zone: 'Garden/Shed' } }],
    ['digest.every', { digest: { every: 'year', time_zone: 'UTC' } }],
    ['staggering.after_minutes', { staggering: { channel: 'email', after_minutes: 0 } }],
  ] as const) {
    const refused = await viewer.ask('PUT', url, { ...body, version: 2 });
    expect([refused.status, refused.body.errors?.[0]?.path], path).toEqual([400, path]);
  }
  const long = {
    types: Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`t${i}`, ['in_app']])),
    version: 2,
  };
  expect(outcome(await viewer.ask('PUT', url, long))).toEqual([413, 'payload_too_large']);
});
