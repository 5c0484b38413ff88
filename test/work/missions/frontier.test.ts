import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { stepMission } from '../../../commands/engine/missions/advance-mission.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { readFrontier } from '../../../db/work/missions/read-frontier.ts';
import { decideNextSteps, type MissionView, type TaskView } from '../../../domain/work/missions/decide-next-steps.ts';
import { TASK_STATUSES, type TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createTestCrew, createTestMission } from '../../support/test-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const RUNS = Number(process.env.CREWSHIP_TEST_FUZZ_RUNS ?? 30);

const { db } = useDatabase({ writePoolSize: 2, readPoolSize: 2, systemPoolSize: 2 });
const crew = perFile(() => createTestCrew(db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] } }));

/** Numbers name tasks by their place; any number means one of those there are. */
type Change =
  | { readonly kind: 'status'; readonly tasks: readonly number[]; readonly status: TaskStatus }
  | { readonly kind: 'run'; readonly tasks: readonly number[]; readonly has: boolean }
  | { readonly kind: 'retry'; readonly task: number; readonly inMs: number | null }
  | { readonly kind: 'add'; readonly dependsOn: readonly number[] }
  | { readonly kind: 'depend'; readonly task: number; readonly on: readonly number[] }
  | { readonly kind: 'remove'; readonly task: number }
  | { readonly kind: 'pause'; readonly paused: boolean }
  | { readonly kind: 'deadline'; readonly inMs: number }
  | { readonly kind: 'arm'; readonly armed: boolean }
  | { readonly kind: 'step' };

const one = fc.nat(40);
const some = fc.array(one, { minLength: 1, maxLength: 4 });
const change = fc.oneof<fc.WeightedArbitrary<Change>[]>(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('status'), tasks: some, status: fc.constantFrom(...TASK_STATUSES) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('status'),
      tasks: some,
      status: fc.constantFrom('COMPLETED' as const, 'FAILED' as const, 'BLOCKED' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('run'), tasks: some, has: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('retry'),
      task: one,
      inMs: fc.constantFrom(null, -60_000, 60_000, 90_000, 600_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add'), dependsOn: fc.array(one, { maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('depend'), task: one, on: fc.array(one, { maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), task: one }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause'), paused: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('deadline'), inMs: fc.constantFrom(-60_000, 600_000, 600_000, 30_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('arm'), armed: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'step' }) },
);

/** Tasks of a layered graph, each of which depends on earlier ones. */
const graph = fc.array(fc.array(one, { maxLength: 4 }), { minLength: 1, maxLength: 14 });

async function apply(tx: Tx, mission: MissionRow, ids: string[], move: Change): Promise<void> {
  const id = (place: number) => ids[place % ids.length] ?? '';
  const all = (places: readonly number[]) => sql.array([...new Set(places.map(id))], 'text');
  switch (move.kind) {
    case 'status':
      await tx.execute(sql`UPDATE tasks SET status = ${move.status} WHERE id = ANY (${all(move.tasks)})`);
      return;
    case 'run':
      await tx.execute(sql`UPDATE tasks SET run_id = ${move.has ? 'r' : null} WHERE id = ANY (${all(move.tasks)})`);
      return;
    case 'retry':
      await tx.execute(sql`
        UPDATE tasks SET retry_at = clock_timestamp() + ${move.inMs}::int * interval '1 millisecond'
          WHERE id = ${id(move.task)}`);
      return;
    case 'add': {
      const added = newId();
      await tx.execute(sql`
        INSERT INTO tasks (id, workspace_id, mission_id, crew_id, title, status)
        VALUES (${added}, ${mission.workspace_id}, ${mission.id}, ${mission.crew_id}, 'Added',
          ${move.dependsOn.length === 0 ? 'PENDING' : 'BLOCKED'})`);
      if (ids.length > 0) await depend(tx, mission, added, new Set(move.dependsOn.map(id)));
      ids.push(added);
      return;
    }
    case 'depend': {
      const place = move.task % Math.max(1, ids.length);
      const earlier = new Set(move.on.filter((on) => on % ids.length < place).map(id));
      await tx.execute(sql`DELETE FROM task_dependencies WHERE task_id = ${id(place)}`);
      await depend(tx, mission, id(place), earlier);
      return;
    }
    case 'remove':
      await tx.execute(sql`DELETE FROM tasks WHERE id = ${id(move.task)}`);
      ids.splice(move.task % Math.max(1, ids.length), 1);
      return;
    case 'pause':
      await tx.execute(
        sql`UPDATE missions SET paused_at = ${move.paused ? sql.fragment`now()` : null} WHERE id = ${mission.id}`,
      );
      return;
    case 'deadline':
      await tx.execute(sql`
        UPDATE missions SET deadline_at = clock_timestamp() + ${move.inMs}::int * interval '1 millisecond'
          WHERE id = ${mission.id}`);
      return;
    case 'arm':
      await tx.execute(sql`UPDATE missions SET settle_armed = ${move.armed} WHERE id = ${mission.id}`);
      return;
    case 'step':
      await stepMission(tx, mission);
      await tx.execute(sql`
        UPDATE missions SET status = 'IN_PROGRESS', generation = generation + 1
          WHERE id = ${mission.id} AND status <> 'IN_PROGRESS'`);
  }
}

