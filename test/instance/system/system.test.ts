import { expect, test } from 'vitest';
import { expectedMigrations } from '../../../db/instance/health/schema-version.ts';
import { addCrew, beatHost } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

let isTemporalUp = true;
const api = perFile(() =>
  startTestApi({
    probes: [
      {
        name: 'temporal',
        required: false,
        budgetMs: 500,
        check: async () => {
          if (!isTemporalUp) throw new Error('away');
        },
      },
    ],
  }),
);
const owner = perFile(() => api.addOwner());

test('without a live host nothing can run, and the daemon is unreachable', async () => {
  expect(await owner.get('/system/runtime')).toMatchObject({ available: false, version: 'test' });
  expect(await owner.ask('GET', '/crewshipd')).toMatchObject({ status: 503, body: { status: 'unreachable' } });
});

test('with one it says what is up and what waits; engines are shown to the operator only', async () => {
  await beatHost(api, 3);
  const operator = await api.addUser({ operator: true });
  const runtime = await owner.get<object>('/system/runtime');
  expect(runtime).toMatchObject({ available: true });
  expect(runtime).not.toHaveProperty('runtimes');
  expect(await operator.get('/system/runtime')).toMatchObject({
    runtime: 'docker',
    runtimes: [{ host_id: 'test-host', engine_version: '1', status: 'up', in_use: true }],
  });
  expect(await owner.get('/crewshipd')).toMatchObject({
    status: 'ok',
    hosts: { total: 1, live: 1 },
    engine: { status: 'ok' },
    queues: { outbox_parked: 0, runs_queued: 0 },
  });
  isTemporalUp = false;
  expect(await owner.get('/crewshipd')).toMatchObject({ status: 'degraded', engine: { status: 'down' } });
  isTemporalUp = true;
});

test('capacity is the places that admission counts by, and what waits', async () => {
  expect(await owner.get('/capacity')).toEqual({
    hosts: [{ id: 'test-host', status: 'up', live: true, capacity: 3, in_use: 0, waiting: 0, waiting_for_answers: 0 }],
    workspace: { in_use: 0, waiting: 0 },
    builds: { running: 0, waiting: 0 },
  });
});

test('the version names the newest migration; a license that nobody gave has no limits', async () => {
  expect(await owner.get('/system/version')).toMatchObject({
    current: 'test',
    newer: false,
    schema_version: expectedMigrations.at(-1),
  });
  expect(await owner.get('/system/license')).toMatchObject({ edition: 'unlimited', max_crews: null });
});

test('an OWNER sees their workspace, an ADMIN does not, and the operator the instance', async () => {
  await addCrew(api, { workspaceId: owner.workspaceId, owner });
  const admin = await api.addMember(owner.workspaceId, 'ADMIN');
  await addCrew(api);
  expect(await owner.get('/admin/stats')).toEqual({ workspaces: 1, users: 2, agents: 3, running: 0, crews: 1 });
  expect(await owner.get('/admin/users')).toMatchObject([
    { id: owner.id, role: 'OWNER', workspace: { id: owner.workspaceId } },
    { id: admin.id, role: 'ADMIN' },
  ]);
  expect(await owner.get('/admin/workspaces')).toMatchObject([
    { id: owner.workspaceId, _count_members: 2, _count_agents: 3, _count_crews: 1 },
  ]);
  for (const path of ['stats', 'users', 'workspaces', 'health', 'security-posture']) {
    expect((await admin.ask('GET', `/admin/${path}`)).status, path).toBe(403);
  }
  const operator = await api.addUser({ operator: true });
  expect(await operator.get('/admin/health')).toMatchObject({ status: 'ok', checks: { temporal: { status: 'ok' } } });
  const posture = await operator.get<{ warnings: { key: string }[] }>('/admin/security-posture');
  expect(posture.warnings.map(({ key }) => key)).toEqual(['production', 'https']);
});
