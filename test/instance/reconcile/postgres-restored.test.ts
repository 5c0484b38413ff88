import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { migrate } from '../../../db/migrate.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { isSettledView } from '../../support/mission-view.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';
import { type OwnService, openOwnService } from './own-services.ts';
import { reconcileNow, repairsOf } from './reconcile-fixture.ts';

let postgres: OwnService | undefined;
beforeAll(async () => {
  if (DOCKER_MISSING === undefined) postgres = await openOwnService('postgres');
});
// Registered before the suite's own, so it runs after it: the engine closes first.
afterAll(() => postgres?.remove());

const suite = useCrew({
  async createEngine() {
    const { appUrl, systemUrl } = await migrate({
      ownerUrl: postgres!.running.databaseUrl!,
      logins: { appPassword: 'app-password', systemPassword: 'system-password' },
    });
    return createTestEngine({
      processes: ['control', 'docker-host'],
      database: { appUrl: appUrl!, systemUrl: systemUrl!, drop: async () => {} },
    });
  },
});
const { run, view, finished, lines, appended, workspace } = suite;

const answers = () =>
  suite.engine.db.systemReads.any([], sql`SELECT 1`).then(
    () => true,
    () => false,
  );

async function backUp(): Promise<void> {
  await postgres!.stop();
  await postgres!.backUp();
  await postgres!.start();
  await eventually(answers, Boolean);
}

async function restore(): Promise<void> {
  await postgres!.stop();
  await postgres!.restore();
  await postgres!.start();
  await eventually(answers, Boolean);
}

const runIds = async (file: string) => (await lines(file)).map((line) => line.split(' ')[1]!);

dockerTest(
  'Postgres restored older: what it knows is settled by what is there, and only attempts whose record was lost run again, journalled',
  async () => {
    const missionId = await run({
      known: { agent: 'builder', description: 'append /workspace/known\nwait-for /workspace/known-go' },
      forgotten: { agent: 'lead', dependsOn: ['known'], description: 'append /workspace/forgotten' },
      open: {
        agent: 'lead',
        dependsOn: ['forgotten'],
        description: 'append /workspace/open\nwait-for /workspace/open-go',
      },
    });
    await appended('known');
    await backUp();
    await writeFile(workspace('known-go'), '');
    await appended('open');
    const before = await view(missionId);
    const [, forgotten, open] = before.runs;
    const process = await suite.engine.db.systemReads.maybeOne<{ exec_id: string }>(
      [],
      sql`SELECT exec_id FROM runs WHERE id = ${open!.id}`,
    );
    await restore();
    await reconcileNow(suite.engine);
    const known = await eventually(
      () => view(missionId),
      ({ runs }) => runs.length === 3 && runs[2]!.status === 'RUNNING',
    );
    // The attempt that the backup knew is the same one, settled by what it left.
    expect(known.runs[0]).toMatchObject({ id: before.runs[0]!.id, status: 'COMPLETED' });
    // The attempt that nobody knows any more does not go on beside the one that took its place.
    await eventually(
      () => suite.engine.docker.inspectExec(process!.exec_id),
      (exec) => exec?.running !== true,
    );
    await writeFile(workspace('open-go'), '');
    const mission = await finished(missionId);
    expect(mission.status).toBe('REVIEW');
    expect(await runIds('known')).toEqual([before.runs[0]!.id]);
    expect(await runIds('forgotten')).toEqual([forgotten!.id, mission.runs[1]!.id]);
    expect(await runIds('open')).toEqual([open!.id, mission.runs[2]!.id]);
    const lost = (await repairsOf(suite.engine, suite.crew.workspaceId)).filter(
      (repair) => repair.discrepancy === 'record_lost',
    );
    expect(lost.map(({ id }) => id).sort()).toEqual([forgotten!.id, open!.id].sort());
    expect(await reconcileNow(suite.engine)).toBe(0);
  },
  60_000,
);

dockerTest(
  'Postgres restored to before a restart: the mission goes past every generation that Temporal knows',
  async () => {
    const missionId = await run({
      first: { agent: 'builder', description: 'append /workspace/first\nwait-for /workspace/first-go' },
    });
    await appended('first');
    await backUp();
    await suite.engine.temporal.client.workflow.getHandle(`mission-${missionId}-1`).terminate('by hand');
    await reconcileNow(suite.engine);
    expect((await view(missionId)).generation).toBe(2);
    await writeFile(workspace('first-go'), '');
    expect((await finished(missionId)).status).toBe('REVIEW');
    await restore();
    await reconcileNow(suite.engine);
    const mission = await eventually(() => view(missionId), isSettledView);
    expect(mission).toMatchObject({ status: 'REVIEW', generation: 3 });
    expect(mission.runs).toMatchObject([{ status: 'COMPLETED', attempt_no: 1 }]);
    expect(await lines('first')).toHaveLength(1);
  },
  60_000,
);
