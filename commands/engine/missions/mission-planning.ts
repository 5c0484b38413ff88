import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { MAX_TASKS_PER_MISSION } from '../../../domain/work/missions/mission.ts';
import {
  type ParsedPlan,
  type ParsedTask,
  type PlanAgent,
  type PlanProblem,
  parsePlan,
} from '../../../domain/work/missions/parse-plan.ts';
import type { RunSettlement } from '../../../domain/work/runs/settle-run.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { handOnQuestions } from '../escalations/questions-of-run.ts';
import { admitRuns } from '../runs/queue-runs.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { createPlannedTasks, inDependencyOrder } from './planned-tasks.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { claimTrial, openCircuits, recordTrial } from '../agents/circuit-breaker.ts';
import { syncMissionClock } from './mission-clock.ts';
import { tellMission } from './tell-mission.ts';

const MAX_FAILURE_LENGTH = 2_000;
const MAX_PROBLEM_LENGTH = 500;

/** Whether a mission's step has to see to its plan: one is wanted and no attempt is under way. */
export function wantsPlanningRun(mission: MissionRow): boolean {
  return (
    mission.planning_iteration !== null &&
    mission.planning_failure === null &&
    mission.planning_run_id === null &&
    mission.paused_at === null
  );
}

/**
 * Gives the lead of a locked mission its next attempt at a plan. Without a lead that may run, planning is over: the
 * mission's next step, due at once, fails it. Returns when to look again without being told; null: only when told.
 */
export async function queuePlanningRun(tx: Tx, mission: MissionRow): Promise<number | null> {
  const lead = await tx.maybeOne<{ host_id: string | null; timeout_ms: number }>(sql`
    SELECT c.host_id, a.timeout_seconds * 1000::bigint AS timeout_ms
    FROM agents a JOIN crews c ON c.id = a.crew_id
    WHERE a.id = ${mission.lead_agent_id} AND a.crew_id = ${mission.crew_id} AND a.deleted_at IS NULL`);
  if (lead === null) return failPlanning(tx, mission, 'the mission’s lead is gone');
  const circuit = (await openCircuits(tx, mission.crew_id)).get(mission.lead_agent_id);
  if (circuit === 'open')
    return failPlanning(tx, mission, 'the lead’s circuit is open: it failed several times in a row');
  const trial = circuit === 'cooled' ? await claimTrial(tx, mission.lead_agent_id) : null;
  if (trial !== null && trial.kind === 'held') return trial.lookAgainInMs;
  const runId = newId();
  await tx.execute(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, mission_id, chat_id, trigger_type, triggered_by,
      purpose, generation, iteration, attempt_no, predecessor_id, timeout_ms, queued_at)
    SELECT ${runId}, ${mission.workspace_id}, ${mission.lead_agent_id}, ${mission.crew_id}, ${lead.host_id},
      ${mission.id}, ${mission.id}, 'MISSION', ${mission.id}, 'planning', ${mission.generation},
      ${mission.planning_iteration}, coalesce(last.attempt_no, 0) + 1, last.id, ${lead.timeout_ms}, clock_timestamp()
    FROM (SELECT) one LEFT JOIN LATERAL (
      SELECT r.id, r.attempt_no FROM runs r
      WHERE r.mission_id = ${mission.id} AND r.purpose = 'planning' AND r.generation = ${mission.generation}
        AND r.iteration = ${mission.planning_iteration}
      ORDER BY r.attempt_no DESC LIMIT 1
    ) last ON true`);
  await tx.execute(sql`UPDATE missions SET planning_run_id = ${runId}, updated_at = now() WHERE id = ${mission.id}`);
  if (trial !== null) await recordTrial(tx, mission.lead_agent_id, runId);
  await handOnQuestions(tx, [runId]);
  await admitRuns(tx, lead.host_id);
  return null;
}

async function failPlanning(tx: Tx, mission: MissionRow, why: string): Promise<number> {
  await tx.execute(sql`
    UPDATE missions SET planning_failure = ${why.slice(0, MAX_FAILURE_LENGTH)}, updated_at = now()
      WHERE id = ${mission.id}`);
  return 0;
}

/** Whether this attempt still speaks for its mission's plan. */
export function isPlanOf(run: RunRow, mission: MissionRow): boolean {
  return (
    mission.status === 'IN_PROGRESS' && mission.generation === run.generation && mission.planning_run_id === run.id
  );
}

/**
 * What the end of a planning run means for its locked mission: a sound plan becomes tasks; one that is refused goes
 * back to the lead with the reasons, once; a lost run is replaced; anything else ends planning, and the next step fails
 * the mission. The crew is locked too, as new tasks hold the agents they are for.
 */
export async function settlePlanning(
  tx: Tx,
  end: {
    readonly run: RunRow;
    readonly mission: MissionRow;
    readonly settlement: RunSettlement;
    readonly plan: unknown;
    readonly errorMessage: string | null;
  },
): Promise<void> {
  const { run, mission, settlement } = end;
  await tx.execute(sql`
    UPDATE missions SET settle_armed = true, planning_run_id = NULL, updated_at = now()
    WHERE id = ${mission.id}`);
  if (settlement.runStatus === 'COMPLETED' || settlement.errorCode === 'invalid_result') {
    const plan =
      settlement.runStatus === 'COMPLETED' ? await judgePlan(tx, mission, end.plan) : unreadable(end.errorMessage);
    if (plan.ok) await acceptPlan(tx, mission, run, plan.tasks);
    else await refusePlan(tx, mission, run, plan.problems);
  } else if (settlement.task.status !== 'PENDING') {
    const detail =
      end.errorMessage === null || end.errorMessage === settlement.errorCode ? '' : `: ${end.errorMessage}`;
    await failPlanning(tx, mission, `the lead’s planning run ended with ${settlement.errorCode}${detail}`);
  }
  await syncMissionClock(tx, mission.id);
  tellMission(tx, mission);
}

async function judgePlan(tx: Tx, mission: MissionRow, plan: unknown): Promise<ParsedPlan> {
  const agents = await tx.any<PlanAgent>(sql`
    SELECT id, slug FROM agents
    WHERE crew_id = ${mission.crew_id} AND deleted_at IS NULL AND status <> 'PENDING_REVIEW' ORDER BY id`);
  const parsed = parsePlan(plan, agents);
  if (!parsed.ok) return parsed;
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*) AS total FROM tasks WHERE mission_id = ${mission.id}`);
  if (total + parsed.tasks.length <= MAX_TASKS_PER_MISSION) return parsed;
  const message = `with these the mission would have more than ${MAX_TASKS_PER_MISSION} tasks`;
  return { ok: false, problems: [{ code: 'too_many_tasks', task: null, message }] };
}

