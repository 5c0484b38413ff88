import { expect } from 'vitest';
import { LABEL } from '../../activities/crews/containers/crew-container-options.ts';
import { deleteCrew } from '../../commands/engine/crews/crew-commands.ts';
import { cancelMission, lockMissionOf } from '../../commands/engine/missions/mission-commands.ts';
import { askHost } from '../../commands/kernel/host-calls/ask-host.ts';
import { sql } from '../../db/kernel/sql.ts';
import { systemActor } from '../../domain/kernel/access/authority.ts';
import { dockerTest } from '../support/docker-test.ts';
import { isSettledView, readMission } from '../support/mission-view.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
  type TestTask,
} from '../support/test-crew.ts';
import { createTestEngine } from '../support/test-engine.ts';
import { DOCKER_MISSING } from '../support/test-services.ts';
import { perFile } from '../support/world/per-file.ts';
import { MISBEHAVIOURS } from './misbehaviour/misbehave.ts';

/** Crews that misbehave, each with half a processor; more are for looking for new faults. */
const WILD_CREWS = Number(process.env.CREWSHIP_TEST_WILD_CREWS ?? 2);
const GOOD_MISSIONS = Number(process.env.CREWSHIP_TEST_GOOD_MISSIONS ?? 4);
/** What a person gives an agent that does not come back, before they cancel its mission. */
const PATIENCE_MS = 5_000;
/** A machine with other work to do: what a mission of a second takes now and then. */
const SLACK_MS = 750;

const engine = perFile(
  () =>
    createTestEngine({
      processes: ['control', 'docker-host'],
      env: { CREWSHIP_HOST_SLOTS: String(8 + 6 * WILD_CREWS), CREWSHIP_CREW_DATA_KEPT_HOURS: '0' },
    }),
  { unless: DOCKER_MISSING, timeoutMs: 60_000 },
);

async function addCrew(agentSeconds: number): Promise<TestCrew> {
  const crew = await createTestCrew(engine.db, {
    agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] },
    timeoutSeconds: agentSeconds,
    concurrency: 6,
  });
  await crew.write(sql`UPDATE crews SET container_cpus = 0.5 WHERE id = ${crew.crewId}`);
  return crew;
}

async function begin(crew: TestCrew, tasks: Readonly<Record<string, TestTask>>): Promise<string> {
  const { missionId } = await createTestMission(engine.db, crew, tasks);
  await startTestMission(engine.db, crew, missionId, null);
  return missionId;
}

const settled = (crew: TestCrew, missionId: string) =>
  eventually(() => readMission(engine.db, crew.workspaceId, missionId), isSettledView, 60_000);

const WELL_BEHAVED = {
  read: { agent: 'builder', description: 'say reading\nsleep 150' },
  work: { agent: 'builder', description: 'append /workspace/lines\nsleep 150', dependsOn: ['read'] },
  report: { agent: 'lead', description: 'append /workspace/lines\nsay done', dependsOn: ['work'] },
};

/** One mission as people give it. Nothing of it may be lost, repeated or blamed on it. Returns how long it took. */
async function playWell(crew: TestCrew): Promise<number> {
  const begunAt = performance.now();
  const missionId = await begin(crew, WELL_BEHAVED);
  const mission = await settled(crew, missionId);
  const tookMs = performance.now() - begunAt;
  expect(mission).toMatchObject({
    status: 'REVIEW',
    runs: [{ status: 'COMPLETED' }, { status: 'COMPLETED' }, { status: 'COMPLETED' }],
  });
  return tookMs;
}

async function playInTurn(crew: TestCrew, count: number): Promise<number> {
  const took: number[] = [];
  for (let mission = 0; mission < count; mission += 1) took.push(await playWell(crew));
  return took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)]!;
}

