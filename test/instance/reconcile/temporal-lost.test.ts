import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { dockerTest } from '../../support/docker-test.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';
import { type OwnService, openOwnService } from './own-services.ts';
import { reconcileNow, repairsOf } from './reconcile-fixture.ts';

let temporal: OwnService | undefined;
beforeAll(async () => {
  if (DOCKER_MISSING === undefined) temporal = await openOwnService('temporal');
});
// Registered before the suite's own, so it runs after it: the engine closes first.
afterAll(() => temporal?.remove());

const suite = useCrew({
  async createEngine() {
    return createTestEngine({
      processes: ['control', 'docker-host'],
      temporalAddress: temporal!.running.temporalAddress!,
      temporalNamespace: 'default',
    });
  },
});
const { run, view, finished, lines, appended, workspace } = suite;

/** Whether the server answers those who kept their connections. */
const answers = () =>
  suite.engine.temporal.ping(1_000).then(
    () => true,
    () => false,
  );

dockerTest(
  'Temporal’s data deleted in the middle of a mission: all of it is started again from the rows, and every attempt ran once',
  async () => {
    const missionId = await run({
      done: { agent: 'lead', description: 'append /workspace/done' },
      held: {
        agent: 'builder',
        dependsOn: ['done'],
        description: 'append /workspace/held\nwait-for /workspace/held-go',
      },
      last: { agent: 'lead', dependsOn: ['held'], description: 'append /workspace/last' },
    });
    await appended('held');
    await temporal!.stop();
    await rm(temporal!.files, { recursive: true });
    await temporal!.start();
    await eventually(answers, Boolean);
    await reconcileNow(suite.engine);
    const repairs = await repairsOf(suite.engine, suite.crew.workspaceId);
    expect(repairs.map(({ kind, discrepancy }) => `${kind} ${discrepancy}`).sort()).toEqual([
      'crew workflow_missing',
      'mission workflow_missing',
      'run workflow_missing',
    ]);
    await writeFile(workspace('held-go'), '');
    const mission = await finished(missionId);
    expect(mission).toMatchObject({ status: 'REVIEW', generation: 1 });
    expect(mission.runs.map(({ status, attempt_no }) => [status, attempt_no])).toEqual(Array(3).fill(['COMPLETED', 1]));
    for (const task of ['done', 'held', 'last']) expect(await lines(task)).toHaveLength(1);
    expect(await reconcileNow(suite.engine)).toBe(0);
  },
  60_000,
);

dockerTest(
  'Temporal restored older: what it forgot is told again, what it remembers wrongly closes, and every attempt ran once',
  async () => {
    const missionId = await run({
      old: { agent: 'builder', description: 'append /workspace/old\nwait-for /workspace/old-go' },
      // Meanwhile the backup is forgotten.
      newer: {
        agent: 'lead',
        dependsOn: ['old'],
        description: 'append /workspace/newer\nwait-for /workspace/newer-go',
      },
      newest: { agent: 'lead', dependsOn: ['newer'], description: 'append /workspace/newest' },
    });
    await appended('old');
    await temporal!.stop();
    await temporal!.backUp();
    await temporal!.start();
    await writeFile(workspace('old-go'), '');
    await appended('newer');
    const [old, newer] = (await view(missionId)).runs;
    await temporal!.stop();
    await temporal!.restore();
    await temporal!.start();
    await eventually(answers, Boolean);
    await reconcileNow(suite.engine);
    const repairs = await repairsOf(suite.engine, suite.crew.workspaceId);
    expect(repairs.filter(({ id }) => id === newer!.id)).toMatchObject([{ discrepancy: 'workflow_missing' }]);
    await writeFile(workspace('newer-go'), '');
    const mission = await finished(missionId);
    expect(mission.status).toBe('REVIEW');
    expect(mission.runs).toHaveLength(3);
    for (const task of ['old', 'newer', 'newest']) expect(await lines(task)).toHaveLength(1);
    // The workflow of the run that had ended came back open: it looks at its row, or is told to, and closes.
    await eventually(
      async () => {
        await reconcileNow(suite.engine);
        return (await suite.engine.temporal.client.workflow.getHandle(`run-${old!.id}`).describe()).status.name;
      },
      (status) => status === 'COMPLETED',
    );
  },
  60_000,
);
