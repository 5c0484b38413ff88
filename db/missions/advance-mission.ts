import { orchestratorActor } from '../../domain/access/authority.ts';
import {
  decideNextSteps,
  type FailureReason,
  type NextSteps,
  type TaskView,
} from '../../domain/missions/decide-next-steps.ts';
import type { MissionStatus } from '../../domain/missions/mission-status.ts';
import type { TaskStatus } from '../../domain/missions/task-status.ts';
import type { ActorAddress } from '../../domain/outbox/outbox-command.ts';
import { actorScope, type Database } from '../kernel/database.ts';
import { sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';
import { queueTaskRuns } from '../runs/queue-runs.ts';
import { cancelOpenWork } from './cancel-open-work.ts';
import { syncMissionClock } from './mission-clock.ts';
import { journalMissionStatus, journalTaskStatus } from './mission-journal.ts';
import { lockMission, type MissionRow } from './mission-row.ts';

/** What the mission's actor does after a step: close, or wait to be told, at most `wakeInMs`. */
export type MissionStep = {
  readonly status: MissionStatus | 'GONE';
  readonly crewId: string | null;
  /** How many tasks are where, for operators. */
  readonly tasks: Readonly<Record<string, number>>;
} & ({ readonly kind: 'closed' } | { readonly kind: 'waiting'; readonly wakeInMs: number | null });

interface TaskRow {
  readonly id: string;
  readonly status: TaskStatus;
  readonly run_id: string | null;
  readonly retry_at: string | null;
  readonly depends_on: readonly string[];
}

const FAILURE_TEXT: Readonly<Record<FailureReason, string>> = {
  tasks_failed: 'one or more tasks failed',
  deadlock: 'every open task waits for another',
  timeout: 'the mission ran out of time',
};

/**
 * One step of a mission, in one transaction: reads its rows, decides (domain), applies. An older generation changes
 * nothing. Repeating it after a lost answer finds nothing left to do.
 */
export async function advanceMission(db: Database, address: ActorAddress): Promise<MissionStep> {
  return db.transaction(actorScope(address), async (tx): Promise<MissionStep> => {
    const mission = await lockMission(tx, address.id);
    if (mission === null) return { kind: 'closed', status: 'GONE', crewId: null, tasks: {} };
    if (mission.generation !== address.generation || mission.status !== 'IN_PROGRESS') {
      return { kind: 'closed', status: mission.status, crewId: mission.crew_id, tasks: {} };
    }
    return stepMission(tx, mission);
  });
}

/**
 * The next step of a locked mission that is IN_PROGRESS. The transaction that ends a task takes it too, so that what the
 * task held up is dispatched by the same commit; the actor, told by it, then finds the clock to keep and no more.
 */
export async function stepMission(tx: Tx, mission: MissionRow): Promise<MissionStep> {
  const { steps, tasks, nowMs } = await decide(tx, mission);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const shown = { status: mission.status, crewId: mission.crew_id, tasks: countByStatus(tasks) };
  const statusBefore = (id: string) => byId.get(id)!.status;
  await moveTasks(tx, mission, steps.unblock, statusBefore, 'PENDING', 'dependencies_satisfied');
  await moveTasks(tx, mission, steps.failCascade, statusBefore, 'FAILED', 'dependency_failed');
  if (steps.dispatch.length > 0) {
    const unrunnable = await queueTaskRuns(tx, mission, steps.dispatch);
    if (unrunnable.length > 0) {
      await moveTasks(tx, mission, unrunnable, () => 'PENDING', 'FAILED', 'agent_unavailable');
      // Their dependants fail in the next step, which is due at once.
      return { kind: 'waiting', ...shown, wakeInMs: 0 };
    }
  }
  if (steps.settle !== null) {
    await settleMission(tx, mission, steps.settle);
    return { kind: 'closed', ...shown, status: steps.settle.to };
  }
  // A clock that changed changes the next deadline: look again at once.
  if (await syncMissionClock(tx, mission.id)) return { kind: 'waiting', ...shown, wakeInMs: 0 };
  return {
    kind: 'waiting',
    ...shown,
    wakeInMs: steps.wakeAtMs === null ? null : Math.max(0, steps.wakeAtMs - nowMs),
  };
}

/** Whether a locked mission has a step to take that nobody took. */
export async function hasStepToTake(tx: Tx, mission: MissionRow): Promise<boolean> {
  const { steps } = await decide(tx, mission);
  return [steps.unblock, steps.failCascade, steps.dispatch].some((ids) => ids.length > 0) || steps.settle !== null;
}

async function decide(
  tx: Tx,
  mission: MissionRow,
): Promise<{ steps: NextSteps; tasks: readonly TaskRow[]; nowMs: number }> {
  const { now_ms: nowMs } = await tx.one<{ now_ms: number }>(sql`
      SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms`);
  const tasks = await tx.any<TaskRow>(sql`
      SELECT t.id, t.status, t.run_id, t.retry_at,
        array(SELECT d.depends_on_task_id FROM task_dependencies d WHERE d.task_id = t.id) AS depends_on
      FROM tasks t WHERE t.mission_id = ${mission.id} ORDER BY t.task_order, t.created_at, t.id`);
  const steps = decideNextSteps(
    {
      status: mission.status,
      pausedAtMs: toMs(mission.paused_at),
      deadlineAtMs: toMs(mission.deadline_at),
      clockStoppedAtMs: toMs(mission.clock_stopped_at),
      settleArmed: mission.settle_armed,
    },
    tasks.map(toView),
    nowMs,
  );
  return { steps, tasks, nowMs };
}

function countByStatus(tasks: readonly TaskRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const task of tasks) counts[task.status] = (counts[task.status] ?? 0) + 1;
  return counts;
}

