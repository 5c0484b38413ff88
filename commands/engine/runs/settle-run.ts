import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { type TokenUsage, totalTokens } from '../../../domain/work/agent-output/agent-event.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { EscalationConfig } from '../../../domain/crews/crews/crew.ts';
import { passCompletionGate } from '../../../domain/work/missions/completion-gate.ts';
import type { PublishedPath } from '../../../domain/work/artifacts/artifact.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { isTerminalRun, type RunStatus, type TerminalRunStatus } from '../../../domain/work/runs/run-status.ts';
import type { HitLimit } from '../../../domain/work/runs/limit-hit.ts';
import {
  isReplaced,
  type RunOutcome,
  type RunSettlement,
  settleRun,
  verdictOn,
} from '../../../domain/work/runs/settle-run.ts';
import { agentEnded, lockAgent } from '../agents/agent-status.ts';
import { countAttempt } from '../agents/circuit-breaker.ts';
import { addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { cancelApprovalsOfRun } from '../approvals/end-approval.ts';
import { closeQuestionsOfRun } from '../escalations/questions-of-run.ts';
import { tellAdmittedRuns } from '../crews/tell-admitted-runs.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { addToTotals, settleRunCost } from './run-costs.ts';
import { stepMission } from '../missions/advance-mission.ts';
import { syncMissionClock } from '../missions/mission-clock.ts';
import { journalTaskStatus } from '../missions/mission-journal.ts';
import { isPlanOf, settlePlanning } from '../missions/mission-planning.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { requestTaskApproval } from '../missions/task-approvals.ts';
import { tellMission } from '../missions/tell-mission.ts';
import { RESULT_MAX_CHARACTERS } from '../../../db/work/runs/dependency-results.ts';
import { endRunGrants } from '../keeper/end-run-grants.ts';
import { replaceTurnRun, settleTurn } from '../turns/end-turn.ts';
import { settlePeerRequest } from '../peers/settle-peer-request.ts';
import { admitAt } from '../tasks/start-task-run.ts';
import { type AfterTaskRun, settleTaskRun } from '../tasks/settle-task-run.ts';
import { lockPlaces, releaseSlots } from './queue-runs.ts';
import { isTurn, journalRun, runFacts } from './run-journal.ts';
import { type RunRow, runColumns } from '../../../db/work/runs/run-row.ts';

/** What an attempt left behind: rows hold it, histories never do. */
export interface RunReport {
  readonly outcome: RunOutcome;
  readonly summary?: string | null;
  readonly confidence?: number | null;
  readonly handoff?: JsonObject | null;
  readonly costMicros?: number;
  /** What the agent's calls of models used, as far as its output tells. */
  readonly llm?: { readonly model: string | null; readonly usage: TokenUsage };
  readonly errorMessage?: string | null;
  /** The limit of its container that the attempt ran into. */
  readonly hit?: HitLimit;
  /** The agent wrote more than is kept. */
  readonly outputTruncated?: boolean;
  /** The plan of a planning run, as the adapter found it: any JSON. */
  readonly plan?: unknown;
  /** Files that it wants published: its host does so before the attempt is settled. */
  readonly artifacts?: readonly PublishedPath[];
}

interface TaskRow {
  readonly id: string;
  readonly status: TaskStatus;
  readonly generation: number;
  readonly iteration: number;
  readonly max_iterations: number | null;
  readonly run_id: string | null;
  readonly approval_required: boolean;
  readonly escalation_config: EscalationConfig | null;
}

/** The journal entry of each end. */
export const ENTRY_TYPE = {
  COMPLETED: 'run.completed',
  FAILED: 'run.failed',
  CANCELLED: 'run.cancelled',
  TIMEOUT: 'run.timeout',
} as const satisfies Record<TerminalRunStatus, string>;

/** Below this confidence a person should look at the result. */
const REVIEW_CONFIDENCE = 0.5;

/** Locks a run in the order every command keeps: its mission first. */
export async function lockRun(tx: Tx, runId: string): Promise<{ run: RunRow; mission: MissionRow | null } | null> {
  const known = await tx.maybeOne<{ mission_id: string | null }>(sql`SELECT mission_id FROM runs WHERE id = ${runId}`);
  if (known === null) return null;
  const mission = known.mission_id === null ? null : await lockMission(tx, known.mission_id);
  const run = await tx.one<RunRow>(sql`SELECT ${runColumns} FROM runs WHERE id = ${runId} FOR UPDATE`);
  return { run, mission };
}

/**
 * The attempt that a job goes on with, locked. One that is replaced while its lock is waited for is looked for again:
 * its end and the next one are of one transaction. Null for a job that has none under way.
 */
export async function lockLiveRunOfJob(
  tx: Tx,
  jobId: string,
): Promise<{ run: RunRow; mission: MissionRow | null } | null> {
  for (;;) {
    const live = await tx.maybeOne<{ id: string }>(sql`
      SELECT id FROM runs WHERE job_id = ${jobId} AND status IN ('QUEUED', 'ADMITTED', 'RUNNING')
      ORDER BY attempt_no DESC LIMIT 1`);
    if (live === null) return null;
    const locked = await lockRun(tx, live.id);
    if (locked !== null && !isTerminalRun(locked.run.status)) return locked;
  }
}

/**
 * The end of an attempt, in one transaction: its row, what it means for its task, its places given to the next in
 * line, and the command that tells its mission. A run that is already settled stays as it is. Returns the status the
 * run has now.
 */
export async function settleRunRow(db: Database, address: WorkflowAddress, report: RunReport): Promise<RunStatus> {
  return db.transaction(workflowScope(address), async (tx) => {
    const locked = await lockRun(tx, address.id);
    if (locked === null) return 'CANCELLED';
    if (isTerminalRun(locked.run.status)) return locked.run.status;
    return settleLockedRun(tx, locked.run, locked.mission, report);
  });
}

export async function settleLockedRun(
  tx: Tx,
  run: RunRow,
  mission: MissionRow | null,
  report: RunReport,
): Promise<TerminalRunStatus> {
  const task = run.mission_id === null ? null : await lockTaskOf(tx, run);
  const outcome = asAsked(run, report.outcome);
  const withContainer = outcome.kind === 'lost' && outcome.withContainer === true;
  const settlement = settleRun(outcome, {
    iteration: run.iteration,
    lostBefore: outcome.kind === 'lost' ? await countLostBefore(tx, run, withContainer) : 0,
    maxIterations: task === null ? await readMaxIterations(tx, run) : task.max_iterations,
  });
  const actor = orchestratorActor();
  const exitCode = report.outcome.kind === 'exited' ? report.outcome.exitCode : null;
  const usage = report.llm?.usage;
  const { costMicros, tokenCount } = await settleRunCost(tx, run, {
    costMicros: report.costMicros ?? 0,
    tokenCount: usage === undefined ? 0 : totalTokens(usage),
  });
  const errorMessage =
    settlement.errorCode === null ? null : (report.errorMessage?.slice(0, 2_000) ?? settlement.errorCode);
  await tx.execute(sql`
    UPDATE runs SET status = ${settlement.runStatus}, error_code = ${settlement.errorCode},
      error_message = ${errorMessage}, exit_code = ${exitCode}, cost_micros = ${costMicros},
      token_count = ${tokenCount}, model = coalesce(${report.llm?.model ?? null}, model),
      lost_with_container = ${withContainer}, finished_at = clock_timestamp(), waiting_since = NULL,
      waiting_until = NULL
    WHERE id = ${run.id} AND status IN ('QUEUED', 'ADMITTED', 'RUNNING')`);
  journalRun(tx, run, actor, {
    type: ENTRY_TYPE[settlement.runStatus],
    payload: {
      ...runFacts(run),
      error_code: settlement.errorCode,
      exit_code: exitCode,
      cost_usd_micros: costMicros,
      ...(usage === undefined ? {} : usagePayload(report.llm?.model ?? null, usage)),
      ...(report.outputTruncated ? { output_truncated: true } : {}),
    },
  });
  tx.enqueue({ kind: 'wake', topic: 'run', workspaceId: run.workspace_id, id: run.id });
  await endRunGrants(tx, run);
  if (!isReplaced(settlement)) {
    await closeQuestionsOfRun(tx, run, mission);
    await cancelApprovalsOfRun(tx, run.id);
  }
  // A turn's end is for those who see its chat, who hear it there.
  const isLast = (mission === null && !isTurn(run)) || (mission !== null && settlement.task.status === 'FAILED');
  if (isLast && !isReplaced(settlement) && (settlement.runStatus === 'FAILED' || settlement.runStatus === 'TIMEOUT')) {
    await addInboxItem(tx, {
      workspaceId: run.workspace_id,
      type: 'run.failed',
      subject_type: 'run',
      subject_id: run.id,
      crew_id: run.crew_id,
      agentId: run.agent_id,
      audience_role: 'MANAGER',
      blocking: false,
      payload: { mission_id: run.mission_id, task_id: run.task_id, error_code: settlement.errorCode },
    });
  }
  if (report.hit !== undefined) journalLimitHit(tx, run, actor, report.hit);
  const moved = mission !== null && task !== null && stillTheirs(run, mission, task);
  await settlePeerRequest(tx, run, mission, {
    status: settlement.runStatus,
    isReplaced: isReplaced(settlement),
    summary: report.summary ?? null,
    errorMessage,
  });
  if (moved)
    await moveTask(tx, { run, mission, task, settlement, report, costMicros, tokenCount, errorMessage, actor });
  else await addToTotals(tx, run, { costMicros, tokenCount });
  const alone = await settleAlone(tx, run, settlement, report, errorMessage);
  await tx.execute(sql`UPDATE crews SET last_used_at = now() WHERE id = ${run.crew_id}`);
  // Before a plan's tasks hold it, with others, for themselves.
  const agent = run.agent_id === null ? null : await lockAgent(tx, run.agent_id);
  const planned = mission !== null && isPlanOf(run, mission);
  if (planned) await settlePlanning(tx, { run, mission, settlement, plan: report.plan, errorMessage });
  await agentEnded(tx, run, agent, settlement.runStatus);
  const counts = moved || planned || alone?.moved === true;
  await countAttempt(tx, run.id, agent, counts ? verdictOn(settlement, outcome) : 'nothing');
  const turnEnd = {
    status: settlement.runStatus,
    errorCode: settlement.errorCode,
    isReplaced: isReplaced(settlement),
    text: report.summary ?? null,
    usage: usage ?? null,
    costMicros,
    outputTruncated: report.outputTruncated ?? false,
  };
  await replaceTurnRun(tx, run, turnEnd);
  // Last, as slots are the last to be locked: crew, agent, then host, crew and agent scopes.
  const hosts = alone?.hostsToAdmit ?? [];
  if (hosts.length > 0) await lockPlaces(tx, [run.host_id, ...hosts]);
  await releaseSlots(tx, run.id, run.host_id);
  await admitAt(tx, hosts);
  if (moved || planned) await dispatchNext(tx, mission.id);
  // Runs may wait for the last of those that are restarted to leave an old container, or for their task's last attempt.
  if (run.crew_id !== null && (outcome.kind === 'restarted' || (await isWaitedFor(tx, run))))
    await tellAdmittedRuns(tx, run.crew_id);
  await alone?.endJob();
  await settleTurn(tx, run, turnEnd);
  return settlement.runStatus;
}

/** What it means for a task that no mission owns; null for any other run. */
async function settleAlone(
  tx: Tx,
  run: RunRow,
  settlement: RunSettlement,
  report: RunReport,
  errorMessage: string | null,
): Promise<AfterTaskRun | null> {
  if (run.mission_id !== null || run.task_id === null) return null;
  const { summary = null, confidence = null, handoff = null } = report;
  return settleTaskRun(tx, run, { settlement, summary, confidence, handoff, errorMessage });
}

async function readMaxIterations(tx: Tx, run: RunRow): Promise<number | null> {
  if (run.task_id === null) return null;
  const task = await tx.maybeOne<{ max_iterations: number | null }>(sql`
    SELECT max_iterations FROM tasks WHERE id = ${run.task_id}`);
  return task?.max_iterations ?? null;
}

/** Whether another attempt of its task is about to start: it does when this one has ended, and not before. */
async function isWaitedFor(tx: Tx, run: RunRow): Promise<boolean> {
  if (run.task_id === null) return false;
  const waiting = await tx.maybeOne(sql`
    SELECT 1 FROM runs WHERE task_id = ${run.task_id} AND id <> ${run.id} AND status = 'ADMITTED' LIMIT 1`);
  return waiting !== null;
}

function journalLimitHit(tx: Tx, run: RunRow, actor: Actor, hit: HitLimit): void {
  if (run.crew_id === null || hit.code === 'killed_by_signal') return;
  tx.journal({
    transitionId: `run-${run.id}:limit-hit`,
    type: 'container.limit_hit',
    severity: 'warn',
    actor,
    workspaceId: run.workspace_id,
    crewId: run.crew_id,
    ...(run.agent_id === null ? {} : { agentId: run.agent_id }),
    ...(run.mission_id === null ? {} : { missionId: run.mission_id }),
    targetType: 'crew',
    targetId: run.crew_id,
    summary: hit.message,
    payload: { run_id: run.id, limit: hit.code },
  });
}

/** Asked to end and gone: it was ended, be it with its whole container. Who cancels a run wants no other one. */
function asAsked(run: RunRow, outcome: RunOutcome): RunOutcome {
  if (outcome.kind !== 'lost' && outcome.kind !== 'cancelled') return outcome;
  if (run.cancel_requested_at !== null) return { kind: 'cancelled' };
  return run.status === 'RUNNING' && run.restart_requested_at !== null ? { kind: 'restarted' } : outcome;
}

/** How many of the attempts before this one, in its iteration, were lost: with their container, or without it. */
async function countLostBefore(tx: Tx, run: RunRow, withContainer: boolean): Promise<number> {
  const { lost } = await tx.one<{ lost: number }>(sql`
    WITH RECURSIVE before AS (
      SELECT r.predecessor_id, r.error_code, r.lost_with_container FROM runs r
      WHERE r.id = ${run.predecessor_id} AND r.generation = ${run.generation} AND r.iteration = ${run.iteration}
      UNION ALL
      SELECT r.predecessor_id, r.error_code, r.lost_with_container FROM before b JOIN runs r ON r.id = b.predecessor_id
      WHERE r.generation = ${run.generation} AND r.iteration = ${run.iteration}
    )
    SELECT count(*)::integer AS lost FROM before
    WHERE error_code = 'lost' AND lost_with_container = ${withContainer}`);
  return lost;
}

/**
 * What the task held up goes out with the commit that ends it: two steps through Temporal, and their time, less. Slots
 * are locked by now; what is locked after them here, tasks and runs of this mission, is guarded by the mission's lock.
 */
async function dispatchNext(tx: Tx, missionId: string): Promise<void> {
  const mission = await lockMission(tx, missionId);
  if (mission?.status === 'IN_PROGRESS') await stepMission(tx, mission);
}

async function lockTaskOf(tx: Tx, run: RunRow): Promise<TaskRow | null> {
  if (run.task_id === null) return null;
  return tx.maybeOne<TaskRow>(sql`
    SELECT id, status, generation, iteration, max_iterations, run_id, approval_required,
      (SELECT escalation_config FROM crews WHERE crews.id = tasks.crew_id) AS escalation_config
    FROM tasks WHERE id = ${run.task_id} FOR UPDATE`);
}

/** Whether this attempt still speaks for its task: a restarted mission's task no longer listens to older attempts. */
function stillTheirs(run: RunRow, mission: MissionRow, task: TaskRow): boolean {
  return (
    mission.status === 'IN_PROGRESS' &&
    mission.generation === run.generation &&
    task.run_id === run.id &&
    (task.status === 'PENDING' || task.status === 'IN_PROGRESS')
  );
}

function usagePayload(model: string | null, usage: TokenUsage) {
  return {
    ...(model === null ? {} : { model }),
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    cache_creation_tokens: usage.cacheCreationTokens,
  };
}

async function moveTask(
  tx: Tx,
  end: {
    run: RunRow;
    mission: MissionRow;
    task: TaskRow;
    settlement: ReturnType<typeof settleRun>;
    report: RunReport;
    costMicros: number;
    tokenCount: number;
    errorMessage: string | null;
    actor: Actor;
  },
): Promise<void> {
  const { run, mission, task, settlement, report } = end;
  const next = settlement.task;
  const confidence = report.confidence ?? null;
  // Finished work may still have to wait for a person.
  const gate =
    next.status === 'COMPLETED'
      ? passCompletionGate({
          confidence,
          approvalRequired: task.approval_required,
          thresholds: task.escalation_config,
        })
      : null;
  const to = gate?.status ?? next.status;
  const lowConfidence = gate?.status === 'COMPLETED' && gate.lowConfidence;
  if (next.status === 'PENDING') {
    await tx.execute(sql`
      UPDATE tasks SET status = 'PENDING', run_id = NULL, iteration = ${next.iteration}, updated_at = now(),
        generation = ${mission.generation}, started_at = NULL, cost_micros = cost_micros + ${end.costMicros},
        token_count = token_count + ${end.tokenCount},
        error_code = ${settlement.errorCode}, error_message = ${end.errorMessage},
        retry_at = clock_timestamp() + ${next.retryInMs} * interval '1 millisecond'
      WHERE id = ${task.id}`);
  } else {
    const waits = to === 'AWAITING_APPROVAL';
    await tx.execute(sql`
      UPDATE tasks SET status = ${to}, updated_at = now(), retry_at = NULL,
        completed_at = CASE WHEN ${!waits} THEN clock_timestamp() END, approval_status = ${waits ? 'pending' : null},
        generation = ${mission.generation}, result_summary = ${report.summary?.slice(0, RESULT_MAX_CHARACTERS) ?? null},
        confidence = ${confidence},
        needs_review = ${lowConfidence || (confidence !== null && confidence < REVIEW_CONFIDENCE)},
        handoff_context = ${report.handoff == null ? null : JSON.stringify(report.handoff)}::jsonb,
        cost_micros = cost_micros + ${end.costMicros}, token_count = token_count + ${end.tokenCount},
        error_code = ${settlement.errorCode}, error_message = ${end.errorMessage}
      WHERE id = ${task.id}`);
  }
  await tx.execute(sql`
    UPDATE missions SET settle_armed = true, updated_at = now(),
      total_cost_micros = total_cost_micros + ${end.costMicros},
      total_token_count = total_token_count + ${end.tokenCount}
    WHERE id = ${mission.id}`);
  journalTaskStatus(tx, mission, {
    taskId: task.id,
    from: task.status,
    to,
    actor: end.actor,
    agentId: run.agent_id,
    transitionId: `run-${run.id}:task-settled`,
    reason: settlement.errorCode ?? undefined,
    payload: {
      run_id: run.id,
      iteration: run.iteration,
      attempt: run.attempt_no,
      ...(lowConfidence ? { confidence } : {}),
    },
  });
  if (gate?.status === 'AWAITING_APPROVAL') {
    await requestTaskApproval(tx, mission, {
      taskId: task.id,
      agentId: run.agent_id,
      runId: run.id,
      reason: gate.reason,
      confidence,
    });
  }
  await syncMissionClock(tx, mission.id);
  tellMission(tx, mission);
}
