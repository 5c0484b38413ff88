import { expect } from 'vitest';
import { dockerTest } from '../support/docker-test.ts';
import type { CrewshipProblem } from '../../clients/typescript/src/index.ts';
import { resolveEscalation } from '../../commands/engine/escalations/close-escalation.ts';
import { openDatabase } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import { orchestratorActor } from '../../domain/kernel/access/authority.ts';
import { bootstrap } from '../support/api-client.ts';
import { killSidecar } from '../support/kill-sidecar.ts';
import { eventually } from '../support/test-crew.ts';
import { createTestEngine } from '../support/test-engine.ts';
import { TEST_KEY_RING } from '../support/test-key-ring.ts';
import { DOCKER_MISSING } from '../support/test-services.ts';
import { createAskingCrew } from './asking-crew.ts';
import { perFile } from '../support/world/per-file.ts';

const engine = perFile(() => createTestEngine({ processes: ['api', 'control', 'docker-host'] }), {
  unless: DOCKER_MISSING,
});
const client = perFile(() => bootstrap(engine.apiUrl), { unless: DOCKER_MISSING });
const crew = perFile(() => createAskingCrew(engine, client), { unless: DOCKER_MISSING });

dockerTest(
  'kill -9 of the API during a wait: the agent re-attaches and gets the answer',
  async () => {
    const { missionId, escalationId } = await crew.ask();
    await engine.processes.get('api')!.kill();
    await engine.start('api');
    const answer = await crew.answer(escalationId, 'blue');
    expect(answer).toMatchObject({ status: 'RESOLVED', agent_still_waiting: true });
    const mission = await crew.finished(missionId);
    expect(mission.tasks[0]).toMatchObject({ status: 'COMPLETED', result_summary: 'RESOLVED: blue' });
  },
  90_000,
);

dockerTest(
  'an API killed between the commit of an answer and its wake: the waiter gets it in seconds',
  async () => {
    const { missionId, escalationId } = await crew.ask();
    // A process that commits and has no relay is one that died right after its commit.
    const dead = await openDatabase({ ...engine.databaseOptions, applicationName: 'dies-after-commit' });
    await dead.transaction({ workspaceIds: [client.workspaceId] }, (tx) =>
      resolveEscalation(
        tx,
        TEST_KEY_RING,
        escalationId,
        { resolution: 'green', action: 'approve', redirectTo: null, resolvedBy: null },
        orchestratorActor(),
      ),
    );
    await dead.end();
    const committedAt = Date.now();
    const mission = await crew.finished(missionId);
    expect(mission.tasks[0]).toMatchObject({ result_summary: 'RESOLVED: green' });
    // The agent's own deadline is 300 s away.
    expect(Date.now() - committedAt).toBeLessThan(15_000);
  },
  60_000,
);

dockerTest('a sidecar that dies is started again and serves the next question', async () => {
  const first = await crew.ask();
  const row = () =>
    engine.db.reads.maybeOne<{ container_id: string; sidecar_exec_id: string }>(
      [client.workspaceId],
      sql`SELECT container_id, sidecar_exec_id FROM crews WHERE id = ${crew.crewId} AND NOT sidecar_gone`,
    );
  const before = (await row())!;
  await killSidecar(engine.docker, before.container_id);
  await eventually(row, (now) => now !== null && now.sidecar_exec_id !== before.sidecar_exec_id);
  // Its attempt may have ended with the sidecar, and the question with it.
  await crew.answer(first.escalationId, 'too late for that one').catch((refusal: CrewshipProblem) => {
    expect(refusal.currentStatus).toBe('CANCELLED');
  });
  const second = await crew.ask();
  await crew.answer(second.escalationId, 'red');
  expect((await crew.finished(second.missionId)).tasks[0]).toMatchObject({ result_summary: 'RESOLVED: red' });
});

dockerTest('a signal to stop ends the API cleanly while a client waits', async () => {
  const { escalationId } = await crew.ask();
  expect(await engine.processes.get('api')!.stop()).toBe(0);
  await engine.start('api');
  await crew.answer(escalationId, 'after restart');
});