function toMs(timestamp: string | null): number | null {
  return timestamp === null ? null : Date.parse(timestamp);
}

function toView(task: TaskRow): TaskView {
  return {
    id: task.id,
    status: task.status,
    dependsOn: task.depends_on,
    runId: task.run_id,
    retryAtMs: toMs(task.retry_at),
  };
}

async function moveTasks(
  tx: Tx,
  mission: MissionRow,
  ids: readonly string[],
  statusBefore: (id: string) => TaskStatus,
  to: 'PENDING' | 'FAILED',
  reason: string,
): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(sql`
    UPDATE tasks SET status = ${to}, generation = ${mission.generation}, updated_at = now(),
      completed_at = CASE WHEN ${to} = 'FAILED' THEN now() END,
      error_code = CASE WHEN ${to} = 'FAILED' THEN ${reason} END
    WHERE id = ANY(${sql.array(ids, 'text')})`);
  if (to === 'FAILED') await tx.execute(sql`UPDATE missions SET settle_armed = true WHERE id = ${mission.id}`);
  for (const id of ids) {
    journalTaskStatus(tx, mission, {
      taskId: id,
      from: statusBefore(id),
      to,
      actor: orchestratorActor(),
      reason,
      // A task may be blocked and unblocked several times in one generation; it fails once.
      ...(to === 'PENDING' ? {} : { transitionId: `task-${id}-${mission.generation}:${reason}` }),
    });
  }
}

async function settleMission(
  tx: Tx,
  mission: MissionRow,
  settle: { to: 'REVIEW' } | { to: 'FAILED'; reason: FailureReason },
): Promise<void> {
  const reason = settle.to === 'FAILED' ? settle.reason : undefined;
  await tx.execute(sql`
    UPDATE missions SET status = ${settle.to}, completed_at = now(), updated_at = now(), deadline_at = NULL,
      paused_at = NULL, clock_stopped_at = NULL, settle_armed = false, failure_reason = ${reason === undefined ? null : FAILURE_TEXT[reason]}
    WHERE id = ${mission.id} AND generation = ${mission.generation} AND status = 'IN_PROGRESS'`);
  journalMissionStatus(tx, mission, {
    to: settle.to,
    generation: mission.generation,
    step: 'settled',
    actor: orchestratorActor(),
    reason,
  });
  if (settle.to === 'FAILED') await cancelOpenWork(tx, mission, orchestratorActor(), settle.reason);
}
