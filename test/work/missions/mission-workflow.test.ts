import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { resolveEscalation } from '../../../commands/engine/escalations/close-escalation.ts';
import { openEscalation } from '../../../commands/engine/escalations/open-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { eventually } from '../../support/test-crew.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { layeredTasks } from '../../support/layered-tasks.ts';
import { useCrew } from '../../support/use-crew.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';

const suite = useCrew();
const { run, finished, view } = suite;

dockerTest('a diamond of tasks runs in dependency order and passes results on', async () => {
  const missionId = await run({
    top: { agent: 'lead', description: 'say hello' },
    left: { agent: 'builder', dependsOn: ['top'] },
    right: { agent: 'builder', dependsOn: ['top'] },
    bottom: { agent: 'lead', dependsOn: ['left', 'right'], description: 'dependencies' },
  });
  const mission = await finished(missionId);
  expect(mission.status).toBe('REVIEW');
  expect(mission.tasks.map((task) => [task.title, task.status])).toEqual([
    ['top', 'COMPLETED'],
    ['left', 'COMPLETED'],
    ['right', 'COMPLETED'],
    ['bottom', 'COMPLETED'],
  ]);
  expect(mission.tasks[3]!.result_summary).toBe('left by builder + right by builder');
});

dockerTest('layers of tasks run to the end in their containers, each once', async () => {
  const missionId = await run(layeredTasks({ width: 4, depth: 4, fanIn: 2, agents: ['lead', 'builder'] }));
  const mission = await finished(missionId);
  expect(mission.status).toBe('REVIEW');
  expect(mission.runs.map((attempt) => attempt.status)).toEqual(Array.from({ length: 16 }, () => 'COMPLETED'));
  expect(new Set(mission.runs.map((attempt) => attempt.task_id)).size).toBe(16);
});

dockerTest('a failing task is retried with the next iteration', async () => {
  const missionId = await run({
    flaky: { agent: 'builder', description: 'fail-until 2', maxIterations: 3 },
  });
  const mission = await finished(missionId);
  expect(mission).toMatchObject({ status: 'REVIEW', tasks: [{ status: 'COMPLETED', iteration: 2 }] });
});

dockerTest('a task that fails for good fails its dependants and the mission', async () => {
  const missionId = await run({
    broken: { agent: 'builder', description: 'fail 9' },
    after: { agent: 'lead', dependsOn: ['broken'] },
  });
  const mission = await finished(missionId);
  expect(mission.status).toBe('FAILED');
  expect(mission.tasks.map((task) => [task.status, task.error_code])).toEqual([
    ['FAILED', 'exit_code'],
    ['FAILED', 'dependency_failed'],
  ]);
});

dockerTest('a mission without tasks is planned by its lead, who hears what is wrong with its first plan', async () => {
  const plans = [
    { tasks: [{ title: 'one', assigned_agent: 'nobody' }] },
    {
      tasks: [
        { title: 'one', key: 'one', assigned_agent: 'builder', description: 'say hello' },
        { title: 'two', depends_on: ['one'], description: 'dependencies' },
      ],
    },
  ];
  const mission = await finished(await run({}, { description: JSON.stringify(plans) }));
  expect(mission.status).toBe('REVIEW');
  expect(mission.tasks.map((task) => [task.title, task.status, task.result_summary])).toEqual([
    ['one', 'COMPLETED', 'one by builder'],
    ['two', 'COMPLETED', 'one by builder'],
  ]);
  expect(mission.runs.map(({ purpose, iteration, status }) => [purpose, iteration, status])).toEqual([
    ['planning', 1, 'COMPLETED'],
    ['planning', 2, 'COMPLETED'],
    ['work', 1, 'COMPLETED'],
    ['work', 1, 'COMPLETED'],
  ]);
});

dockerTest(
  'an answer that came too late for its task is in the input of the mission’s next one, and of no other',
  async () => {
    const missionId = await run({
      asking: { agent: 'lead', description: 'wait-for /workspace/go-on' },
      next: { agent: 'builder', dependsOn: ['asking'], description: 'late-answers' },
      last: { agent: 'lead', dependsOn: ['next'], description: 'late-answers' },
    });
    const { runs } = await eventually(
      () => view(missionId),
      (mission) => mission.runs[0]?.status === 'RUNNING',
    );
    const delivery = await suite.engine.db.transaction({ workspaceIds: [suite.crew.workspaceId] }, async (tx) => {
      const question = {
        ...{ workspaceId: suite.crew.workspaceId, crewId: suite.crew.crewId, fromSlug: 'lead', chatId: missionId },
        ...{ runId: runs[0]!.id, type: 'TEXT' as const, reason: 'which?', context: null, metadata: null },
      };
      const { id } = await openEscalation(tx, question, orchestratorActor());
      await tx.execute(sql`UPDATE escalations SET deadline_at = now() - interval '1 second' WHERE id = ${id}`);
      const answer = { resolution: 'the second', action: 'approve' as const, redirectTo: null, resolvedBy: null };
      return resolveEscalation(tx, TEST_KEY_RING, id, answer, orchestratorActor());
    });
    expect(delivery).toMatchObject({ delivery: { kind: 'running_task', runId: runs[0]!.id } });
    await writeFile(suite.workspace('go-on'), '');
    const mission = await finished(missionId);
    expect(mission.tasks.map((task) => [task.title, task.result_summary])).toEqual([
      ['asking', 'asking by lead'],
      ['next', 'late: the second'],
      ['last', 'late: '],
    ]);
  },
);
