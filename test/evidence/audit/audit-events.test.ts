import { expect, test } from 'vitest';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

interface Item {
  readonly id: string;
  readonly action: string;
  readonly user_id: string | null;
  readonly api_key_id: string | null;
}
interface List {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

const api = perFile(() => startTestApi());
const owner = perFile(() => api.addOwner());
const events = (query = '') => owner.get<List>(`/audit/events${query}`);

test('pages follow one another by cursor to the first thing that was done, and none is told twice', async () => {
  for (let n = 0; n < 7; n += 1) await owner.post('/crews', { name: `Crew ${n}`, slug: `crew-${n}` });
  const all = (await events()).items;
  expect(all).toHaveLength(7);
  expect((await events()).next_cursor).toBeNull();
  const paged: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: List = await events(`?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
    expect(page.items.length).toBeLessThanOrEqual(3);
    paged.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(paged).toEqual(all);
  for (const query of ['limit=501', 'cursor=x', 'actor_type=agent', 'q=x', 'from=today']) {
    expect((await owner.ask('GET', `/audit/events?${query}`)).status, query).toBe(400);
  }
  expect((await (await api.addMember(owner.workspaceId, 'MANAGER')).ask('GET', '/audit/events')).status).toBe(403);
});

test('what was done with an API key is found by it, and the export of it is journalled', async () => {
  const { jwt } = await api.signIn(owner.id);
  const made = await api.call(jwt, {
    ...{ method: 'POST', url: '/api/v1/auth/api-keys' },
    payload: { name: 'Robot', workspace_id: owner.workspaceId },
  });
  const { id, key } = made.json<{ id: string; key: string }>();
  const headers = { 'x-crewos-api-key': key };
  const crew = { name: 'Keyed', slug: 'keyed' };
  const created = await api.call(null, { method: 'POST', url: '/api/v1/crews', headers, payload: crew });
  expect(created.statusCode).toBe(201);
  const { items } = await events(`?api_key_id=${id}&actor_type=user`);
  expect(items).toMatchObject([{ api_key_id: id, user_id: owner.id, action: 'audit.entity_created' }]);
  expect((await events('?api_key_id=another')).items).toEqual([]);
  expect((await events('?actor_type=keeper')).items).toEqual([]);
  const csv = await owner.send('GET', `/audit/events/export.csv?api_key_id=${id}&q=crew`);
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(csv.body.trimEnd().split('\r\n')).toHaveLength(2);
  expect(csv.body).toContain(items[0]!.id);
  expect((await events('?action=audit.exported')).items).toMatchObject([
    { action: 'audit.exported', metadata: { filters: ['api_key_id', 'q'] } },
  ]);
});
