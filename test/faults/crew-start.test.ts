import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { dockerTest } from '../support/docker-test.ts';
import { sql } from '../../db/kernel/sql.ts';
import { eventually } from '../support/test-crew.ts';
import { useCrew } from '../support/use-crew.ts';

const suite = useCrew();
const { workspace, size, run, finished } = suite;

dockerTest(
  'kill -9 of the host worker while it starts a crew: the next one starts it within seconds',
  async () => {
    const missionId = await run({ first: { agent: 'builder' } });
    await eventually(
      () =>
        suite.engine.temporal.client.workflow
          .getHandle(`crew-${suite.crew.crewId}-1`)
          .describe()
          .then(
            (found) => found.raw.pendingActivities?.some((activity) => activity.lastWorkerIdentity !== '') ?? false,
            () => false,
          ),
      (taken) => taken,
    );
    await suite.engine.processes.get('docker-host')!.kill();
    const [row] = await suite.crew.rows(sql`SELECT container_status FROM crews WHERE id = ${suite.crew.crewId}`);
    expect(row).toEqual({ container_status: 'starting' });
    await suite.engine.start('docker-host');
    expect((await finished(missionId)).status).toBe('REVIEW');
  },
  90_000,
);

dockerTest(
  'a host worker that is stopped in order leaves its agents running, and the next one finds them',
  async () => {
    const missionId = await run({
      long: { agent: 'builder', description: 'append /workspace/stopped\nwait-for /workspace/resume\nsay after' },
    });
    await eventually(
      () => size('stopped'),
      (size) => size > 0,
    );
    expect(await suite.engine.processes.get('docker-host')!.stop()).toBe(0);
    await suite.engine.start('docker-host');
    await writeFile(workspace('resume'), '');
    const mission = await finished(missionId);
    expect(mission).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
    expect((await readFile(workspace('stopped'), 'utf8')).trim().split('\n')).toHaveLength(1);
  },
  90_000,
);