/** The host could not make sense of the result, and its message quotes nothing of it. */
function unreadable(errorMessage: string | null): ParsedPlan {
  const message = `the result could not be read: ${errorMessage ?? 'invalid_result'}`;
  return { ok: false, problems: [{ code: 'plan_shape', task: null, message }] };
}

async function acceptPlan(tx: Tx, mission: MissionRow, run: RunRow, tasks: readonly ParsedTask[]): Promise<void> {
  await tx.execute(sql`
    UPDATE missions SET planning_iteration = NULL, plan_problems = NULL WHERE id = ${mission.id}`);
  const taskIds = await createPlannedTasks(tx, mission, inDependencyOrder(tasks), orchestratorActor());
  journalPlan(tx, mission, run, {
    type: 'mission.plan_accepted',
    payload: { ...planFacts(mission, run), tasks: taskIds.size },
  });
}

async function refusePlan(tx: Tx, mission: MissionRow, run: RunRow, problems: readonly PlanProblem[]): Promise<void> {
  const messages = problems.map(({ message }) => message.slice(0, MAX_PROBLEM_LENGTH));
  if (mission.planning_iteration === 1) {
    await tx.execute(sql`
      UPDATE missions SET planning_iteration = 2, plan_problems = ${sql.array(messages, 'text')}
        WHERE id = ${mission.id}`);
  } else {
    await failPlanning(tx, mission, `the lead’s second plan was refused as well: ${messages.join('; ')}`);
  }
  // Codes and places only: what the lead wrote is in the mission's row.
  const places = problems.map(({ code, task }) => (task === null ? code : `${code}:${task}`));
  journalPlan(tx, mission, run, {
    type: 'mission.plan_refused',
    payload: { ...planFacts(mission, run), problems: places },
  });
}

function planFacts(mission: MissionRow, run: RunRow) {
  return { mission_id: mission.id, run_id: run.id, iteration: run.iteration };
}

function journalPlan(
  tx: Tx,
  mission: MissionRow,
  run: RunRow,
  entry: EntryParts<'mission.plan_accepted' | 'mission.plan_refused'>,
): void {
  tx.journal({
    transitionId: `run-${run.id}:plan`,
    severity: entry.type === 'mission.plan_refused' ? 'warn' : 'notice',
    actor: orchestratorActor(),
    workspaceId: mission.workspace_id,
    crewId: mission.crew_id,
    agentId: run.agent_id,
    missionId: mission.id,
    targetType: 'mission',
    targetId: mission.id,
    summary: entry.type.replace('.', ' ').replace('_', ' '),
    ...entry,
    traceId: mission.trace_id,
  });
}
