import { expect } from 'vitest';
import { resolveEscalation } from '../../../commands/engine/escalations/close-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { isSettledView, readMission } from '../../support/mission-view.ts';
import { createTestCrew, createTestMission, eventually, startTestMission } from '../../support/test-crew.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';

const engine = perFile(() =>
  createTestEngine({ processes: ['api', 'control', 'docker-host'], env: { CREWSHIP_HOST_SLOTS: '1' } }),
);

dockerTest('on a host of one place an agent waits longer than its time, and another crew works meanwhile', async () => {
  const { db } = engine;
  const asking = await createTestCrew(db, { agents: { lead: ['worker.mjs'] }, timeoutSeconds: 5 });
  const other = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
  const started = async (crew: typeof asking, description: string) => {
    const { missionId } = await createTestMission(db, crew, { it: { agent: 'lead', description } });
    await startTestMission(db, crew, missionId);
    return { missionId, view: () => readMission(db, crew.workspaceId, missionId) };
  };
  const waiting = await started(asking, 'ask may I?');
  const [question] = await eventually(
    () =>
      db.reads.any<{ id: string }>(
        [asking.workspaceId],
        sql`SELECT id FROM escalations WHERE mission_id = ${waiting.missionId}`,
      ),
    (rows) => rows.length === 1,
  );
  const quick = await started(other, 'say hello');
  expect(await eventually(quick.view, isSettledView)).toMatchObject({ runs: [{ status: 'COMPLETED' }] });
  await eventually(
    () =>
      db.reads.maybeOne<{ late: boolean }>(
        [asking.workspaceId],
        sql`SELECT clock_timestamp() > deadline_at + interval '2 seconds' AS late FROM runs
          WHERE mission_id = ${waiting.missionId}`,
      ),
    (run) => run?.late === true,
  );
  await db.transaction({ workspaceIds: [asking.workspaceId] }, (tx) =>
    resolveEscalation(
      tx,
      TEST_KEY_RING,
      question!.id,
      { resolution: 'you may', action: 'approve', redirectTo: null, resolvedBy: null },
      orchestratorActor(),
    ),
  );
  const settled = await eventually(waiting.view, isSettledView);
  expect(settled).toMatchObject({
    tasks: [{ status: 'COMPLETED', result_summary: 'RESOLVED: you may' }],
    runs: [{ status: 'COMPLETED' }],
  });
});
