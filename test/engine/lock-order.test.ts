import { beforeAll, expect, test } from 'vitest';
import { resetCircuit } from '../../commands/engine/agents/circuit-breaker.ts';
import { updateAgent } from '../../commands/engine/agents/agent-commands.ts';
import { deleteCrew, updateCrew } from '../../commands/engine/crews/crew-commands.ts';
import { resolveEscalation } from '../../commands/engine/escalations/close-escalation.ts';
import { openEscalation } from '../../commands/engine/escalations/open-escalation.ts';
import { recordHostHeartbeat } from '../../commands/engine/hosts/host-heartbeat.ts';
import { restartAgents } from '../../commands/engine/crews/restart-agents.ts';
import { sql } from '../../db/kernel/sql.ts';
import { advanceMission } from '../../commands/engine/missions/advance-mission.ts';
import { beginRun, recordExec } from '../../commands/engine/runs/begin-run.ts';
import { settleRunRow } from '../../commands/engine/runs/settle-run.ts';
import { lockMissionOf, restartMission, createMission } from '../../commands/engine/missions/mission-commands.ts';
import { pauseMission, unpauseMission } from '../../commands/engine/missions/pause-mission.ts';
import { orchestratorActor } from '../../domain/kernel/access/authority.ts';
import { forgetImage } from '../../commands/engine/provisioning/cached-images.ts';
import { endBuild } from '../../commands/engine/provisioning/end-build.ts';
import {
  cancelProvision,
  ensureCrewImage,
  startProvision,
} from '../../commands/engine/provisioning/provision-commands.ts';
import { addressOf, configNamed, IMAGE_ID, playBuild, readBuilds } from '../crews/provisioning/build-fixture.ts';
import { readMission } from '../support/mission-view.ts';
import { createManagedTask } from '../../commands/engine/tasks/create-task.ts';
import { setTaskStatus } from '../../commands/engine/tasks/set-task-status.ts';
import { addDependency } from '../../commands/engine/tasks/task-dependencies.ts';
import { newId } from '../../platform/ids/ids.ts';
import { createTestCrew, createTestMission, startTestMission, type TestCrew } from '../support/test-crew.ts';
import { TEST_KEY_RING } from '../support/test-key-ring.ts';
import { useDatabase } from '../support/world/use-database.ts';

const { db, locks, owner } = useDatabase({ writePoolSize: 10 });
beforeAll(() => recordHostHeartbeat(db, { hostId: 'host-a', architecture: 'x86_64', engineVersion: '1', slots: 6 }));

async function deadlocks(): Promise<number> {
  const { rows } = await owner.query<{ deadlocks: string }>(
    `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`,
  );
  return Number(rows[0]!.deadlocks);
}

/** Plays the host and the mission's workflow for what the mission has queued, once. */
async function runOnce(crew: TestCrew, missionId: string): Promise<void> {
  const mission = await readMission(db, crew.workspaceId, missionId);
  const address = { workspaceId: crew.workspaceId, id: missionId, generation: mission.generation };
  await advanceMission(db, address);
  for (const run of (await readMission(db, crew.workspaceId, missionId)).runs) {
    if (run.status !== 'ADMITTED') continue;
    const at = { workspaceId: crew.workspaceId, id: run.id, generation: 0 };
    await beginRun(db, at);
    await recordExec(db, at, { containerId: 'c', execId: `e-${run.id}` });
    await settleRunRow(db, at, { outcome: { kind: 'exited', exitCode: 1, result: 'missing' } });
  }
  await advanceMission(db, address);
}

