import { beforeAll, expect, test } from 'vitest';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { advanceMission } from '../../../commands/engine/missions/advance-mission.ts';
import { cloneMission } from '../../../commands/engine/missions/clone-mission.ts';
import { deleteMission } from '../../../commands/engine/missions/delete-mission.ts';
import {
  cancelMission,
  lockMissionOf,
  restartMission,
  startMission,
} from '../../../commands/engine/missions/mission-commands.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { resumeMission } from '../../../commands/engine/missions/resume-mission.ts';
import { createTask, patchTask } from '../../../commands/engine/missions/task-commands.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { TaskCounts } from '../../../domain/work/missions/task-status.ts';
import { layeredTasks } from '../../support/layered-tasks.ts';
import { createTestCrew, createTestMission } from '../../support/test-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const WIDTH = 20;
const TASKS = 1_000;
/** Whatever the number of tasks; the journal and the outbox are one statement each beside these. */
const MOST_STATEMENTS = 16;

let missionId: string;
let taskIds: Readonly<Record<string, string>>;

const { db } = useDatabase({ writePoolSize: 2, readPoolSize: 2, systemPoolSize: 2 });
beforeAll(async () => {
  await recordHostHeartbeat(db, { hostId: 'host-large', architecture: 'x64', engineVersion: '1', slots: 8 });
}, 120_000);
const crew = perFile(
  () => createTestCrew(db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] }, concurrency: 8 }),
  { timeoutMs: 120_000 },
);
beforeAll(async () => {
  const tasks = layeredTasks({ width: WIDTH, depth: TASKS / WIDTH, fanIn: 3, agents: ['lead', 'builder'] });
  const created = await createTestMission(db, crew, tasks);
  missionId = created.missionId;
  taskIds = created.tasks;
}, 120_000);

const actor = orchestratorActor();

/** Runs a command on a mission in a transaction; the result and how many statements it took. */
async function command<Result>(
  id: string,
  run: (tx: Tx, mission: MissionRow) => Promise<Result>,
): Promise<{ result: Result; statements: number }> {
  let statements = 0;
  const result = await db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    const counting: Tx = {
      ...tx,
      any: (query) => ((statements += 1), tx.any(query)),
      maybeOne: (query) => ((statements += 1), tx.maybeOne(query)),
      one: (query) => ((statements += 1), tx.one(query)),
      execute: (query) => ((statements += 1), tx.execute(query)),
    };
    return run(counting, await lockMissionOf(counting, crew.crewId, id));
  });
  return { result, statements };
}

async function counts(id: string): Promise<Partial<TaskCounts>> {
  const { result } = await command(id, async (_tx, mission) => mission.task_counts);
  return Object.fromEntries(Object.entries(result).filter(([, count]) => count > 0));
}

test('every command on a mission of 1,000 tasks takes a few statements, and each leaves the counts right', async () => {
  const took: Record<string, number> = {};
  const act = async (name: string, run: (tx: Tx, mission: MissionRow) => Promise<unknown>, id = missionId) => {
    took[name] = (await command(id, run)).statements;
  };
  const step = async () => {
    const generation = (await command(missionId, async (_tx, mission) => mission.generation)).result;
    return advanceMission(db, { workspaceId: crew.workspaceId, id: missionId, generation });
  };

  const cloned = await command(missionId, (tx, mission) => cloneMission(tx, mission, null, actor));
  took.clone = cloned.statements;
  expect(await counts(cloned.result)).toEqual({ PENDING: WIDTH, BLOCKED: TASKS - WIDTH });

  await act('start', (tx, mission) => startMission(tx, mission, actor));
  await step();
  const first = taskIds['0/0']!;
  await act('skip', (tx, mission) => patchTask(tx, mission, first, { status: 'SKIPPED' }, actor));
  await act('cancel', (tx, mission) => cancelMission(tx, mission, null, actor));
  expect(await counts(missionId)).toEqual({ SKIPPED: 1, CANCELLED: TASKS - 1 });
  await act('restart', (tx, mission) => restartMission(tx, mission, actor));
  expect(await counts(missionId)).toEqual({ PENDING: WIDTH, BLOCKED: TASKS - WIDTH });

  await act('start again', (tx, mission) => startMission(tx, mission, actor));
  await step();
  for (let place = 0; place < WIDTH; place += 1) {
    await act('take on', (tx, mission) =>
      patchTask(tx, mission, taskIds[`0/${place}`]!, { status: 'IN_PROGRESS' }, actor),
    );
    await act('fail', (tx, mission) => patchTask(tx, mission, taskIds[`0/${place}`]!, { status: 'FAILED' }, actor));
  }
  expect(await step()).toMatchObject({ kind: 'closed', status: 'FAILED' });
  expect(await counts(missionId)).toEqual({ FAILED: TASKS });
  await act('resume', (tx, mission) => resumeMission(tx, mission, actor));
  expect(await counts(missionId)).toEqual({ PENDING: WIDTH, BLOCKED: TASKS - WIDTH });

  await act('add', (tx, mission) =>
    createTask(
      tx,
      mission,
      {
        title: 'Last',
        description: null,
        assignedAgentId: null,
        taskOrder: TASKS,
        dependsOn: [taskIds['49/0']!, taskIds['49/1']!],
        maxIterations: null,
      },
      actor,
    ),
  );
  await act('delete', (tx, mission) => deleteMission(tx, mission, actor), cloned.result);
  for (const [name, statements] of Object.entries(took)) expect(statements, name).toBeLessThanOrEqual(MOST_STATEMENTS);
}, 120_000);

test('a dependency that would close a cycle through 50 layers is refused with the cycle it would make', async () => {
  const changed = command(missionId, (tx, mission) =>
    patchTask(tx, mission, taskIds['1/0']!, { dependsOn: [taskIds['49/0']!] }, actor),
  );
  await expect(changed).rejects.toMatchObject({
    code: 'invalid_request',
    fields: [{ path: 'depends_on', message: expect.stringMatching(/^makes a cycle: .{400,700} → … → \w+$/) }],
  });
});
