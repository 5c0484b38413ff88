import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import {
  decideNextSteps,
  type FailureReason,
  type NextSteps,
  type TaskView,
} from '../../../domain/work/missions/decide-next-steps.ts';
import type { MissionStatus } from '../../../domain/work/missions/mission-status.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { queueTaskRuns } from '../runs/queue-runs.ts';
import { cancelOpenWork } from './cancel-open-work.ts';
import { syncMissionClock } from './mission-clock.ts';
import { journalMissionStatus, journalTaskStatus, missionMoved } from './mission-journal.ts';
import { queuePlanningRun, wantsPlanningRun } from './mission-planning.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { passCircuits, withoutTrials } from './pass-circuits.ts';
import { readFrontier, shownCounts } from '../../../db/work/missions/read-frontier.ts';

/** What the mission's workflow does after a step: close, or wait to be told, at most `wakeInMs`. */
export type MissionStep = {
  readonly status: MissionStatus | 'GONE';
  readonly crewId: string | null;
  /** How many tasks are where, for operators. */
  readonly tasks: Readonly<Record<string, number>>;
} & ({ readonly kind: 'closed' } | { readonly kind: 'waiting'; readonly wakeInMs: number | null });

const FAILURE_TEXT: Readonly<Record<FailureReason, string>> = {
  tasks_failed: 'one or more tasks failed',
  deadlock: 'every open task waits for another',
  timeout: 'the mission ran out of time',
  planning_failed: 'the lead made no plan',
};

/**
 * One step of a mission, in one transaction: reads what it may move, decides (domain), applies. An older generation
 * changes nothing. Repeating it after a lost answer finds nothing left to do.
 */
export async function advanceMission(db: Database, address: WorkflowAddress): Promise<MissionStep> {
  return db.transaction(workflowScope(address), async (tx): Promise<MissionStep> => {
    const mission = await lockMission(tx, address.id);
    if (mission === null) return { kind: 'closed', status: 'GONE', crewId: null, tasks: {} };
    if (mission.generation !== address.generation || mission.status !== 'IN_PROGRESS') {
      return { kind: 'closed', status: mission.status, crewId: mission.crew_id, tasks: {} };
    }
    return stepMission(tx, mission);
  });
}

/**
 * The next step of a mission that is IN_PROGRESS and was locked after its tasks last moved, as its row counts them. The
 * transaction that ends a task takes it too, so that what the task held up is dispatched by the same commit; the
 * workflow, told by it, then finds the clock to keep and no more.
 */
export async function stepMission(tx: Tx, mission: MissionRow): Promise<MissionStep> {
  const { steps, tasks, nowMs } = await decide(tx, mission);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const shown = { status: mission.status, crewId: mission.crew_id, tasks: shownCounts(mission.task_counts) };
  const statusBefore = (id: string) => byId.get(id)!.status;
  await moveTasks(tx, mission, steps.unblock, statusBefore, 'PENDING', 'dependencies_satisfied');
  await moveTasks(tx, mission, steps.failCascade, statusBefore, 'FAILED', 'dependency_failed');
  let lookAgainInMs: number | null = null;
  if (steps.dispatch.length > 0) {
    const circuits = await passCircuits(tx, mission, steps.dispatch);
    const unrunnable = await queueTaskRuns(tx, mission, circuits.passed);
    await circuits.recordTrials();
    lookAgainInMs = circuits.lookAgainInMs;
    await moveTasks(tx, mission, circuits.refused, () => 'PENDING', 'FAILED', 'circuit_open');
    await moveTasks(tx, mission, unrunnable, () => 'PENDING', 'FAILED', 'agent_unavailable');
    // Dependants of these fail in the next step, which is due at once.
    if (unrunnable.length + circuits.refused.length > 0) return { kind: 'waiting', ...shown, wakeInMs: 0 };
  }
  if (steps.settle === null && wantsPlanningRun(mission)) {
    lookAgainInMs = earlier(lookAgainInMs, await queuePlanningRun(tx, mission));
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
    wakeInMs: earlier(lookAgainInMs, msUntil(earlier(steps.wakeAtMs, toMs(mission.clock_stop_ends_at)), nowMs)),
  };
}

function planningOf(mission: MissionRow): 'open' | 'failed' | null {
  if (mission.planning_iteration === null) return null;
  return mission.planning_failure === null ? 'open' : 'failed';
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function msUntil(atMs: number | null, nowMs: number): number | null {
  return atMs === null ? null : Math.max(0, atMs - nowMs);
}

/** Whether a locked mission has a step to take that nobody took. */
export async function hasStepToTake(tx: Tx, mission: MissionRow): Promise<boolean> {
  const { steps } = await decide(tx, mission);
  const due = await withoutTrials(tx, mission, steps.dispatch);
  const moves = [steps.unblock, steps.failCascade, due].some((ids) => ids.length > 0);
  return moves || steps.settle !== null || wantsPlanningRun(mission);
}

async function decide(
  tx: Tx,
  mission: MissionRow,
): Promise<{ steps: NextSteps; tasks: readonly TaskView[]; nowMs: number }> {
  const { nowMs, tasks, others } = await readFrontier(tx, mission);
  const steps = decideNextSteps(
    {
      status: mission.status,
      pausedAtMs: toMs(mission.paused_at),
      deadlineAtMs: toMs(mission.deadline_at),
      clockStoppedAtMs: toMs(mission.clock_stopped_at),
      settleArmed: mission.settle_armed,
      planning: planningOf(mission),
    },
    tasks,
    nowMs,
    others,
  );
  return { steps, tasks, nowMs };
}

function toMs(timestamp: string | null): number | null {
  return timestamp === null ? null : Date.parse(timestamp);
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

function failureText(mission: MissionRow, reason: FailureReason): string {
  return reason === 'planning_failed' ? (mission.planning_failure ?? FAILURE_TEXT[reason]) : FAILURE_TEXT[reason];
}

async function settleMission(
  tx: Tx,
  mission: MissionRow,
  settle: { to: 'REVIEW' } | { to: 'FAILED'; reason: FailureReason },
): Promise<void> {
  const reason = settle.to === 'FAILED' ? settle.reason : undefined;
  await tx.execute(sql`
    UPDATE missions SET status = ${settle.to}, completed_at = now(), updated_at = now(), deadline_at = NULL,
      paused_at = NULL, clock_stopped_at = NULL, clock_stop_ends_at = NULL, settle_armed = false,
      failure_reason = ${reason === undefined ? null : failureText(mission, reason)}
    WHERE id = ${mission.id} AND generation = ${mission.generation} AND status = 'IN_PROGRESS'`);
  journalMissionStatus(tx, mission, {
    to: settle.to,
    generation: mission.generation,
    step: 'settled',
    actor: orchestratorActor(),
    reason,
  });
  if (settle.to === 'FAILED') await cancelOpenWork(tx, mission, orchestratorActor(), settle.reason);
  await missionMoved(tx, mission, settle.to, orchestratorActor());
}
