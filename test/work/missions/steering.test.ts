import { Connection } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { dockerTest } from '../../support/docker-test.ts';
import { openEscalation } from '../../../commands/engine/escalations/open-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createTemporalClient } from '../../../platform/temporal/temporal-client.ts';
import { tellWorkflow } from '../../../platform/temporal/workflow-starter.ts';
import { isSettledView } from '../../support/mission-view.ts';
import { createTestMission, eventually } from '../../support/test-crew.ts';
import { TEST_TEMPORAL_ADDRESS } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';

const suite = useCrew();
const { run, view } = suite;

async function runningMission(): Promise<{ missionId: string; runId: string }> {
  const missionId = await run({
    slow: { agent: 'builder', description: 'sleep 60000' },
  });
  const mission = await eventually(
    () => view(missionId),
    ({ runs }) => runs[0]?.status === 'RUNNING',
  );
  return { missionId, runId: mission.runs[0]!.id };
}

dockerTest('cancelling a mission in Temporal cancels the mission and its runs', async () => {
  const { missionId } = await runningMission();
  await suite.engine.temporal.client.workflow.getHandle(`mission-${missionId}-1`).cancel();
  const mission = await eventually(
    () => view(missionId),
    ({ runs }) => runs[0]!.status === 'CANCELLED',
  );
  expect(mission).toMatchObject({ status: 'CANCELLED', tasks: [{ status: 'CANCELLED' }] });
});

dockerTest('cancelling a run in Temporal ends its process and frees its places', async () => {
  const { missionId, runId } = await runningMission();
  await suite.engine.temporal.client.workflow.getHandle(`run-${runId}`).cancel();
  const mission = await eventually(() => view(missionId), isSettledView);
  expect(mission).toMatchObject({ status: 'FAILED', runs: [{ status: 'CANCELLED' }] });
  const leases = await suite.engine.db.systemReads.any([], sql`SELECT 1 FROM slot_leases WHERE run_id = ${runId}`);
  expect(leases).toEqual([]);
});

dockerTest('cancelling an escalation in Temporal withdraws the question', async () => {
  const { missionId } = await createTestMission(suite.engine.db, suite.crew, { idle: { agent: 'lead' } });
  const { id } = await suite.engine.db.transaction({ workspaceIds: [suite.crew.workspaceId] }, (tx) =>
    openEscalation(
      tx,
      {
        workspaceId: suite.crew.workspaceId,
        crewId: suite.crew.crewId,
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
  const handle = suite.engine.temporal.client.workflow.getHandle(`escalation-${id}-1`);
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
  const row = await suite.engine.db.reads.maybeOne<{ status: string }>(
    [suite.crew.workspaceId],
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
    const told = await tellWorkflow(
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
