import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { dockerTest } from '../support/docker-test.ts';
import { createOwnDockerd, type OwnDockerd, whyNoOwnDockerd } from '../support/own-dockerd.ts';
import { eventually } from '../support/test-crew.ts';
import { createTestEngine } from '../support/test-engine.ts';
import { DOCKER_MISSING, TEST_RUNTIME_IMAGE } from '../support/test-services.ts';
import { useCrew } from '../support/use-crew.ts';

const obstacle = whyNoOwnDockerd();
let dockerd: OwnDockerd | undefined;

beforeAll(async () => {
  if (DOCKER_MISSING === undefined && obstacle === undefined) dockerd = await createOwnDockerd();
}, 120_000);
afterAll(() => dockerd?.close(), 60_000);

const suite = useCrew({
  createEngine: () =>
    createTestEngine({
      processes: obstacle === undefined ? ['control', 'docker-host'] : [],
      env: dockerd === undefined ? {} : { DOCKER_HOST: dockerd.dockerHost },
    }),
});
const { workspace, appended, run, view, finished } = suite;

const HOOK = JSON.stringify({ image: TEST_RUNTIME_IMAGE, postStartCommand: 'echo started >>/workspace/starts' });

async function generation(): Promise<number> {
  const row = await suite.engine.db.reads.maybeOne<{ generation: number }>(
    [suite.crew.workspaceId],
    sql`SELECT generation FROM crews WHERE id = ${suite.crew.crewId}`,
  );
  return row!.generation;
}

for (const what of ['kill', 'killMachine'] as const) {
  const name = what === 'kill' ? 'the daemon' : 'the daemon with all its containers';
  dockerTest(
    `kill -9 of ${name}: once it is back, the container that a run waits for is started again, hooks and all`,
    async () => {
      await suite.crew.write(sql`UPDATE crews SET devcontainer_config = ${HOOK} WHERE id = ${suite.crew.crewId}`);
      const missionId = await run({
        long: { agent: 'builder', description: `append /workspace/${what}\nwait-for /workspace/${what}-go` },
        next: { agent: 'lead', dependsOn: ['long'] },
      });
      await appended(what);
      const [before, starts] = [await generation(), (await suite.lines('starts')).length];
      await dockerd![what]();
      await dockerd!.start();
      const again = await eventually(
        () => view(missionId),
        (mission) => mission.runs.length === 2 && mission.runs[1]!.status === 'RUNNING',
        60_000,
      );
      expect(again.runs[0]).toMatchObject({ status: 'FAILED', error_code: 'lost' });
      await writeFile(workspace(`${what}-go`), '');
      const mission = await finished(missionId);
      expect(mission.status).toBe('REVIEW');
      expect(mission.runs.map(({ status }) => status)).toEqual(['FAILED', 'COMPLETED', 'COMPLETED']);
      expect(mission.runs[1]).toMatchObject({ predecessor_id: mission.runs[0]!.id, iteration: 1 });
      expect(await generation()).toBe(before + 1);
      expect((await suite.lines('starts')).length).toBe(starts + 1);
    },
    150_000,
    obstacle,
  );
}
