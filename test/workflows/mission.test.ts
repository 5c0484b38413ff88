import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { createTestCrew, createTestMission, eventually, startTestMission, type TestCrew } from '../support/test-crew.ts';
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

interface MissionView {
  status: string;
  tasks: { title: string; status: string; iteration: number; result_summary: string | null; error_code: string | null }[];
}

function readMission(missionId: string): Promise<MissionView> {
  return engine.db.reads.maybeOne<MissionView>(
    [crew.workspaceId],
    sql`
      SELECT m.status, (SELECT jsonb_agg(t ORDER BY t.task_order) FROM tasks t WHERE t.mission_id = m.id) AS tasks
      FROM missions m WHERE m.id = ${missionId}`,
  ) as Promise<MissionView>;
}

const settled = (mission: MissionView) => mission.status !== 'IN_PROGRESS';

test.skipIf(DOCKER_MISSING)('a diamond of tasks runs in dependency order and passes results on', async () => {
  const { missionId } = await createTestMission(engine.db, crew, {
    top: { agent: 'lead', description: 'say hello' },
    left: { agent: 'builder', dependsOn: ['top'] },
    right: { agent: 'builder', dependsOn: ['top'] },
    bottom: { agent: 'lead', dependsOn: ['left', 'right'], description: 'dependencies' },
  });
  await startTestMission(engine.db, crew, missionId);
  const mission = await eventually(() => readMission(missionId), settled);
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
  const mission = await eventually(() => readMission(missionId), settled);
  expect(mission).toMatchObject({ status: 'REVIEW', tasks: [{ status: 'COMPLETED', iteration: 2 }] });
});

test.skipIf(DOCKER_MISSING)('a task that fails for good fails its dependants and the mission', async () => {
  const { missionId } = await createTestMission(engine.db, crew, {
    broken: { agent: 'builder', description: 'fail 9' },
    after: { agent: 'lead', dependsOn: ['broken'] },
  });
  await startTestMission(engine.db, crew, missionId);
  const mission = await eventually(() => readMission(missionId), settled);
  expect(mission.status).toBe('FAILED');
  expect(mission.tasks.map((task) => [task.status, task.error_code])).toEqual([
    ['FAILED', 'exit_code'],
    ['FAILED', 'dependency_failed'],
  ]);
});
