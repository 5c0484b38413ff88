import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { startInstantHost } from '../../support/instant-host.ts';
import { layeredTasks } from '../../support/layered-tasks.ts';
import { isSettledView, readMission } from '../../support/mission-view.ts';
import { createTestCrew, createTestMission, eventually, startTestMission } from '../../support/test-crew.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { TEST_TEMPORAL_ADDRESS } from '../../support/test-services.ts';
import { perFile } from '../../support/world/per-file.ts';

const SLOTS = 8;

const engine = perFile(() => createTestEngine({ processes: ['control'] }));
const host = perFile(() =>
  startInstantHost({
    db: engine.db,
    temporalAddress: TEST_TEMPORAL_ADDRESS,
    namespace: engine.stackId,
    hostId: engine.stackId,
    slots: SLOTS,
  }),
);

test('a mission of 200 tasks, wide and deep, completes; each task runs once, after all that it depends on', async () => {
  const crew = await createTestCrew(engine.db, {
    agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] },
    concurrency: SLOTS,
  });
  await host.adopt(crew);
  const tasks = layeredTasks({ width: 20, depth: 10, fanIn: 3, agents: ['lead', 'builder'] });
  const { missionId } = await createTestMission(engine.db, crew, tasks);
  const startedAt = performance.now();
  await startTestMission(engine.db, crew, missionId);
  const mission = await eventually(() => readMission(engine.db, crew.workspaceId, missionId), isSettledView, 60_000);
  const tookMs = performance.now() - startedAt;

  expect(mission.status).toBe('REVIEW');
  expect(mission.tasks.filter(({ status }) => status === 'COMPLETED')).toHaveLength(200);
  expect(mission.runs.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 'COMPLETED'));
  expect(new Set(mission.runs.map((run) => run.task_id)).size).toBe(200);
  const early = await crew.rows(sql`
      SELECT 1 FROM runs r JOIN task_dependencies d ON d.task_id = r.task_id
        JOIN runs before ON before.task_id = d.depends_on_task_id
      WHERE r.mission_id = ${missionId} AND r.queued_at < before.finished_at`);
  expect(early).toEqual([]);
  const left = await engine.db.systemReads.any([], sql`SELECT kind, in_use FROM slot_scopes WHERE in_use > 0`);
  expect(left).toEqual([]);
  expect(tookMs).toBeLessThan(60_000);
}, 90_000);
