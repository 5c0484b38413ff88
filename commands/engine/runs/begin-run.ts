import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { isTerminalRun } from '../../../domain/work/runs/run-status.ts';
import { agentStarted, lockAgent } from '../agents/agent-status.ts';
import { requestContainer } from '../crews/advance-crew.ts';
import { outdatedContainer } from '../../../db/crews/crews/outdated-container.ts';
import { recordInputAnswers } from '../escalations/answer-delivery.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { turnRuns } from '../turns/end-turn.ts';
import { journalTaskStatus } from '../missions/mission-journal.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { journalRun, runFacts } from './run-journal.ts';
import { admitRuns, lockPlaces } from './queue-runs.ts';
import { runTimeLeftMs } from '../../../db/work/runs/run-clock.ts';
import type { RunConfig } from '../../../db/work/runs/read-run-execution.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { holdManagedTasks } from '../../../db/work/tasks/managed-task-row.ts';
import { beginTaskRun, taskRunBegan } from '../tasks/settle-task-run.ts';
import { lockRun, settleLockedRun } from './settle-run.ts';
import { type CrewRow, lockCrew } from '../../../db/crews/crews/crew-row.ts';

/** What the run's workflow does next. */
export type RunStep = { readonly crewId: string | null; readonly missionId: string | null } & RunStepKind;

type RunStepKind =
  | { readonly kind: 'closed' }
  /** The crew's container is not up yet; wait to be told. */
  | { readonly kind: 'waiting' }
  /** Hand the attempt to its host; its time is up in `timeLeftMs`. */
  | {
      readonly kind: 'execute';
      readonly hostId: string;
      readonly timeLeftMs: number;
      /** To be ended, for good or to be run once more. */
      readonly cancelRequested: boolean;
    };

/**
 * One step of a run's workflow: is it still wanted, is its crew's container up? Asks for the container when it is not.
 * An admitted run that was cancelled before its process existed ends here.
 */
export async function beginRun(db: Database, address: WorkflowAddress): Promise<RunStep> {
  return db.transaction(workflowScope(address), async (tx): Promise<RunStep> => {
    const locked = await lockRun(tx, address.id);
    if (locked === null) return { kind: 'closed', crewId: null, missionId: null };
    const { run, mission } = locked;
    return { crewId: run.crew_id, missionId: run.mission_id, ...(await nextStep(tx, run, mission)) };
  });
}

async function nextStep(tx: Tx, run: RunRow, mission: MissionRow | null): Promise<RunStepKind> {
  if (isTerminalRun(run.status)) return { kind: 'closed' };
  // Not admitted any more (an older state of the database came back): a workflow that closed could not be told again.
  if (run.status === 'QUEUED') return { kind: 'waiting' };
  if (run.host_id === null || run.crew_id === null) {
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'not_started', code: 'no_host' } });
    return { kind: 'closed' };
  }
  if (run.status === 'RUNNING') return execute(tx, run, run.host_id);
  if (run.cancel_requested_at !== null || !isWanted(run, mission)) {
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'cancelled' } });
    return { kind: 'closed' };
  }
  if (await isPaused(tx, run)) {
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'restarted' } });
    return { kind: 'closed' };
  }
  // It tells this one when it has ended: docs/contracts/missions.md, Runs.
  if (await hasLiveSibling(tx, run)) return { kind: 'waiting' };
  // What ends here moves its task, whose lock comes before the crew's.
  if (run.mission_id === null && run.task_id !== null) await holdManagedTasks(tx, run.workspace_id);
  const crew = await lockCrew(tx, run.crew_id);
  if (crew === null || crew.deleted_at !== null) {
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'not_started', code: 'crew_deleted' } });
    return { kind: 'closed' };
  }
  if (crew.host_id !== run.host_id) {
    // The crew was moved while this one was on its way to the old host's places.
    if (run.agent_id !== null) await lockAgent(tx, run.agent_id);
    await lockPlaces(tx, [run.host_id, crew.host_id]);
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'lost' }, errorMessage: 'the crew was moved' });
    await admitRuns(tx, crew.host_id);
    return { kind: 'closed' };
  }
  if (crew.container_status === 'running') {
    const outdated = await outdatedContainer(tx, crew.id);
    if (outdated === 'leave') return { kind: 'waiting' };
    if (outdated === null) return execute(tx, run, run.host_id);
  }
  if (crew.container_status === 'error' && crew.generation === run.crew_generation) {
    const { container_error: message } = await tx.one<{ container_error: string | null }>(sql`
        SELECT container_error FROM crews WHERE id = ${crew.id}`);
    await settleLockedRun(tx, run, mission, {
      outcome: { kind: 'not_started', code: 'crew_start_failed' },
      errorMessage: message,
    });
    return { kind: 'closed' };
  }
  const generation = crew.container_status === 'starting' ? crew.generation : await requestContainer(tx, crew);
  await tx.execute(sql`UPDATE runs SET crew_generation = ${generation} WHERE id = ${run.id}`);
  return { kind: 'waiting' };
}

/** Whether an attempt of the same task is at work: cancelled or restarted perhaps, and not ended yet. */
async function hasLiveSibling(tx: Tx, run: RunRow): Promise<boolean> {
  if (run.task_id === null) return false;
  const live = await tx.maybeOne(sql`
    SELECT 1 FROM runs WHERE task_id = ${run.task_id} AND id <> ${run.id} AND status = 'RUNNING' AND NOT reported
    LIMIT 1`);
  return live !== null;
}

