import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { openEscalation } from '../../../commands/engine/escalations/open-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { eventually } from '../../support/test-crew.ts';
import { useCrew } from '../../support/use-crew.ts';
import { reconcileNow, repairsOf } from './reconcile-fixture.ts';

const suite = useCrew();
const { run, view, finished, lines, appended, workspace } = suite;

const terminate = (workflow: string) => suite.engine.temporal.client.workflow.getHandle(workflow).terminate('by hand');
const repairs = async (id: string) =>
  (await repairsOf(suite.engine, suite.crew.workspaceId)).filter((repair) => repair.id === id);

const isOpen = async (workflow: string): Promise<boolean> =>
  (await suite.engine.temporal.client.workflow.getHandle(workflow).describe()).status.name === 'RUNNING';

/** Everything that a pass could change. */
async function snapshot(): Promise<unknown> {
  return suite.engine.db.systemReads.maybeOne(
    [],
    sql`
      SELECT (SELECT count(*) FROM transitions) AS transitions, (SELECT count(*) FROM journal_positions) AS positions,
        (SELECT count(*) FROM journal_unsequenced) AS unsequenced,
        (SELECT coalesce(max(id), 0) FROM outbox) AS commands,
        (SELECT jsonb_agg(to_jsonb(m) ORDER BY id) FROM missions m) AS missions,
        (SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM tasks t) AS tasks,
        (SELECT jsonb_agg(to_jsonb(r) ORDER BY id) FROM runs r) AS runs,
        (SELECT jsonb_agg(to_jsonb(c) ORDER BY id) FROM crews c) AS crews,
        (SELECT jsonb_agg(to_jsonb(s) ORDER BY kind, id) FROM slot_scopes s) AS scopes`,
  );
}

dockerTest('a healthy system: reconciling twice changes nothing', async () => {
  const missionId = await run({
    held: { agent: 'builder', description: 'append /workspace/held\nwait-for /workspace/held-go' },
    after: { agent: 'lead', dependsOn: ['held'] },
  });
  await appended('held');
  await eventually(
    () => suite.engine.db.systemReads.any([], sql`SELECT 1 FROM outbox UNION ALL SELECT 1 FROM journal_unsequenced`),
    (left) => left.length === 0,
  );
  const before = await snapshot();
  expect(await reconcileNow(suite.engine)).toBe(0);
  expect(await reconcileNow(suite.engine)).toBe(0);
  expect(await snapshot()).toEqual(before);
  await writeFile(workspace('held-go'), '');
  expect((await finished(missionId)).status).toBe('REVIEW');
  expect(await reconcileNow(suite.engine)).toBe(0);
});

dockerTest('a terminated mission goes on as its next generation, with the attempts it has', async () => {
  const missionId = await run({
    long: { agent: 'builder', description: 'append /workspace/long\nwait-for /workspace/long-go' },
    next: { agent: 'lead', dependsOn: ['long'] },
  });
  await appended('long');
  await terminate(`mission-${missionId}-1`);
  await reconcileNow(suite.engine);
  expect(await repairs(missionId)).toMatchObject([
    { kind: 'mission', discrepancy: 'workflow_closed', from: 1, to: 2, workflow_status: 'TERMINATED' },
  ]);
  const repaired = await view(missionId);
  expect(repaired).toMatchObject({ generation: 2, runs: [{ generation: 2, status: 'RUNNING' }] });
  await eventually(() => isOpen(`mission-${missionId}-2`).catch(() => false), Boolean);
  await reconcileNow(suite.engine);
  expect(await repairs(missionId)).toHaveLength(1);
  await writeFile(workspace('long-go'), '');
  expect(await finished(missionId)).toMatchObject({ status: 'REVIEW', generation: 2 });
  expect(await lines('long')).toHaveLength(1);
});

dockerTest(
  'a terminated run is taken up again: its agent goes on, its places come back, its mission completes',
  async () => {
    const missionId = await run({
      one: { agent: 'builder', description: 'append /workspace/one\nwait-for /workspace/one-go' },
      two: { agent: 'lead', dependsOn: ['one'] },
    });
    await appended('one');
    const [attempt] = (await view(missionId)).runs;
    await terminate(`run-${attempt!.id}`);
    await reconcileNow(suite.engine);
    expect(await repairs(attempt!.id)).toMatchObject([{ kind: 'run', discrepancy: 'workflow_closed', from: 0, to: 0 }]);
    await eventually(() => isOpen(`run-${attempt!.id}`), Boolean);
    await writeFile(workspace('one-go'), '');
    const mission = await finished(missionId);
    expect(mission).toMatchObject({
      status: 'REVIEW',
      runs: [{ id: attempt!.id, status: 'COMPLETED' }, { attempt_no: 1 }],
    });
    expect(await lines('one')).toHaveLength(1);
    const held = await suite.engine.db.systemReads.any(
      [],
      sql`SELECT 1 FROM slot_leases WHERE run_id = ${attempt!.id}`,
    );
    expect(held).toEqual([]);
  },
);

