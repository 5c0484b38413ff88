import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { dockerTest } from '../support/docker-test.ts';
import { lockMissionOf, patchMission, restartMission } from '../../commands/engine/missions/mission-commands.ts';
import { sql } from '../../db/kernel/sql.ts';
import { orchestratorActor } from '../../domain/kernel/access/authority.ts';
import { type MissionView } from '../support/mission-view.ts';
import { eventually, startTestMission } from '../support/test-crew.ts';
import { useCrew } from '../support/use-crew.ts';

const suite = useCrew();
const { workspace, lines, appended, run, view, finished } = suite;

const running = (mission: MissionView) => mission.runs.some((run) => run.status === 'RUNNING');

function change(missionId: string, what: 'cancel' | 'restart'): Promise<void> {
  return suite.engine.db.transaction({ workspaceIds: [suite.crew.workspaceId] }, async (tx) => {
    const mission = await lockMissionOf(tx, null, missionId);
    if (what === 'cancel') await patchMission(tx, mission, { status: 'CANCELLED' }, orchestratorActor());
    else await restartMission(tx, mission, orchestratorActor());
  });
}

dockerTest(
  'kill -9 of the host worker during a task: the process goes on, is found again and ran once',
  async () => {
    const missionId = await run({
      long: { agent: 'builder', description: 'append /workspace/once\nsay before\nwait-for /workspace/go\nsay after' },
      next: { agent: 'lead', dependsOn: ['long'], description: 'dependencies' },
    });
    await appended('once');
    await suite.engine.processes.get('docker-host')!.kill();
    await suite.engine.start('docker-host');
    await writeFile(workspace('go'), '');
    const mission = await finished(missionId);
    expect(mission.status).toBe('REVIEW');
    expect(await lines('once')).toHaveLength(1);
    expect(mission.runs).toHaveLength(2);
    const output = await suite.crew.rows<{ text: string }>(
      sql`SELECT string_agg(content, '' ORDER BY output_offset) AS text FROM run_events
        WHERE run_id = ${mission.runs[0]!.id}`,
    );
    expect(output[0]!.text).toBe('before\nafter\n');
  },
  60_000,
);

dockerTest(
  'kill -9 of the host worker while a task ends: its end is read from what it left',
  async () => {
    const missionId = await run({
      short: { agent: 'builder', description: 'append /workspace/ended\nwait-for /workspace/end' },
    });
    await appended('ended');
    await suite.engine.processes.get('docker-host')!.kill();
    await writeFile(workspace('end'), '');
    await suite.engine.start('docker-host');
    const mission = await finished(missionId);
    expect(mission).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
    expect(await lines('ended')).toHaveLength(1);
  },
  60_000,
);

dockerTest(
  'kill -9 of the control worker during a mission: it goes on with the next one',
  async () => {
    const missionId = await run({
      first: { agent: 'builder', description: 'append /workspace/first\nwait-for /workspace/on' },
      second: { agent: 'lead', dependsOn: ['first'] },
    });
    await appended('first');
    await suite.engine.processes.get('control')!.kill();
    await writeFile(workspace('on'), '');
    await suite.engine.start('control');
    const mission = await finished(missionId);
    expect(mission.status).toBe('REVIEW');
    expect(await lines('first')).toHaveLength(1);
    expect(mission.runs.every((run) => run.status === 'COMPLETED')).toBe(true);
  },
  60_000,
);

dockerTest(
  'a cancelled mission ends its processes, and its late activity cannot touch its restarted successor',
  async () => {
    const missionId = await run({
      slow: { agent: 'builder', description: 'append /workspace/cancelled\nwait-for /workspace/never' },
    });
    await appended('cancelled');
    // The host is away while the mission is cancelled and restarted: its activity is as late as can be.
    await suite.engine.processes.get('docker-host')!.kill();
    await change(missionId, 'cancel');
    await change(missionId, 'restart');
    await startTestMission(suite.engine.db, suite.crew, missionId);
    await suite.engine.start('docker-host');
    const both = await eventually(
      () => view(missionId),
      (mission) =>
        mission.runs.length === 2 && mission.runs[1]!.status === 'RUNNING' && mission.runs[0]!.status === 'CANCELLED',
      40_000,
    );
    expect(both.runs.map((run) => run.generation)).toEqual([1, 3]);
    expect(both.tasks[0]).toMatchObject({ status: 'IN_PROGRESS', run_id: both.runs[1]!.id, iteration: 2 });
    await writeFile(workspace('never'), '');
    expect((await finished(missionId)).status).toBe('REVIEW');
    // One line per attempt row, none twice.
    expect((await lines('cancelled')).map((line) => line.split(' ')[1]).sort()).toEqual(
      both.runs.map((run) => run.id).sort(),
    );
  },
  90_000,
);

dockerTest(
  'a crew container removed by hand: its run is LOST and a second attempt names the first',
  async () => {
    const missionId = await run({
      doomed: { agent: 'builder', description: 'append /workspace/doomed\nwait-for /workspace/spared' },
    });
    await appended('doomed');
    const crewRow = await suite.engine.db.reads.maybeOne<{ container_id: string }>(
      [suite.crew.workspaceId],
      sql`SELECT container_id FROM crews WHERE id = ${suite.crew.crewId}`,
    );
    await suite.engine.docker.removeContainer(crewRow!.container_id);
    await eventually(
      () => view(missionId),
      (mission) => mission.runs.length === 2 && running(mission),
      40_000,
    );
    await writeFile(workspace('spared'), '');
    const mission = await finished(missionId);
    expect(mission.status).toBe('REVIEW');
    expect(mission.runs[0]).toMatchObject({ status: 'FAILED', error_code: 'lost', attempt_no: 1 });
    expect(mission.runs[1]).toMatchObject({
      status: 'COMPLETED',
      iteration: 1,
      attempt_no: 2,
      predecessor_id: mission.runs[0]!.id,
    });
  },
  90_000,
);