/** Whether the run's agent, crew or workspace is to begin nothing for now. */
async function isPaused(tx: Tx, run: RunRow): Promise<boolean> {
  const paused = await tx.maybeOne(sql`
    SELECT 1 FROM workspaces w WHERE w.id = ${run.workspace_id} AND (w.paused_at IS NOT NULL
      OR EXISTS (SELECT 1 FROM crews c WHERE c.id = ${run.crew_id} AND c.paused_at IS NOT NULL)
      OR EXISTS (SELECT 1 FROM agents a WHERE a.id = ${run.agent_id} AND a.paused_at IS NOT NULL))`);
  return paused !== null;
}

function isWanted(run: RunRow, mission: MissionRow | null): boolean {
  if (run.mission_id === null) return true;
  return mission !== null && mission.status === 'IN_PROGRESS' && mission.generation === run.generation;
}

async function execute(tx: Tx, run: RunRow, hostId: string): Promise<RunStepKind> {
  const { left_ms: leftMs } = await tx.one<{ left_ms: number }>(sql`
    SELECT ${runTimeLeftMs} AS left_ms FROM runs r WHERE r.id = ${run.id}`);
  return {
    kind: 'execute',
    hostId,
    timeLeftMs: Math.max(0, leftMs),
    cancelRequested:
      run.cancel_requested_at !== null || (run.status === 'RUNNING' && run.restart_requested_at !== null),
  };
}

/**
 * ADMITTED → RUNNING with the exec that is about to start: committed before the process exists, so that whoever comes
 * next re-attaches instead of starting another. False: the run is no longer wanted and nothing may be started.
 */
export async function recordExec(
  db: Database,
  address: WorkflowAddress,
  exec: {
    containerId: string;
    execId: string;
    lateAnswerIds?: readonly string[];
    config?: RunConfig;
    timeoutMs?: number | null;
  },
): Promise<boolean> {
  return db.transaction(workflowScope(address), async (tx) => {
    const locked = await lockRun(tx, address.id);
    if (locked === null || locked.run.status !== 'ADMITTED') return false;
    const { run, mission } = locked;
    if (run.cancel_requested_at !== null || !isWanted(run, mission)) return false;
    if (run.restart_requested_at !== null) {
      // What was read for this start is old: it is read again.
      await tx.execute(sql`UPDATE runs SET restart_requested_at = NULL WHERE id = ${run.id}`);
      return false;
    }
    // Tasks are locked before crews.
    if (run.mission_id === null && run.task_id !== null) {
      if (!(await beginTaskRun(tx, run))) return false;
    } else if (run.task_id !== null) await tx.execute(sql`SELECT 1 FROM tasks WHERE id = ${run.task_id} FOR UPDATE`);
    const crew = run.crew_id === null ? null : await lockCrew(tx, run.crew_id);
    // The container may be being replaced since the exec was created.
    if (crew !== null && hasLeft(crew, exec.containerId)) return false;
    // Whoever paused it tells this one, which then gives its place back.
    if (await isPaused(tx, run)) return false;
    await tx.execute(sql`
      UPDATE runs SET status = 'RUNNING', container_id = ${exec.containerId}, exec_id = ${exec.execId},
        config_versions = ${sql.jsonb(exec.config ?? {})}, started_at = clock_timestamp(),
        timeout_ms = least(timeout_ms, ${exec.timeoutMs ?? null}::bigint),
        deadline_at = clock_timestamp()
          + least(timeout_ms, ${exec.timeoutMs ?? null}::bigint) * interval '1 millisecond'
      WHERE id = ${run.id}`);
    journalRun(tx, run, orchestratorActor(), {
      type: 'run.started',
      payload: { ...runFacts(run), container_id: exec.containerId },
    });
    await recordInputAnswers(tx, run.id, exec.lateAnswerIds ?? []);
    if (mission !== null && run.task_id !== null) await startTask(tx, mission, run, run.task_id);
    await tx.execute(sql`UPDATE crews SET last_used_at = now() WHERE id = ${run.crew_id}`);
    await agentStarted(tx, run, run.agent_id === null ? null : await lockAgent(tx, run.agent_id));
    if (run.mission_id === null && run.task_id !== null) await taskRunBegan(tx, run);
    await turnRuns(tx, run);
    return true;
  });
}

/**
 * Whether a locked crew goes on in another container than this one. One that is gone without another shows by itself.
 */
function hasLeft(crew: CrewRow, containerId: string): boolean {
  return (
    crew.container_status === 'starting' || (crew.container_status === 'running' && crew.container_id !== containerId)
  );
}

async function startTask(tx: Tx, mission: MissionRow, run: RunRow, taskId: string): Promise<void> {
  const task = await tx.maybeOne<{ from: TaskStatus }>(sql`
    UPDATE tasks t SET status = 'IN_PROGRESS', started_at = clock_timestamp(), updated_at = now(),
      generation = ${mission.generation}, error_code = NULL, error_message = NULL
    FROM (SELECT id, status FROM tasks
      WHERE id = ${taskId} AND run_id = ${run.id} AND status = 'PENDING' FOR UPDATE) old
    WHERE t.id = old.id RETURNING old.status AS "from"`);
  if (task === null) return;
  journalTaskStatus(tx, mission, {
    taskId,
    from: task.from,
    to: 'IN_PROGRESS',
    actor: orchestratorActor(),
    agentId: run.agent_id,
    transitionId: `run-${run.id}:task-started`,
    payload: { run_id: run.id, iteration: run.iteration, attempt: run.attempt_no },
  });
}