async function depend(tx: Tx, mission: MissionRow, task: string, on: ReadonlySet<string>): Promise<void> {
  await tx.execute(sql`
    INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
    SELECT ${mission.workspace_id}, ${task}, id FROM unnest(${sql.array([...on], 'text')}) AS id`);
}

interface FullTask {
  readonly id: string;
  readonly status: TaskStatus;
  readonly run_id: string | null;
  readonly retry_at: string | null;
  readonly depends_on: readonly string[];
  readonly open_dependencies: number;
  readonly failed_dependencies: number;
}

/** All the rows there are say the same as what the step reads. */
async function judge(tx: Tx, missionId: string): Promise<void> {
  const mission = (await lockMission(tx, missionId))!;
  const rows = await tx.any<FullTask>(sql`
    SELECT t.id, t.status, t.run_id, t.retry_at, t.open_dependencies, t.failed_dependencies,
      array(SELECT d.depends_on_task_id FROM task_dependencies d WHERE d.task_id = t.id) AS depends_on
    FROM tasks t WHERE t.mission_id = ${missionId} ORDER BY t.task_order, t.created_at, t.id`);
  const status = new Map(rows.map((row) => [row.id, row.status]));
  const counts = Object.fromEntries(
    TASK_STATUSES.map((each) => [each, rows.filter((row) => row.status === each).length]),
  );
  expect(mission.task_counts).toEqual(counts);
  for (const row of rows) {
    const of = row.depends_on.map((id) => status.get(id)!);
    expect(row, row.id).toMatchObject({
      open_dependencies: of.filter((each) => each !== 'COMPLETED' && each !== 'SKIPPED').length,
      failed_dependencies: of.filter((each) => each === 'FAILED' || each === 'CANCELLED').length,
    });
  }
  const { nowMs, tasks, others } = await readFrontier(tx, mission);
  const ms = (timestamp: string | null) => (timestamp === null ? null : Date.parse(timestamp));
  const view: MissionView = {
    status: mission.status,
    pausedAtMs: ms(mission.paused_at),
    deadlineAtMs: ms(mission.deadline_at),
    clockStoppedAtMs: ms(mission.clock_stopped_at),
    settleArmed: mission.settle_armed,
  };
  const full = rows.map(
    (row): TaskView => ({
      id: row.id,
      status: row.status,
      dependsOn: row.depends_on,
      runId: row.run_id,
      retryAtMs: ms(row.retry_at),
    }),
  );
  const wanted = decideNextSteps(view, full, nowMs);
  const decided = decideNextSteps(view, tasks, nowMs, others);
  const sorted = (steps: typeof wanted) => ({ ...steps, failCascade: steps.failCascade.toSorted() });
  expect(sorted(decided)).toEqual(sorted(wanted));
}

test('a step that reads only what it may move decides as one that reads the whole mission, after any changes', async () => {
  await fc.assert(
    fc.asyncProperty(graph, fc.array(change, { minLength: 5, maxLength: 25 }), async (shape, moves) => {
      const { missionId } = await createTestMission(db, crew, {});
      const scope = { workspaceIds: [crew.workspaceId] };
      const ids: string[] = [];
      await db.transaction(scope, async (tx) => {
        await tx.execute(sql`
          UPDATE missions SET status = 'IN_PROGRESS', generation = 1, settle_armed = true,
            deadline_at = clock_timestamp() + interval '1 hour' WHERE id = ${missionId}`);
        const mission = (await lockMission(tx, missionId))!;
        for (const dependsOn of shape) await apply(tx, mission, ids, { kind: 'add', dependsOn });
        await judge(tx, missionId);
      });
      for (const move of moves) {
        await db.transaction(scope, async (tx) => {
          await apply(tx, (await lockMission(tx, missionId))!, ids, move);
          await judge(tx, missionId);
        });
      }
    }),
    { numRuns: RUNS },
  );
});
