import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const internal = perFile(() => startInternal('policies'));
const crew = perTest(() => internal.addCrew());
const manager = perTest(() => internal.api.addMember(crew.workspaceId, 'MANAGER'));

const PATH = () => `/crews/${crew.crewId}/policy`;
const policy = (autonomy_level: string, more: object = {}) => ({ autonomy_level, behavior_mode: 'warn', ...more });

test('a policy is read, set by who may, and the next thing that an agent does is judged by it', async () => {
  expect(await manager.get(PATH())).toEqual({
    ...{ crew_id: crew.crewId, autonomy_level: 'guided', behavior_mode: 'warn' },
    ...{ set_by_user_id: null, set_at: null, reason: null },
  });
  const strict = await manager.put(PATH(), policy('strict', { behavior_mode: 'block', reason: 'New here' }));
  expect(strict).toMatchObject({ set_by_user_id: manager.id, set_at: expect.any(String), reason: 'New here' });
  await manager.put(PATH(), policy('guided'), 403);
  const make = () => crew.call({ path: '/api/v1/internal/agents', body: { name: `Agent ${Math.random()}` } });
  expect((await make()).status).toBe(403);
  await crew.owner.put(PATH(), policy('full'), 400);
  await crew.owner.put(PATH(), policy('full', { reason: 'Trusted', behavior_mode: 'block' }), 400);
  await crew.owner.put(PATH(), policy('full', { reason: 'Trusted' }));
  expect((await make()).status).toBe(201);
  const { rows } = await manager.get<{ rows: { type: string; blocking: boolean }[] }>('/inbox?kind=message');
  expect(rows).toMatchObject([{ type: 'agent.made', blocking: false }]);
  const entries = await crew.rows<{ payload: object }>(
    sql`SELECT payload FROM journal_entries WHERE entry_type = 'policy.changed' ORDER BY ts`,
  );
  expect(entries.map(({ payload }) => payload)).toEqual([
    { from: 'guided', to: 'strict', behavior_mode: 'block' },
    { from: 'strict', to: 'full', behavior_mode: 'warn' },
  ]);
});

test('policies of all crews are listed by name; another workspace has none of them', async () => {
  const sibling = await internal.addCrew(crew);
  const listed = await manager.get<{ crew_id: string; crew_name: string }[]>('/policies');
  expect(new Set(listed.map(({ crew_id: id }) => id))).toEqual(new Set([crew.crewId, sibling.crewId]));
  expect(listed.map(({ crew_name: name }) => name)).toEqual([...listed.map(({ crew_name: name }) => name)].sort());
  expect(await manager.get<object[]>('/policies?limit=1')).toHaveLength(1);
  const stranger = await internal.api.addOwner();
  await stranger.get(PATH(), 404);
  expect(await stranger.get('/policies')).toEqual([]);
  // What is changed with the crew is the same policy.
  await manager.patch(`/crews/${crew.crewId}`, { autonomy_level: 'strict' });
  expect(await manager.get(PATH())).toMatchObject({ autonomy_level: 'strict', set_by_user_id: manager.id });
});
