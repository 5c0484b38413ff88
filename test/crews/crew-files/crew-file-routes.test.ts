import { lstat, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createHostCallAnswerer } from '../../../activities/crews/host-calls/answer-host-calls.ts';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { beginDeletion } from '../../../commands/kernel/host-calls/answer-host-call.ts';
import { readAskedHostCalls } from '../../../db/kernel/host-calls/host-calls-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { WakeBus } from '../../../platform/bus/wake-bus.ts';
import { createDockerFixture, startCrew } from '../../support/container-crew.ts';
import { type ApiCrew, addCrew, beatHost } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { type Answer, outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

type Listener = Parameters<WakeBus['subscribe']>[0];
const docker = { unless: DOCKER_MISSING };
const listeners: Listener[] = [];
const api = perFile(() => startTestApi({ bus: { subscribe: async (listener) => void listeners.push(listener) } }));
const fixture = perFile(() => createDockerFixture(), docker);
beforeEach(() => beatHost(api));

async function crewOnHost(): Promise<ApiCrew> {
  const crew = await addCrew(api);
  await crew.write(sql`UPDATE crews SET host_id = 'test-host' WHERE id = ${crew.crewId}`);
  return crew;
}

/** The host's worker: what it answers wakes who waits, as over Redis. */
const answerer = () =>
  createHostCallAnswerer({
    ...fixture.prepare,
    db: api.database,
    groups: fixture.attempts.groups,
    hostId: 'test-host',
    stackId: fixture.stackId,
    log: { warn: () => {} },
  });

async function asked(crew: ApiCrew): Promise<readonly { id: string; status: string }[]> {
  return crew.rows(sql`SELECT id, status FROM host_calls WHERE crew_id = ${crew.crewId} ORDER BY asked_at`);
}

/** Asks, and lets the host answer once the call is there. */
async function ask<Body = Record<string, unknown>>(
  crew: ApiCrew,
  method: 'GET' | 'DELETE',
  url: string,
): Promise<Answer<Body>> {
  const known = (await asked(crew)).length;
  const answer = crew.owner.ask<Body>(method, url);
  await expect.poll(async () => (await asked(crew)).length, { interval: 20 }).toBe(known + 1);
  await answerer().look();
  for (const { id } of await asked(crew))
    for (const { onWake } of listeners) onWake({ topic: 'host_answer', id, workspaceId: crew.workspaceId });
  return answer;
}

const files = (crew: ApiCrew, at: string) => `/crews/${crew.crewId}/files?path=${encodeURIComponent(at)}`;
const remove = (crew: ApiCrew, at: string) => `/crews/${crew.crewId}/files/delete?path=${encodeURIComponent(at)}`;

test.skipIf(DOCKER_MISSING)('people see a crew’s directories and make room in them, through no link', async () => {
  const crew = await crewOnHost();
  const spec = fixture.newSpec({ crewId: crew.crewId, workspaceId: crew.workspaceId });
  const container = await startCrew(fixture, spec);
  await container.sh(`cd /workspace && mkdir -m 700 -p build/deep && head -c 5000 /dev/zero > build/deep/big
    echo a > note && ln -s / out && ln -s build in`);
  expect(await crew.owner.get(`/crews/${crew.crewId}/files`)).toMatchObject({
    entries: [{ name: 'workspace' }, { name: 'output' }, { name: 'crew' }],
  });
  expect((await ask(crew, 'GET', files(crew, 'workspace'))).body).toEqual({
    path: 'workspace',
    is_dir: true,
    size: 0,
    entries: [
      { name: 'build', is_dir: true, size: 0 },
      { name: 'note', is_dir: false, size: 2 },
    ],
    truncated: false,
  });
  expect((await ask(crew, 'GET', files(crew, 'workspace/build/deep/big'))).body).toMatchObject({
    is_dir: false,
    size: 5_000,
  });
  expect(outcome(await ask(crew, 'GET', files(crew, 'workspace/out/etc')))).toEqual([403, 'forbidden']);
  expect(outcome(await ask(crew, 'GET', files(crew, 'workspace/none')))).toEqual([404, 'not_found']);
  expect(outcome(await ask(crew, 'DELETE', remove(crew, 'workspace/out/etc')))).toEqual([403, 'forbidden']);
  expect(outcome(await ask(crew, 'DELETE', remove(crew, 'workspace/none')))).toEqual([404, 'not_found']);

  expect((await ask(crew, 'DELETE', remove(crew, 'workspace/build'))).status).toBe(204);
  expect((await ask(crew, 'DELETE', remove(crew, 'workspace/out'))).status).toBe(204);
  const { workspace } = crewPaths(fixture.settings, crew.crewId);
  expect((await readdir(workspace)).sort()).toEqual(['in', 'note']);
  expect((await lstat('/etc')).isDirectory()).toBe(true);
  const told = await crew.rows<{ payload: object; actor_id: string }>(
    sql`SELECT payload, actor_id FROM journal_entries WHERE entry_type = 'file.deleted' ORDER BY ts`,
  );
  expect(told).toMatchObject([
    { payload: { path: 'workspace/build' }, actor_id: crew.owner.id },
    { payload: { path: 'workspace/out' } },
  ]);
});

test('paths that lead nowhere of the crew’s are refused before anybody is asked', async () => {
  const crew = await crewOnHost();
  for (const at of ['runs/x', '/workspace', 'workspace/../records', 'workspace//x']) {
    expect(outcome(await crew.owner.ask('GET', files(crew, at)))).toEqual([400, 'invalid_request']);
    expect(outcome(await crew.owner.ask('DELETE', remove(crew, at)))).toEqual([400, 'invalid_request']);
  }
  expect(outcome(await crew.owner.ask('DELETE', remove(crew, 'workspace')))).toEqual([400, 'invalid_request']);
  expect(outcome(await crew.owner.ask('DELETE', `/crews/${crew.crewId}/files/delete`))).toEqual([
    400,
    'invalid_request',
  ]);
  const member = await api.addMember(crew.workspaceId, 'MEMBER');
  expect((await member.ask('DELETE', remove(crew, 'workspace/x'))).status).toBe(403);
  expect(await asked(crew)).toEqual([]);
  const unplaced = await addCrew(api);
  expect(outcome(await unplaced.owner.ask('GET', files(unplaced, 'workspace')))).toEqual([502, 'crew_unreachable']);
});

test('a lost host is not asked, and a workspace does not ask without end', async () => {
  const crew = await crewOnHost();
  await crew.write(sql`
    INSERT INTO host_calls (id, workspace_id, crew_id, host_id, kind, input, actor_type, expires_at)
    SELECT 'call-' || n || ${crew.crewId}, ${crew.workspaceId}, ${crew.crewId}, 'test-host', 'delete_file', '{}',
      'user', now() + interval '1 hour' FROM generate_series(1, 16) n`);
  expect(outcome(await crew.owner.ask('GET', files(crew, 'workspace')))).toEqual([429, 'rate_limited']);
  await crew.write(sql`DELETE FROM host_calls WHERE crew_id = ${crew.crewId}`);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE hosts SET last_heartbeat_at = now() - interval '1 minute' WHERE id = 'test-host'`),
  );
  const answer = await crew.owner.ask('GET', files(crew, 'workspace'));
  expect(answer).toMatchObject({ status: 502, body: { code: 'crew_unreachable', reason: 'host_lost' } });
  expect(await asked(crew)).toEqual([]);
});

test.skipIf(DOCKER_MISSING)('a call that a killed worker left is answered by the next, and once', async () => {
  const crew = await crewOnHost();
  await startCrew(fixture, fixture.newSpec({ crewId: crew.crewId, workspaceId: crew.workspaceId }));
  const { workspace } = crewPaths(fixture.settings, crew.crewId);
  await writeFile(path.join(workspace, 'x'), 'x');
  await crew.write(sql`
    INSERT INTO host_calls (id, workspace_id, crew_id, host_id, kind, input, actor_type, expires_at)
    VALUES (${`left${crew.crewId}`}, ${crew.workspaceId}, ${crew.crewId}, 'test-host', 'delete_file',
      '{"directory": "workspace", "path": "x"}', 'system', now() + interval '1 hour')`);
  const [call] = await readAskedHostCalls(api.database, { hostId: 'test-host', limit: 1, butFor: [] });
  // It was killed between the removal and its answer.
  expect(await beginDeletion(api.database, call!)).toBe(true);
  await rm(path.join(workspace, 'x'));
  await Promise.all([answerer().look(), answerer().look()]);
  expect(await asked(crew)).toMatchObject([{ status: 'answered' }]);
  expect(await readdir(workspace)).toEqual([]);
  const told = await crew.rows(
    sql`SELECT 1 FROM journal_entries WHERE entry_type = 'file.deleted' AND crew_id = ${crew.crewId}`,
  );
  expect(told).toHaveLength(1);
});
