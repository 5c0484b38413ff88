import { afterAll, beforeAll, expect } from 'vitest';
import { dockerTest } from '../support/docker-test.ts';
import { resolveEscalation } from '../../db/escalations/close-escalation.ts';
import { openDatabase } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import { orchestratorActor } from '../../domain/access/authority.ts';
import { type ApiClient, bootstrap } from '../support/api-client.ts';
import { killSidecar } from '../support/kill-sidecar.ts';
import { isSettledView, readMission } from '../support/mission-view.ts';
import { eventually } from '../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../support/test-engine.ts';
import { TEST_KEY_RING } from '../support/test-key-ring.ts';
import { DOCKER_MISSING } from '../support/test-services.ts';

let engine: TestEngine;
let client: ApiClient;
let crewId: string;
let leadId: string;

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  engine = await createTestEngine({ processes: ['api', 'control', 'docker-host'] });
  client = await bootstrap(engine.apiUrl);
  const crew = await client.call<{ id: string }>('POST', '/api/v1/crews', { name: 'Fault crew', slug: 'fault-crew' });
  expect(crew.status).toBe(201);
  crewId = crew.body.id;
  const lead = await client.call<{ id: string }>('POST', '/api/v1/agents', {
    name: 'Lead',
    slug: 'lead',
    crew_id: crewId,
    agent_role: 'LEAD',
    cli_adapter: 'COMMAND',
    command: ['/opt/crewship/bin/node', '/opt/crewship/tools/worker.mjs'],
    timeout_seconds: 120,
  });
  expect(lead.status).toBe(201);
  leadId = lead.body.id;
});
afterAll(() => engine?.close());

/** A mission whose one task asks a question; resolves when it is asked. */
async function askingMission(): Promise<{ missionId: string; escalationId: string }> {
  const base = `/api/v1/crews/${crewId}/missions`;
  const mission = await client.call<{ id: string }>('POST', base, { title: 'Ask', lead_agent_id: leadId });
  expect(mission.status).toBe(201);
  const missionId = mission.body.id;
  const task = await client.call('POST', `${base}/${missionId}/tasks`, {
    title: 'ask',
    description: 'ask which colour?',
  });
  expect(task.status).toBe(201);
  expect((await client.call('POST', `${base}/${missionId}/start`)).status).toBe(200);
  const [escalation] = await eventually(
    () =>
      engine.db.reads.any<{ id: string }>(
        [client.workspaceId],
        sql`SELECT id FROM escalations WHERE mission_id = ${missionId}`,
      ),
    (rows) => rows.length === 1,
  );
  return { missionId, escalationId: escalation!.id };
}

const finished = (missionId: string) =>
  eventually(() => readMission(engine.db, client.workspaceId, missionId), isSettledView, 40_000);

dockerTest(
  'kill -9 of the API during a wait: the agent re-attaches and gets the answer',
  async () => {
    const { missionId, escalationId } = await askingMission();
    await engine.processes.get('api')!.kill();
    await engine.start('api');
    const answer = await client.call('PATCH', `/api/v1/escalations/${escalationId}/resolve`, { resolution: 'blue' });
    expect(answer).toMatchObject({ status: 200, body: { status: 'RESOLVED', agent_still_waiting: true } });
    const mission = await finished(missionId);
    expect(mission.tasks[0]).toMatchObject({ status: 'COMPLETED', result_summary: 'RESOLVED: blue' });
  },
  90_000,
);

dockerTest(
  'an API killed between the commit of an answer and its wake: the waiter gets it in seconds',
  async () => {
    const { missionId, escalationId } = await askingMission();
    // A process that commits and has no relay is one that died right after its commit.
    const dead = await openDatabase({ ...engine.databaseOptions, applicationName: 'dies-after-commit' });
    await dead.transaction({ workspaceIds: [client.workspaceId] }, (tx) =>
      resolveEscalation(
        tx,
        TEST_KEY_RING,
        escalationId,
        { resolution: 'green', action: 'approve', redirectTo: null, resolvedBy: null },
        orchestratorActor(),
      ),
    );
    await dead.end();
    const committedAt = Date.now();
    const mission = await finished(missionId);
    expect(mission.tasks[0]).toMatchObject({ result_summary: 'RESOLVED: green' });
    // The agent's own deadline is 300 s away.
    expect(Date.now() - committedAt).toBeLessThan(15_000);
  },
  60_000,
);

dockerTest('a sidecar that dies is started again and serves the next question', async () => {
  const first = await askingMission();
  const crew = () =>
    engine.db.reads.maybeOne<{ container_id: string; sidecar_exec_id: string }>(
      [client.workspaceId],
      sql`SELECT container_id, sidecar_exec_id FROM crews WHERE id = ${crewId} AND NOT sidecar_gone`,
    );
  const before = (await crew())!;
  await killSidecar(engine.docker, before.container_id);
  await eventually(crew, (row) => row !== null && row.sidecar_exec_id !== before.sidecar_exec_id);
  await client.call('PATCH', `/api/v1/escalations/${first.escalationId}/resolve`, {
    resolution: 'too late for that one',
  });
  const second = await askingMission();
  await client.call('PATCH', `/api/v1/escalations/${second.escalationId}/resolve`, { resolution: 'red' });
  expect((await finished(second.missionId)).tasks[0]).toMatchObject({ result_summary: 'RESOLVED: red' });
});

dockerTest('a signal to stop ends the API cleanly while a client waits', async () => {
  const { escalationId } = await askingMission();
  expect(await engine.processes.get('api')!.stop()).toBe(0);
  await engine.start('api');
  await client.call('PATCH', `/api/v1/escalations/${escalationId}/resolve`, { resolution: 'after restart' });
});
