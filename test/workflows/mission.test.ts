import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSettledView, readMission } from '../support/mission-view.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
} from '../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../support/test-engine.ts';
import { DOCKER_MISSING } from '../support/test-services.ts';

let engine: TestEngine;
let crew: TestCrew;

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  engine = await createTestEngine({ processes: ['control', 'docker-host'] });
  crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] } });
});
afterAll(() => engine?.close());

const finished = (missionId: string) =>
  eventually(() => readMission(engine.db, crew.workspaceId, missionId), isSettledView);

test.skipIf(DOCKER_MISSING)('a diamond of tasks runs in dependency order and passes results on', async () => {
  const { missionId } = await createTestMission(engine.db, crew, {
    top: { agent: 'lead', description: 'say hello' },
    left: { agent: 'builder', dependsOn: ['top'] },
    right: { agent: 'builder', dependsOn: ['top'] },
    bottom: { agent: 'lead', dependsOn: ['left', 'right'], description: 'dependencies' },
  });
  await startTestMission(engine.db, crew, missionId);
  const mission = await finished(missionId);
  expect(mission.status).toBe('REVIEW');
  expect(mission.tasks.map((task) => [task.title, task.status])).toEqual([
    ['top', 'COMPLETED'],
    ['left', 'COMPLETED'],
    ['right', 'COMPLETED'],
    ['bottom', 'COMPLETED'],
  ]);
  expect(mission.tasks[3]!.result_summary).toBe('left by builder + right by builder');
});

test.skipIf(DOCKER_MISSING)('a failing task is retried with the next iteration', async () => {
  const { missionId } = await createTestMission(engine.db, crew, {
    flaky: { agent: 'builder', description: 'fail-until 2', maxIterations: 3 },
  });
  await startTestMission(engine.db, crew, missionId);
  const mission = await finished(missionId);
  expect(mission).toMatchObject({ status: 'REVIEW', tasks: [{ status: 'COMPLETED', iteration: 2 }] });
});

test.skipIf(DOCKER_MISSING)('a task that fails for good fails its dependants and the mission', async () => {
  const { missionId } = await createTestMission(engine.db, crew, {
    broken: { agent: 'builder', description: 'fail 9' },
    after: { agent: 'lead', dependsOn: ['broken'] },
  });
  await startTestMission(engine.db, crew, missionId);
  const mission = await finished(missionId);
  expect(mission.status).toBe('FAILED');
  expect(mission.tasks.map((task) => [task.status, task.error_code])).toEqual([
    ['FAILED', 'exit_code'],
    ['FAILED', 'dependency_failed'],
  ]);
});
