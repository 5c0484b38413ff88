import { expect } from 'vitest';
import { dockerTest } from '../../support/docker-test.ts';
import { listCrewContainers } from '../../../activities/crews/containers/crew-container.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { isSettledView, readMission } from '../../support/mission-view.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
} from '../../support/test-crew.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { perFile } from '../../support/world/per-file.ts';

const engine = perFile(() => createTestEngine({ processes: ['control', 'docker-host'] }), { unless: DOCKER_MISSING });

async function runOnce(crew: TestCrew) {
  const { missionId } = await createTestMission(engine.db, crew, { one: { agent: 'lead' } });
  await startTestMission(engine.db, crew, missionId);
  return eventually(() => readMission(engine.db, crew.workspaceId, missionId), isSettledView);
}

const container = (crew: TestCrew) =>
  engine.db.reads.maybeOne<{ container_status: string; generation: number; container_error: string | null }>(
    [crew.workspaceId],
    sql`SELECT container_status, generation, container_error FROM crews WHERE id = ${crew.crewId}`,
  );

dockerTest('an idle container is taken down and comes back with the next generation when needed', async () => {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
  // 1.5 seconds.
  await crew.write(sql`UPDATE crews SET container_ttl_hours = 1.5 / 3600 WHERE id = ${crew.crewId}`);
  expect((await runOnce(crew)).status).toBe('REVIEW');
  const stopped = await eventually(
    () => container(crew),
    (row) => row?.container_status === 'stopped',
  );
  expect(stopped!.generation).toBe(1);
  await eventually(
    async () => (await listCrewContainers(engine.docker, engine.stackId)).filter((item) => item.crewId === crew.crewId),
    (left) => left.length === 0,
  );
  expect((await runOnce(crew)).status).toBe('REVIEW');
  expect((await container(crew))!.generation).toBeGreaterThan(1);
});

dockerTest('a container that cannot be started fails the runs that wait for it, with the reason', async () => {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
  await crew.write(sql`UPDATE crews SET runtime_image = 'no-such-image:ever' WHERE id = ${crew.crewId}`);
  const mission = await runOnce(crew);
  expect(mission).toMatchObject({ status: 'FAILED', runs: [{ status: 'FAILED', error_code: 'crew_start_failed' }] });
  expect(await container(crew)).toMatchObject({ container_status: 'error' });
});

dockerTest('a container that vanishes while nothing runs: its row says so and its workflow closes', async () => {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
  expect((await runOnce(crew)).status).toBe('REVIEW');
  const [vanishing] = (await listCrewContainers(engine.docker, engine.stackId)).filter(
    (item) => item.crewId === crew.crewId,
  );
  await engine.docker.removeContainer(vanishing!.containerId);
  await eventually(
    () => container(crew),
    (row) => row?.container_status === 'stopped',
  );
  await eventually(
    async () =>
      (await engine.temporal.client.workflow.getHandle(`crew-${crew.crewId}-1`).describe()).status.name === 'COMPLETED',
    Boolean,
  );
});