test('commands that meet on one crew wait for each other and never deadlock', async () => {
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] }, concurrency: 3 });
  const missions = await Promise.all(
    [1, 2, 3, 4].map(() =>
      createTestMission(db, crew, { one: { agent: 'lead' }, two: { agent: 'builder' }, three: { agent: 'builder' } }),
    ),
  );
  const scope = { workspaceIds: [crew.workspaceId] };
  const before = await deadlocks();
  let round = 0;
  let over = false;
  async function edits(edit: (round: number) => Promise<unknown>): Promise<void> {
    while (!over) {
      round += 1;
      await edit(round);
    }
  }
  const editing = [
    edits((n) =>
      db.transaction(scope, (tx) =>
        updateCrew(tx, crew.crewId, () => ({ max_concurrent_runs: 2 + (n % 3) }), orchestratorActor()),
      ),
    ),
    edits((n) =>
      db.transaction(scope, (tx) =>
        updateAgent(tx, crew.agents.builder!, { max_concurrent_runs: 1 + (n % 3) }, orchestratorActor()),
      ),
    ),
  ];
  let turnOfPause = 0;
  editing.push(
    edits(async () => {
      const { missionId } = missions[(turnOfPause += 1) % missions.length]!;
      for (const change of [pauseMission, unpauseMission]) {
        await db.transaction(scope, async (tx) => {
          const mission = await lockMissionOf(tx, crew.crewId, missionId);
          if (mission.status === 'IN_PROGRESS') await change(tx, mission, orchestratorActor());
        });
      }
    }),
  );
  // Agents whose circuits close, and one that is tried again after failures: missions compete for the trial.
  editing.push(
    edits(async () => {
      await db.transaction(scope, (tx) =>
        tx.execute(sql`
          UPDATE agents SET consecutive_failures = 3, circuit_opened_at = now() - interval '1 hour'
          WHERE id = ${crew.agents.builder!}`),
      );
      for (const agentId of Object.values(crew.agents)) {
        await db.transaction(scope, (tx) => resetCircuit(tx, agentId, orchestratorActor()));
      }
    }),
  );
  // All agents of the crew at once.
  editing.push(
    edits(() => db.transaction(scope, (tx) => restartAgents(tx, crew.crewId, orchestratorActor())).then(() => {})),
  );
  // Questions and their answers stop and start clocks.
  let turnOfQuestion = 0;
  editing.push(
    edits(async () => {
      const { missionId } = missions[(turnOfQuestion += 1) % missions.length]!;
      const { runs } = await readMission(db, crew.workspaceId, missionId);
      const question = {
        ...{ workspaceId: crew.workspaceId, crewId: crew.crewId, fromSlug: 'lead', chatId: missionId },
        ...{ runId: runs.at(-1)?.id ?? null, type: 'TEXT' as const, reason: 'why?', context: null, metadata: null },
      };
      const answer = { resolution: 'so', action: 'approve' as const, redirectTo: null, resolvedBy: null };
      try {
        const { id } = await db.transaction(scope, (tx) => openEscalation(tx, question, orchestratorActor()));
        await db.transaction(scope, (tx) => resolveEscalation(tx, TEST_KEY_RING, id, answer, orchestratorActor()));
      } catch (error) {
        // The mission has ended meanwhile, and its questions with it.
        expect(error).toMatchObject({ code: 'wrong_state' });
      }
    }),
  );
  const playing = Promise.all(
    missions.map(async ({ missionId }) => {
      for (let turn = 0; turn < 6; turn += 1) {
        await startTestMission(db, crew, missionId);
        do await runOnce(crew, missionId);
        while ((await readMission(db, crew.workspaceId, missionId)).status === 'IN_PROGRESS');
        await db.transaction(scope, async (tx) => {
          const mission = await lockMissionOf(tx, crew.crewId, missionId);
          await restartMission(tx, mission, orchestratorActor());
        });
      }
    }),
  );
  await playing.finally(() => {
    over = true;
  });
  await Promise.all(editing);
  expect(await deadlocks()).toBe(before);
  const { rows } = await owner.query(
    `SELECT count(*)::int AS held FROM slot_leases l JOIN runs r ON r.id = l.run_id
     WHERE r.status NOT IN ('ADMITTED', 'RUNNING')`,
  );
  expect(rows).toEqual([{ held: 0 }]);
}, 120_000);

test('a mission that is created while its crew is deleted is cancelled with it', async () => {
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
  const scope = { workspaceIds: [crew.workspaceId] };
  const created = Promise.withResolvers<string>();
  const go = Promise.withResolvers<void>();
  const creating = db.transaction(scope, async (tx) => {
    const id = await createMission(
      tx,
      {
        workspaceId: crew.workspaceId,
        crewId: crew.crewId,
        leadAgentId: crew.leadId,
        title: 'late',
        description: null,
        workflowTemplate: null,
        timeoutMs: null,
        createdBy: null,
      },
      orchestratorActor(),
    );
    created.resolve(id);
    await go.promise;
  });
  const missionId = await created.promise;
  const deleting = db.transaction(scope, (tx) => deleteCrew(tx, crew.crewId, orchestratorActor()));
  // Deleted as far as it gets before it has to wait.
  for (let waits = 0; waits === 0; ) {
    const { rows } = await owner.query<{ waits: number }>(
      `SELECT count(*)::int AS waits FROM pg_locks WHERE NOT granted`,
    );
    waits = rows[0]!.waits;
  }
  go.resolve();
  await Promise.all([creating, deleting]);
  expect((await readMission(db, crew.workspaceId, missionId)).status).toBe('CANCELLED');
});