dockerTest('a run terminated while its agent ended: what it left settles it', async () => {
  const missionId = await run({
    brief: { agent: 'builder', description: 'append /workspace/brief\nwait-for /workspace/brief-go\nsay done' },
  });
  await appended('brief');
  const [attempt] = (await view(missionId)).runs;
  await suite.engine.processes.get('docker-host')!.kill();
  await terminate(`run-${attempt!.id}`);
  await writeFile(workspace('brief-go'), '');
  await suite.engine.start('docker-host');
  await reconcileNow(suite.engine);
  expect(await finished(missionId)).toMatchObject({
    status: 'REVIEW',
    runs: [{ id: attempt!.id, status: 'COMPLETED' }],
  });
  expect(await lines('brief')).toHaveLength(1);
});

dockerTest('a terminated crew and a terminated question get their next generation', async () => {
  const { crew, engine } = suite;
  const missionId = await run({
    waits: { agent: 'builder', description: 'append /workspace/waits\nwait-for /workspace/waits-go' },
  });
  await appended('waits');
  const { id } = await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    openEscalation(
      tx,
      {
        workspaceId: crew.workspaceId,
        crewId: crew.crewId,
        fromSlug: 'lead',
        chatId: missionId,
        runId: null,
        type: 'TEXT',
        reason: 'why?',
        context: null,
        metadata: null,
      },
      orchestratorActor(),
    ),
  );
  await eventually(() => isOpen(`escalation-${id}-1`).catch(() => false), Boolean);
  const before = await engine.db.systemReads.maybeOne<{ generation: number; container_id: string }>(
    [],
    sql`SELECT generation, container_id FROM crews WHERE id = ${crew.crewId}`,
  );
  await terminate(`escalation-${id}-1`);
  await terminate(`crew-${crew.crewId}-${before!.generation}`);
  await reconcileNow(engine);
  expect(await repairs(id)).toMatchObject([{ kind: 'escalation', discrepancy: 'workflow_closed', from: 1, to: 2 }]);
  const { generation } = before!;
  expect(await repairs(crew.crewId)).toMatchObject([{ kind: 'crew', from: generation, to: generation + 1 }]);
  await eventually(() => isOpen(`escalation-${id}-2`).catch(() => false), Boolean);
  await eventually(() => isOpen(`crew-${crew.crewId}-${generation + 1}`).catch(() => false), Boolean);
  const after = await engine.db.systemReads.maybeOne<{ container_id: string }>(
    [],
    sql`SELECT container_id FROM crews WHERE id = ${crew.crewId}`,
  );
  expect(after!.container_id).toBe(before!.container_id);
  await writeFile(workspace('waits-go'), '');
  expect((await finished(missionId)).status).toBe('REVIEW');
});

dockerTest('the boot of a control worker reconciles', async () => {
  const missionId = await run({
    boots: { agent: 'builder', description: 'append /workspace/boots\nwait-for /workspace/boots-go' },
  });
  await appended('boots');
  await terminate(`mission-${missionId}-1`);
  await suite.engine.processes.get('control')!.stop();
  await suite.engine.start('control');
  await eventually(
    () => view(missionId),
    (mission) => mission.generation === 2,
  );
  await writeFile(workspace('boots-go'), '');
  expect((await finished(missionId)).status).toBe('REVIEW');
});

dockerTest('a mission that was not told of a change takes the step', async () => {
  const missionId = await run({
    first: { agent: 'builder', description: 'append /workspace/first\nwait-for /workspace/first-go' },
    second: { agent: 'lead', dependsOn: ['first'], description: 'append /workspace/second' },
  });
  await appended('first');
  await suite.crew.write(sql`
      DELETE FROM task_dependencies d USING tasks t WHERE t.id = d.task_id AND t.mission_id = ${missionId}`);
  await reconcileNow(suite.engine);
  expect(await repairs(missionId)).toMatchObject([{ kind: 'mission', discrepancy: 'step_not_taken', from: 1, to: 1 }]);
  await appended('second');
  await writeFile(workspace('first-go'), '');
  expect((await finished(missionId)).status).toBe('REVIEW');
});
