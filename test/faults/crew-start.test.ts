import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
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

const workspace = () => path.join(engine.dataDir, 'hosts', engine.stackId, 'crews', crew.crewId, 'workspace');
const sizeOf = (file: string) =>
  stat(path.join(workspace(), file)).then(
    (found) => found.size,
    () => 0,
  );
const view = (missionId: string) => readMission(engine.db, crew.workspaceId, missionId);
const finished = (missionId: string) => eventually(() => view(missionId), isSettledView, 40_000);

test.skipIf(DOCKER_MISSING)(
  'kill -9 of the host worker while it starts a crew: the next one starts it within seconds',
  async () => {
    const { missionId } = await createTestMission(engine.db, crew, { first: { agent: 'builder' } });
    await startTestMission(engine.db, crew, missionId);
    await eventually(
      () =>
        engine.temporal.client.workflow
          .getHandle(`crew-${crew.crewId}-1`)
          .describe()
          .then(
            (found) => found.raw.pendingActivities?.some((activity) => activity.lastWorkerIdentity !== '') ?? false,
            () => false,
          ),
      (taken) => taken,
    );
    await engine.processes.get('docker-host')!.kill();
    const [row] = await engine.db.reads.any(
      [crew.workspaceId],
      sql`SELECT container_status FROM crews WHERE id = ${crew.crewId}`,
    );
    expect(row).toEqual({ container_status: 'starting' });
    await engine.start('docker-host');
    expect((await finished(missionId)).status).toBe('REVIEW');
  },
  90_000,
);

test.skipIf(DOCKER_MISSING)(
  'a host worker that is stopped in order leaves its agents running, and the next one finds them',
  async () => {
    const { missionId } = await createTestMission(engine.db, crew, {
      long: { agent: 'builder', description: 'append /workspace/stopped\nwait-for /workspace/resume\nsay after' },
    });
    await startTestMission(engine.db, crew, missionId);
    await eventually(
      () => sizeOf('stopped'),
      (size) => size > 0,
    );
    expect(await engine.processes.get('docker-host')!.stop()).toBe(0);
    await engine.start('docker-host');
    await writeFile(path.join(workspace(), 'resume'), '');
    const mission = await finished(missionId);
    expect(mission).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
    expect((await readFile(path.join(workspace(), 'stopped'), 'utf8')).trim().split('\n')).toHaveLength(1);
  },
  90_000,
);

test.skipIf(DOCKER_MISSING)(
  'a run that sheds its wrapper is lost, and nothing of it goes on beside its replacement',
  async () => {
    const { missionId } = await createTestMission(engine.db, crew, {
      shed: { agent: 'builder', description: 'escape /workspace/beside\nsleep 500\nshed\nsleep 60000' },
    });
    await startTestMission(engine.db, crew, missionId);
    const mission = await finished(missionId);
    expect(mission.runs.map((run) => [run.status, run.error_code])).toEqual(
      Array.from({ length: 3 }, () => ['FAILED', 'lost']),
    );
    const size = await sizeOf('beside');
    expect(size).toBeGreaterThan(0);
    // Long enough for what had escaped to write five more times.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await sizeOf('beside')).toBe(size);
  },
  90_000,
);