async function misbehave(crew: TestCrew): Promise<void> {
  const tasks = Object.entries(MISBEHAVIOURS).map(([name, script], index) => {
    const agent = index % 2 === 0 ? 'builder' : 'lead';
    return [name, { agent, description: `shell ${script}`, maxIterations: 1 }] as const;
  });
  const missionId = await begin(crew, Object.fromEntries(tasks));
  const isOver = await eventually(
    () => readMission(engine.db, crew.workspaceId, missionId),
    isSettledView,
    PATIENCE_MS,
  ).then(
    () => true,
    () => false,
  );
  if (!isOver) {
    await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
      await cancelMission(tx, await lockMissionOf(tx, crew.crewId, missionId), null, systemActor());
    });
  }
  await eventually(
    () => crew.rows(sql`SELECT id FROM runs WHERE status IN ('QUEUED', 'ADMITTED', 'RUNNING')`),
    (live) => live.length === 0,
    45_000,
  );
}

/** What its host still has of a crew's runs, in their groups. */
async function processesOf(crew: TestCrew): Promise<unknown[]> {
  const runs = await crew.rows<{ id: string; container_id: string }>(sql`
    SELECT r.id, r.container_id FROM runs r JOIN crews c ON c.container_id = r.container_id ORDER BY r.id`);
  const left: unknown[] = [];
  for (const run of runs) {
    const id = await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      askHost(
        tx,
        {
          ...{ workspaceId: crew.workspaceId, crewId: crew.crewId, hostId: engine.stackId, kind: 'processes' },
          input: { run_id: run.id, container_id: run.container_id },
        },
        systemActor(),
      ),
    );
    const [call] = await eventually(
      () =>
        crew.rows<{ status: string; answer: { processes: unknown[] } }>(
          sql`SELECT status, answer FROM host_calls WHERE id = ${id}`,
        ),
      ([found]) => found?.status !== 'asked',
    );
    left.push(...call!.answer.processes);
  }
  return left;
}

dockerTest(
  'agents that misbehave cost those beside them nothing, and leave nothing behind',
  async () => {
    const good = await addCrew(60);
    const wild = await Promise.all(Array.from({ length: WILD_CREWS }, () => addCrew(5)));
    // The containers are up, and what a mission takes is known.
    await playWell(good);
    const usualMs = await playInTurn(good, 2);

    const storm = Promise.all(wild.map((crew) => misbehave(crew)));
    storm.catch(() => {});
    const meanwhileMs = await playInTurn(good, GOOD_MISSIONS);
    await storm;
    console.log(
      `well-behaved missions: ${Math.round(usualMs)} ms, beside ${WILD_CREWS} wild crews ${Math.round(meanwhileMs)} ms`,
    );
    expect(meanwhileMs).toBeLessThan(2 * usualMs + SLACK_MS);

    // A crew that went wild is of use again.
    for (const crew of wild)
      await settled(crew, await begin(crew, { after: { agent: 'builder', description: 'say hi' } }));
    for (const crew of [good, ...wild]) expect(await processesOf(crew)).toEqual([]);
    const places = await engine.db.systemReads.any(
      [],
      sql`SELECT run_id FROM slot_leases UNION ALL SELECT id FROM slot_scopes WHERE in_use <> 0`,
    );
    expect(places).toEqual([]);
    for (const crew of [good, ...wild]) {
      const held = await crew.rows(sql`SELECT 1 FROM budget_holds UNION ALL SELECT 1 FROM calls_under_way`);
      expect(held).toEqual([]);
    }

    for (const crew of wild) {
      await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
        deleteCrew(tx, crew.crewId, systemActor()),
      );
    }
    const ofWild = async () =>
      (
        await Promise.all(
          wild.map(async ({ crewId }) => {
            const labels = { [LABEL.stack]: engine.stackId, [LABEL.crew]: crewId };
            const containers = await engine.docker.listContainers(labels);
            return [...containers.map(({ name }) => name), ...(await engine.docker.listVolumes(labels))];
          }),
        )
      ).flat();
    await eventually(
      () =>
        engine.db.systemReads.any(
          [],
          sql`SELECT 1 FROM crews WHERE deleted_at IS NOT NULL AND container_status <> 'stopped'`,
        ),
      (up) => up.length === 0,
    );
    // What is due is looked for when a worker starts.
    await engine.processes.get('docker-host')!.stop();
    await engine.start('docker-host');
    expect(await eventually(ofWild, (left) => left.length === 0, 40_000)).toEqual([]);
  },
  240_000,
);
