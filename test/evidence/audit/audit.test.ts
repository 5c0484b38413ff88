import { expect, test } from 'vitest';
import { startTestApi } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

interface Row {
  readonly action: string;
  readonly entity_id: string;
  readonly user_id: string;
  readonly summary: string;
}
interface List {
  readonly data: readonly Row[];
  readonly pagination: object;
}

const api = perFile(() => startTestApi());
const owner = perFile(() => api.addOwner());
const url = () => `/api/v1/workspaces/${owner.workspaceId}`;
const audit = async (query = '') => (await owner.get<List>(`/audit${query}`)).data;

test('what people did has who, from where and with what, newest first and page by page', async () => {
  const person = await api.addUser();
  const added = await api.call(owner.token, {
    method: 'POST',
    url: `${url()}/members`,
    payload: { user_id: person.id },
    headers: { 'user-agent': 'audit-test/1.0' },
    remoteAddress: '192.0.2.7',
  });
  expect(added.statusCode).toBe(201);
  await owner.patch(`${url()}/members/${person.id}`, { role: 'VIEWER' });
  await owner.post('/crews', { name: 'Crew', slug: 'crew' });
  const [crew, role, member] = await audit();
  expect([crew!.action, role!.action]).toEqual(['audit.entity_created', 'member.role_change']);
  expect(member).toMatchObject({
    action: 'member.added',
    entity_type: 'member',
    entity_id: person.id,
    user_id: owner.id,
    ip_address: '192.0.2.7',
    user_agent: 'audit-test/1.0',
    auth_method: 'cli_token',
    metadata: { role: 'MEMBER' },
  });
  const second = await owner.get<List>('/audit?page=2&limit=1');
  expect(second.data).toEqual([role]);
  expect(second.pagination).toEqual({ page: 2, limit: 1, total: 3, total_pages: 3 });
});

test('each filter narrows, and they narrow together', async () => {
  const all = await audit();
  const [crew, role, member] = all;
  expect(await audit('?action=member.role_change')).toEqual([role]);
  expect(await audit('?entity_type=crew')).toEqual([crew]);
  expect(await audit(`?entity_id=${member!.entity_id}`)).toEqual([role, member]);
  expect(await audit(`?user_id=${owner.id}`)).toEqual(all);
  expect(await audit('?user_id=nobody')).toEqual([]);
  expect(await audit('?source=crews')).toEqual([crew]);
  expect(await audit('?source=workspace')).toEqual([role, member]);
  expect(await audit('?source=keeper')).toEqual([]);
  expect(await audit('?search=VIEWER')).toEqual([role]);
  expect(await audit('?search=%25%25')).toEqual([]);
  expect(await audit('?date_from=2999-01-01T00:00:00Z')).toEqual([]);
  expect(await audit(`?date_to=2999-01-01T00:00:00Z&entity_type=member&search=added`)).toEqual([member]);
  for (const query of ['limit=101', 'page=0', 'page=101&limit=100', 'source=all', 'search=x', 'date_from=today']) {
    expect((await owner.ask('GET', `/audit?${query}`)).status, query).toBe(400);
  }
});

test('the export is CSV that no spreadsheet calculates with', async () => {
  await owner.post('/credentials', { name: '=1+1', type: 'SECRET', value: 'a-secret-value' });
  await owner.patch(url(), { name: 'Renamed, "again"' });
  const response = await owner.send('GET', '/audit/export.csv?source=workspace');
  expect(response.headers['content-type']).toBe('text/csv; charset=utf-8');
  const [header, ...lines] = response.body.trimEnd().split('\r\n');
  expect(header).toBe(
    'created_at,action,entity_type,entity_id,summary,user_id,user_email,user_name,' +
      'ip_address,user_agent,auth_method,request_id,id',
  );
  expect(lines).toHaveLength(3);
  const everything = await owner.send('GET', '/audit/export.csv');
  expect(everything.body).not.toMatch(/(^|,)"?[=+@]/m);
  expect(everything.body).not.toContain('a-secret-value');
});

test('it is for those who manage, and shows nothing of other workspaces', async () => {
  const manager = await api.addMember(owner.workspaceId, 'MANAGER');
  expect(outcome(await manager.ask('GET', '/audit'))).toEqual([403, 'forbidden']);
  const other = await api.addOwner();
  expect((await other.get<List>('/audit')).data).toEqual([]);
});
