import { expect } from 'vitest';
import { dockerTest } from '../../support/docker-test.ts';
import { listCrewContainers } from '../../../activities/crews/containers/crew-container.ts';
import { deleteCrew } from '../../../commands/engine/crews/crew-commands.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
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

const containersOf = async (crew: TestCrew) =>
  (await listCrewContainers(engine.docker, engine.stackId)).filter(({ crewId }) => crewId === crew.crewId);

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

dockerTest(
  'a crew with less memory than a start takes fails its runs with the reason, and is not tried for ever',
  async () => {
    const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
    await crew.write(sql`UPDATE crews SET container_memory_mb = 6 WHERE id = ${crew.crewId}`);
    expect((await runOnce(crew)).status).toBe('FAILED');
    const runs = await crew.rows<{ error_code: string; error_message: string | null }>(
      sql`SELECT error_code, error_message FROM runs WHERE crew_id = ${crew.crewId} ORDER BY attempt_no`,
    );
    // What six megabytes come to is the daemon's to say: no container, or one that has no room for an agent.
    expect(['crew_start_failed', 'out_of_memory']).toContain(runs.at(-1)?.error_code);
    expect(runs.at(-1)?.error_message).toMatch(/memory/);
  },
);

dockerTest('a crew that is deleted while it starts is not started, and nothing of it is left', async () => {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
  const { missionId } = await createTestMission(engine.db, crew, {
    one: { agent: 'lead', description: 'sleep 60000' },
  });
  await startTestMission(engine.db, crew, missionId);
  await eventually(
    () => container(crew),
    (row) => row?.container_status === 'starting',
  );
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) => deleteCrew(tx, crew.crewId, systemActor()));
  const { generation } = (await eventually(
    () => container(crew),
    (row) => row?.container_status === 'stopped',
  ))!;
  await eventually(
    async () =>
      (await engine.temporal.client.workflow.getHandle(`crew-${crew.crewId}-${generation}`).describe()).status.name,
    (name) => name === 'COMPLETED',
  );
  expect(await containersOf(crew)).toEqual([]);
  expect(await readMission(engine.db, crew.workspaceId, missionId)).toMatchObject({ status: 'CANCELLED' });
});

dockerTest('what agents say of their work and plan is shown without the secrets that they wrote into it', async () => {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
  const key = `ghp_${'a1'.repeat(18)}`;
  const script = `packed=$(printf '%s' "$CREWSHIP_RUN_TOKEN" | base64 -w 0)
    said="${key} and $CREWSHIP_RUN_TOKEN and $packed."
    printf '{"summary":"%s","handoff":{"of":"%s"},"plan":{"tasks":[{"title":"one","description":"%s"}]}}' \
      "$said" "$said" "$said" >"$CREWSHIP_RUN_DIR/result.json"`;
  await crew.write(sql`UPDATE agents SET command = ${sql.array(['/bin/sh', '-c', script], 'text')}
    WHERE workspace_id = ${crew.workspaceId}`);
  const { missionId } = await createTestMission(engine.db, crew, {});
  await startTestMission(engine.db, crew, missionId);
  const view = () => readMission(engine.db, crew.workspaceId, missionId);
  expect(await eventually(view, isSettledView)).toMatchObject({ status: 'REVIEW', tasks: [{ status: 'COMPLETED' }] });
  const rows = await crew.rows<{ row: string }>(sql`
    SELECT to_jsonb(t)::text AS row FROM tasks t UNION ALL SELECT to_jsonb(r)::text FROM runs r
    UNION ALL SELECT to_jsonb(m)::text FROM missions m UNION ALL SELECT to_jsonb(j)::text FROM journal_entries j`);
  const shown = rows.map(({ row }) => row).join('\n');
  expect(shown).toContain('[REDACTED] and [REDACTED] and [REDACTED]');
  expect(shown).not.toContain(key);
  // How a run's token begins, as it is and in base64.
  expect(shown).not.toMatch(/runv1\.|cnVudjEu/);
});
