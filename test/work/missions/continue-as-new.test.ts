import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockMissionOf } from '../../../commands/engine/missions/mission-commands.ts';
import { pauseMission, unpauseMission } from '../../../commands/engine/missions/pause-mission.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { type InstantHost, startInstantHost } from '../../support/instant-host.ts';
import { layeredTasks } from '../../support/layered-tasks.ts';
import { isSettledView, readMission } from '../../support/mission-view.ts';
import { type OwnTemporal, startOwnTemporal } from '../../support/own-temporal.ts';
import { createTestCrew, createTestMission, eventually, startTestMission } from '../../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';

/** Events of a history at which the server suggests to continue as new: a mission reaches it within a few tasks. */
const SUGGESTED_AT = 24;

let temporal: OwnTemporal | null;
let engine: TestEngine;
let host: InstantHost;

beforeAll(async () => {
  temporal = await startOwnTemporal([`limit.historyCount.suggestContinueAsNew=${SUGGESTED_AT}`]);
  if (temporal === null) return;
  engine = await createTestEngine({ processes: ['control'], temporalAddress: temporal.address });
  host = await startInstantHost({
    db: engine.db,
    temporalAddress: temporal.address,
    namespace: engine.stackId,
    hostId: engine.stackId,
    slots: 4,
  });
}, 120_000);
afterAll(async () => {
  await host?.stop();
  await engine?.close();
  await temporal?.stop();
});

test('a mission that continues as new again and again, amid signals, loses none and completes', async ({ skip }) => {
  if (temporal === null) skip('Temporal runs in Docker here, and only a program of this machine takes other settings');
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] }, concurrency: 4 });
  await host.adopt(crew);
  const tasks = layeredTasks({ width: 4, depth: 10, fanIn: 2, agents: ['lead'] });
  const { missionId } = await createTestMission(engine.db, crew, tasks);
  await startTestMission(engine.db, crew, missionId);

  // Beside what the ends of tasks tell it, the workflow is told of pauses; a lost one would leave the mission standing.
  const scope = { workspaceIds: [crew.workspaceId] };
  const settled = eventually(() => readMission(engine.db, crew.workspaceId, missionId), isSettledView, 60_000);
  let over = false;
  void settled.finally(() => (over = true)).catch(() => {});
  while (!over) {
    for (const toggle of [pauseMission, unpauseMission]) {
      await change(scope, missionId, crew.crewId, toggle);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await settled).toMatchObject({ status: 'REVIEW' });

  const workflowId = `mission-${missionId}-1`;
  const closed = await eventually(
    () => engine.temporal.client.workflow.getHandle(workflowId).describe(),
    (workflow) => workflow.status.name === 'COMPLETED',
    30_000,
  );
  const runs = await chainOf(workflowId, closed.runId);
  expect(runs.length).toBeGreaterThan(2);
  for (const events of runs) expect(events).toBeLessThan(SUGGESTED_AT * 3);
}, 120_000);

/** Pauses or unpauses the mission unless it is over. */
async function change(
  scope: { workspaceIds: string[] },
  missionId: string,
  crewId: string,
  toggle: typeof pauseMission,
): Promise<void> {
  await engine.db.transaction(scope, async (tx) => {
    const mission = await lockMissionOf(tx, crewId, missionId);
    if (mission.status === 'IN_PROGRESS') await toggle(tx, mission, orchestratorActor());
  });
}

/** How many events each run of the workflow has, the last one first. */
async function chainOf(workflowId: string, lastRunId: string): Promise<number[]> {
  const lengths: number[] = [];
  for (let runId: string | undefined = lastRunId; runId; ) {
    const { events } = await engine.temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
    lengths.push(events?.length ?? 0);
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
  }
  return lengths;
}