test('crews that ask for images, edit, cancel and start beside builds that end never deadlock, and none is left waiting', async () => {
  const before = await deadlocks();
  // The tests before it may have taken longer than a host may be silent.
  await recordHostHeartbeat(db, { hostId: 'host-a', architecture: 'x86_64', engineVersion: '1', slots: 6 });
  const images = { settings: { miseAliases: {}, mirrors: {} }, concurrent: 32 };
  const actor = orchestratorActor();
  const crews = await Promise.all(
    Array.from({ length: 6 }, () => createTestCrew(db, { agents: { lead: ['worker.mjs'] } })),
  );
  let over = false;
  let turns = 0;
  const asking = crews.map(async (crew, index) => {
    const scope = { workspaceIds: [crew.workspaceId] };
    for (let turn = 0; turn < 15; turn += 1) {
      turns += 1;
      const config = configNamed(`lock-order ${(turn + index) % 3}`);
      await db.transaction(scope, (tx) =>
        updateCrew(
          tx,
          crew.crewId,
          () => ({ devcontainer_config: config, max_concurrent_runs: 2 + (turn % 2) }),
          actor,
          images,
        ),
      );
      const commands = [
        () =>
          db.transaction(scope, (tx) => startProvision(tx, crew.crewId, { ...images, fresh: turn % 2 === 0, actor })),
        () => db.transaction(scope, (tx) => cancelProvision(tx, crew.crewId, actor)),
        () => db.transaction(scope, (tx) => ensureCrewImage(tx, crew.crewId, images.settings)),
      ];
      try {
        await commands[turn % commands.length]!();
      } catch (error) {
        expect(error).toMatchObject({ code: 'conflict' });
      }
    }
  });
  const building = Array.from({ length: 3 }, async () => {
    while (!over) {
      for (const build of await readBuilds(db)) {
        if (build.closed_at === null) await playBuild(db, addressOf(build), build.n % 2 === 0 ? 'snapshot' : 'end');
        if (build.status === 'running' && build.n % 5 === 0) {
          await endBuild(db, addressOf(build), { kind: 'failed', code: 'feature_failed', message: 'no' });
        }
      }
      await forgetImage(db, { hostId: 'host-a', imageId: IMAGE_ID });
    }
  });
  await Promise.all(asking).finally(() => {
    over = true;
  });
  await Promise.all(building);
  expect(turns).toBe(90);
  expect(await deadlocks()).toBe(before);
  for (const build of await readBuilds(db)) if (build.closed_at === null) await playBuild(db, addressOf(build));
  const { rows } = await owner.query(`SELECT count(*)::int AS open FROM jobs WHERE status IN ('queued', 'running')`);
  expect(rows).toEqual([{ open: 0 }]);
}, 60_000);

test('what transactions lock, they lock in the order of LOCK-ORDER.md', () => {
  expect(locks.violations()).toEqual([]);
  expect(locks.unknown()).toEqual([]);
});

test('tasks without a mission, their agents and their dependencies are moved at once without a deadlock', async () => {
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] }, concurrency: 3 });
  const scope = { workspaceIds: [crew.workspaceId] };
  const userId = newId();
  await owner.query(`INSERT INTO users (id, email, username, full_name) VALUES ($1, $2, $1, 'Owner')`, [
    userId,
    `${userId}@example.com`,
  ]);
  await owner.query(`INSERT INTO memberships (id, workspace_id, user_id, role) VALUES ($1, $2, $1, 'OWNER')`, [
    userId,
    crew.workspaceId,
  ]);
  const actor = { ...orchestratorActor(), type: 'user', id: userId } as const;
  const caller = { workspaceId: crew.workspaceId, userId };
  const before = await deadlocks();
  const make = (agent: 'lead' | 'builder', dependsOn: readonly string[]) => {
    const task = {
      ...{ ...caller, title: 'Task', description: null, projectId: null, missionId: null, issueId: null, dependsOn },
      ...{ agentId: crew.agents[agent]!, reviewerId: null, priority: 'none' as const, dueDate: null, maxIterations: 2 },
      ...{ approvalRequired: false, labels: [], autoStart: true },
    } as const;
    return db.transaction(scope, (tx) => createManagedTask(tx, task, actor));
  };
  const firsts = await Promise.all([make('lead', []), make('builder', [])]);
  const seconds = await Promise.all([1, 2, 3, 4].map((n) => make(n % 2 === 0 ? 'lead' : 'builder', firsts)));
  const play = async () => {
    for (let left = true; left; ) {
      const runs = await db.reads.any<{ id: string }>(
        scope.workspaceIds,
        sql`SELECT id FROM runs WHERE workspace_id = ${crew.workspaceId} AND status IN ('ADMITTED', 'RUNNING')`,
      );
      left = runs.length > 0;
      await Promise.all(
        runs.map(async ({ id }) => {
          const at = { workspaceId: crew.workspaceId, id, generation: 0 };
          await beginRun(db, at);
          await recordExec(db, at, { containerId: 'c', execId: `e-${id}` });
          await settleRunRow(db, at, { outcome: { kind: 'exited', exitCode: 0, result: 'ok' } });
        }),
      );
    }
  };
  const handle = (error: unknown) =>
    expect(error).toMatchObject({ code: expect.stringMatching(/wrong_state|conflict/) });
  const byHand = seconds.flatMap((taskId) => [
    db
      .transaction(scope, (tx) => setTaskStatus(tx, { ...caller, taskId }, { status: 'CANCELLED' }, actor))
      .catch(handle),
    db.transaction(scope, (tx) => addDependency(tx, { ...caller, taskId }, firsts[0]!, actor)).catch(handle),
  ]);
  await Promise.all([play(), ...byHand]);
  await play();
  const rows = await db.reads.any<{ status: string }>(
    scope.workspaceIds,
    sql`SELECT status FROM tasks WHERE workspace_id = ${crew.workspaceId}`,
  );
  expect(rows.filter(({ status }) => status !== 'COMPLETED' && status !== 'CANCELLED')).toEqual([]);
  expect(await deadlocks()).toBe(before);
  expect(locks.violations()).toEqual([]);
  expect(locks.unknown()).toEqual([]);
}, 30_000);
