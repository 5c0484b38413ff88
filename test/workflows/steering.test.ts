import { Connection } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEscalation } from '../../db/escalations/open-escalation.ts';
import { sql } from '../../db/kernel/sql.ts';
import { orchestratorActor } from '../../domain/access/authority.ts';
import { newId } from '../../platform/ids/ids.ts';
import { createTemporalClient } from '../../platform/temporal/temporal-client.ts';
import { tellActor } from '../../platform/temporal/workflow-starter.ts';
import { isSettledView, readMission } from '../support/mission-view.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
} from '../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../support/test-engine.ts';
import { DOCKER_MISSING, TEST_TEMPORAL_ADDRESS } from '../support/test-services.ts';

let engine: TestEngine;
let crew: TestCrew;

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  engine = await createTestEngine({ processes: ['control', 'docker-host'] });
  crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] } });
});
afterAll(() => engine?.close());

const view = (missionId: string) => readMission(engine.db, crew.workspaceId, missionId);

async function runningMission(): Promise<{ missionId: string; runId: string }> {
  const { missionId } = await createTestMission(engine.db, crew, {
    slow: { agent: 'builder', description: 'sleep 60000' },
  });
  await startTestMission(engine.db, crew, missionId);
  const mission = await eventually(
    () => view(missionId),
    ({ runs }) => runs[0]?.status === 'RUNNING',
  );
  return { missionId, runId: mission.runs[0]!.id };
}

test.skipIf(DOCKER_MISSING)('cancelling a mission in Temporal cancels the mission and its runs', async () => {
  const { missionId } = await runningMission();
  await engine.temporal.client.workflow.getHandle(`mission-${missionId}-1`).cancel();
  const mission = await eventually(
    () => view(missionId),
    ({ runs }) => runs[0]!.status === 'CANCELLED',
  );
  expect(mission).toMatchObject({ status: 'CANCELLED', tasks: [{ status: 'CANCELLED' }] });
});

test.skipIf(DOCKER_MISSING)('cancelling a run in Temporal ends its process and frees its places', async () => {
  const { missionId, runId } = await runningMission();
  await engine.temporal.client.workflow.getHandle(`run-${runId}`).cancel();
  const mission = await eventually(() => view(missionId), isSettledView);
  expect(mission).toMatchObject({ status: 'FAILED', runs: [{ status: 'CANCELLED' }] });
  const leases = await engine.db.systemReads.any([], sql`SELECT 1 FROM slot_leases WHERE run_id = ${runId}`);
  expect(leases).toEqual([]);
});

test.skipIf(DOCKER_MISSING)('cancelling an escalation in Temporal withdraws the question', async () => {
  const { missionId } = await createTestMission(engine.db, crew, { idle: { agent: 'lead' } });
  const { id } = await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    openEscalation(
      tx,
      {
        workspaceId: crew.workspaceId,
        crewId: crew.crewId,
        fromSlug: 'lead',
        chatId: missionId,
        runId: null,
        type: 'TEXT',
        reason: 'why?',
        context: null,
        metadata: null,
      },
      orchestratorActor(),
    ),
  );
  const handle = engine.temporal.client.workflow.getHandle(`escalation-${id}-1`);
  await eventually(
    () =>
      handle.describe().then(
        (found) => found.status.name,
        () => 'none',
      ),
    (status) => status === 'RUNNING',
  );
  await handle.cancel();
  await handle.result();
  const row = await engine.db.reads.maybeOne<{ status: string }>(
    [crew.workspaceId],
    sql`SELECT status FROM escalations WHERE id = ${id}`,
  );
  expect(row).toEqual({ status: 'CANCELLED' });
});

test('a namespace that lacks our search attributes is waited for, not held against the command', async () => {
  const namespace = `bare-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address: TEST_TEMPORAL_ADDRESS });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await connection.close();
  const temporal = createTemporalClient({ TEMPORAL_ADDRESS: TEST_TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: namespace });
  try {
    const told = await tellActor(
      temporal.client,
      'mission',
      { workspaceId: newId(), id: newId(), generation: 1 },
      { requestId: null, deadlineMs: 4_000 },
    );
    expect(told).toMatchObject({ retry: expect.stringMatching(/^temporal_/) });
  } finally {
    await temporal.close();
  }
});
