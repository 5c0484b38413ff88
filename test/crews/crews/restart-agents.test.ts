import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { restartAgents } from '../../../commands/engine/crews/restart-agents.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockMissionOf, patchMission } from '../../../commands/engine/missions/mission-commands.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { dockerTest } from '../../support/docker-test.ts';
import type { MissionView } from '../../support/mission-view.ts';
import { eventually } from '../../support/test-crew.ts';
import { TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';

const suite = useCrew();
const { workspace, lines, appended, run, view, finished } = suite;

const inWorkspace = () => ({ workspaceIds: [suite.crew.workspaceId] });

function restart(): Promise<number> {
  return suite.engine.db.transaction(
    inWorkspace(),
    async (tx) => (await restartAgents(tx, suite.crew.crewId, orchestratorActor())).restarted,
  );
}

function configure(config: object): Promise<unknown> {
  const text = JSON.stringify({ image: TEST_RUNTIME_IMAGE, ...config });
  return suite.engine.db.transaction(inWorkspace(), (tx) =>
    tx.execute(sql`UPDATE crews SET devcontainer_config = ${text} WHERE id = ${suite.crew.crewId}`),
  );
}

async function containerId(): Promise<string | null> {
  const row = await suite.engine.db.reads.maybeOne<{ container_id: string | null }>(
    [suite.crew.workspaceId],
    sql`SELECT container_id FROM crews WHERE id = ${suite.crew.crewId}`,
  );
  return row!.container_id;
}

const attempts = (mission: MissionView) =>
  mission.runs.map(({ status, error_code, iteration, attempt_no }) => [status, error_code, iteration, attempt_no]);

/** Waits until that many attempts of the mission have begun and the last one is at work. */
const atWork = (missionId: string, count: number) =>
  eventually(
    () => view(missionId),
    (mission) => mission.runs.length === count && mission.runs.at(-1)!.status === 'RUNNING',
  );

dockerTest(
  'every agent at work is ended and started again with what has changed, in the container that is there',
  async () => {
    await configure({ remoteEnv: { GREETING: 'old' } });
    const missionId = await run({
      one: {
        agent: 'builder',
        description: 'alone /workspace/one\nenv GREETING /workspace/env-one\nwait-for /workspace/go',
      },
      two: {
        agent: 'lead',
        description: 'alone /workspace/two\nenv GREETING /workspace/env-two\nwait-for /workspace/go',
      },
    });
    await appended('env-one');
    await appended('env-two');
    const container = await containerId();
    await configure({ remoteEnv: { GREETING: 'new' } });
    expect(await restart()).toBe(2);
    await eventually(
      () => Promise.all([lines('env-one'), lines('env-two')]),
      (both) => both.every((values) => values.length === 2),
    );
    await writeFile(workspace('go'), '');
    const mission = await finished(missionId);
    expect(mission.status).toBe('REVIEW');
    expect(mission.runs).toHaveLength(4);
    for (const task of mission.tasks) {
      const [first, second] = mission.runs.filter(({ task_id }) => task_id === task.id);
      expect(first).toMatchObject({ status: 'CANCELLED', error_code: 'restarted', attempt_no: 1 });
      expect(second).toMatchObject({ status: 'COMPLETED', iteration: 1, attempt_no: 2, predecessor_id: first!.id });
    }
    expect(await lines('env-one')).toEqual(['old', 'new']);
    expect(await lines('env-two')).toEqual(['old', 'new']);
    // The old process ignores SIGTERM: it was gone all the same before the new one began.
    for (const file of ['one', 'two']) expect(await readFile(workspace(file), 'utf8')).not.toContain('overlaps');
    expect(await containerId()).toBe(container);
    const [agent] = await suite.crew.rows(
      sql`SELECT consecutive_failures, status FROM agents WHERE id = ${suite.crew.agents.builder!}`,
    );
    expect(agent).toEqual({ consecutive_failures: 0, status: 'IDLE' });
    const entries = await suite.crew.rows<{ payload: { restarted: number } }>(
      sql`SELECT payload FROM journal_entries
        WHERE crew_id = ${suite.crew.crewId} AND entry_type = 'crew.agents_restarted'`,
    );
    expect(entries.map(({ payload }) => payload.restarted)).toEqual([2]);
  },
  60_000,
);

dockerTest('with nobody at work nothing is restarted', async () => {
  expect(await restart()).toBe(0);
});

dockerTest(
  'kill -9 of both workers around a restart: it takes place once, after the old process is gone',
  async () => {
    const missionId = await run({
      slow: {
        agent: 'builder',
        description: 'alone /workspace/killed\nappend /workspace/began\nwait-for /workspace/on',
      },
    });
    await appended('began');
    await suite.engine.processes.get('docker-host')!.kill();
    await suite.engine.processes.get('control')!.kill();
    expect(await restart()).toBe(1);
    // Asked for again while it is under way: still one.
    expect(await restart()).toBe(1);
    await suite.engine.start('control');
    await suite.engine.start('docker-host');
    await eventually(
      () => lines('killed'),
      (begun) => begun.length === 2,
      40_000,
    );
    await writeFile(workspace('on'), '');
    const mission = await finished(missionId);
    expect(attempts(mission)).toEqual([
      ['CANCELLED', 'restarted', 1, 1],
      ['COMPLETED', null, 1, 2],
    ]);
    expect(await readFile(workspace('killed'), 'utf8')).not.toContain('overlaps');
  },
  90_000,
);

dockerTest(
  'restarts do not use up the attempts of a run that vanishes, nor its iterations',
  async () => {
    const missionId = await run({
      often: { agent: 'builder', maxIterations: 1, description: 'append /workspace/often\nwait-for /workspace/enough' },
    });
    for (let count = 1; count <= 3; count += 1) {
      await atWork(missionId, count);
      await eventually(
        () => suite.size('often').then(() => lines('often').catch(() => [])),
        (begun) => begun.length === count,
      );
      expect(await restart()).toBe(1);
    }
    await atWork(missionId, 4);
    await suite.engine.docker.removeContainer((await containerId())!);
    await atWork(missionId, 5);
    await writeFile(workspace('enough'), '');
    expect(attempts(await finished(missionId))).toEqual([
      ['CANCELLED', 'restarted', 1, 1],
      ['CANCELLED', 'restarted', 1, 2],
      ['CANCELLED', 'restarted', 1, 3],
      ['FAILED', 'lost', 1, 4],
      ['COMPLETED', null, 1, 5],
    ]);
  },
  90_000,
);

dockerTest(
  'a mission that is cancelled while its agents are restarted is cancelled',
  async () => {
    const missionId = await run({
      either: { agent: 'builder', description: 'append /workspace/either\nwait-for /workspace/never' },
    });
    await appended('either');
    await suite.engine.processes.get('docker-host')!.kill();
    await restart();
    await suite.engine.db.transaction(inWorkspace(), async (tx) =>
      patchMission(tx, await lockMissionOf(tx, null, missionId), { status: 'CANCELLED' }, orchestratorActor()),
    );
    await suite.engine.start('docker-host');
    await eventually(
      () => view(missionId),
      (mission) => mission.runs[0]!.status === 'CANCELLED',
      40_000,
    );
    expect(attempts(await view(missionId))).toEqual([['CANCELLED', 'cancelled', 1, 1]]);
  },
  60_000,
);
