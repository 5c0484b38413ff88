import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { MAX_TASKS_PER_MISSION } from '../../../domain/work/missions/mission.ts';
import { describeCycle, findGraphProblem, type GraphTask } from '../../../domain/work/missions/task-graph.ts';
import { canPatchTask, satisfiesDependants, type TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { refuseUnderReview } from '../agents/agent-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { requestRunCancel } from '../runs/cancel-run.ts';
import { syncMissionClock } from './mission-clock.ts';
import { journalTaskCreated, journalTaskStatus } from './mission-journal.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { tellMission } from './tell-mission.ts';

export interface NewTask {
  readonly title: string;
  readonly description: string | null;
  readonly assignedAgentId: string | null;
  readonly taskOrder: number;
  readonly dependsOn: readonly string[];
  readonly maxIterations: number | null;
  readonly approvalRequired?: boolean;
}

interface SpentByTask {
  readonly token_count: number;
  readonly cost_micros: number;
}

interface TaskState {
  readonly id: string;
  readonly status: TaskStatus;
  readonly run_id: string | null;
}

/**
 * Adds a task to a locked mission in PLANNING or IN_PROGRESS; BLOCKED while a dependency is open. A running mission's
 * workflow is told. Throws `wrong_state`, or `invalid_request` naming `depends_on`.
 */
export async function createTask(tx: Tx, mission: MissionRow, task: NewTask, actor: Actor): Promise<string> {
  if (mission.status !== 'PLANNING' && mission.status !== 'IN_PROGRESS') throw wrongState('mission', mission.status);
  await refuseTooManyTasks(tx, mission.id);
  const dependencies = await readDependencies(tx, mission.id, task.dependsOn);
  await refuseUnknownAgent(tx, task.assignedAgentId);
  const id = newId();
  const status: TaskStatus = dependencies.every((dependency) => satisfiesDependants(dependency.status))
    ? 'PENDING'
    : 'BLOCKED';
  await tx.execute(sql`
    INSERT INTO tasks (id, workspace_id, mission_id, crew_id, generation, assigned_agent_id, title, description, status,
      task_order, max_iterations, approval_required)
    VALUES (${id}, ${mission.workspace_id}, ${mission.id}, ${mission.crew_id}, ${mission.generation},
      ${task.assignedAgentId}, ${task.title}, ${task.description}, ${status}, ${task.taskOrder}, ${task.maxIterations},
      ${task.approvalRequired ?? false})`);
  await writeDependencies(tx, mission.workspace_id, id, task.dependsOn);
  journalTaskCreated(tx, mission, { taskId: id, status, dependsOn: task.dependsOn, actor });
  await syncMissionClock(tx, mission.id);
  tellMission(tx, mission);
  return id;
}

export interface TaskPatch {
  readonly title?: string | undefined;
  readonly description?: string | null | undefined;
  readonly assignedAgentId?: string | null | undefined;
  readonly taskOrder?: number | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  readonly maxIterations?: number | null | undefined;
  readonly approvalRequired?: boolean | undefined;
  readonly status?: TaskStatus | undefined;
  readonly resultSummary?: string | null | undefined;
  readonly errorMessage?: string | null | undefined;
  readonly outputPath?: string | null | undefined;
  readonly tokenCount?: number | undefined;
  readonly costMicros?: number | undefined;
}

function definedKeys(patch: TaskPatch): string[] {
  return Object.entries(patch).flatMap(([key, value]) => (value === undefined ? [] : [key]));
}

const DEFINITION_FIELDS = ['title', 'description', 'assignedAgentId', 'dependsOn', 'maxIterations'] as const;

/** Whether a person must approve may change until the work is done. */
const NOT_YET_DONE: readonly TaskStatus[] = ['PENDING', 'BLOCKED', 'IN_PROGRESS'];

/**
 * Edits a task of a locked mission. What defines the task changes only while it is PENDING or BLOCKED and has no
 * attempt; dependencies never together with the status. A hand-made status ends the attempt under way.
 */
export async function patchTask(
  tx: Tx,
  mission: MissionRow,
  taskId: string,
  patch: TaskPatch,
  actor: Actor,
): Promise<void> {
  const task = await tx.maybeOne<TaskState & SpentByTask>(sql`
    SELECT id, status, run_id, token_count, cost_micros FROM tasks
      WHERE id = ${taskId} AND mission_id = ${mission.id} FOR UPDATE`);
  if (task === null) throw notFound('task');
  const redefines = DEFINITION_FIELDS.filter((field) => patch[field] !== undefined);
  if (redefines.length > 0 && ((task.status !== 'PENDING' && task.status !== 'BLOCKED') || task.run_id !== null)) {
    throw wrongState('task', task.status, 'a task can be redefined only while PENDING or BLOCKED and not yet queued');
  }
  if (patch.approvalRequired !== undefined && !NOT_YET_DONE.includes(task.status)) {
    throw wrongState('task', task.status, 'whether a task requires approval is settled once it is done');
  }
  if (patch.dependsOn !== undefined) {
    if (patch.status !== undefined) throw invalidField('depends_on', 'cannot be changed together with status');
    await replaceDependencies(tx, mission, task, patch.dependsOn, actor);
  }
  if (patch.assignedAgentId !== undefined) await refuseUnknownAgent(tx, patch.assignedAgentId);
  await writeFields(tx, task.id, patch);
  await carryToTotals(tx, mission.id, task, patch);
  const fields = definedKeys(patch).filter((key) => key !== 'status');
  if (fields.length > 0) {
    tx.journal({
      type: 'audit.entity_updated',
      actor,
      workspaceId: mission.workspace_id,
      crewId: mission.crew_id,
      missionId: mission.id,
      taskId: task.id,
      targetType: 'task',
      targetId: task.id,
      summary: 'task updated',
      payload: { fields },
      traceId: mission.trace_id,
    });
  }
  if (patch.status !== undefined && patch.status !== task.status)
    await moveByHand(tx, mission, task, patch.status, actor);
  await syncMissionClock(tx, mission.id);
  tellMission(tx, mission);
}

async function moveByHand(tx: Tx, mission: MissionRow, task: TaskState, to: TaskStatus, actor: Actor): Promise<void> {
  if (!canPatchTask(task.status, to)) {
    throw wrongState('task', task.status, `a task that is ${task.status} cannot become ${to}`);
  }
  const ends = to === 'COMPLETED' || to === 'FAILED' || to === 'SKIPPED';
  // A person who takes a task on takes it from its attempt: the attempt's end no longer speaks for the task.
  await tx.execute(sql`
    UPDATE tasks SET status = ${to}, generation = ${mission.generation}, updated_at = now(), retry_at = NULL,
      run_id = CASE WHEN ${to} = 'IN_PROGRESS' THEN NULL ELSE run_id END,
      started_at = CASE WHEN ${to} = 'IN_PROGRESS' THEN now() ELSE started_at END,
      completed_at = CASE WHEN ${ends} THEN now() END
    WHERE id = ${task.id}`);
  await tx.execute(sql`UPDATE missions SET settle_armed = true, updated_at = now() WHERE id = ${mission.id}`);
  journalTaskStatus(tx, mission, { taskId: task.id, from: task.status, to, actor, reason: 'set by hand' });
  if (task.run_id !== null) await requestRunCancel(tx, task.run_id, actor);
}

async function replaceDependencies(
  tx: Tx,
  mission: MissionRow,
  task: TaskState,
  dependsOn: readonly string[],
  actor: Actor,
): Promise<void> {
  const dependencies = await readDependencies(tx, mission.id, dependsOn);
  if (dependsOn.includes(task.id)) throw invalidField('depends_on', 'a task cannot depend on itself');
  await tx.execute(sql`DELETE FROM task_dependencies WHERE task_id = ${task.id}`);
  await writeDependencies(tx, mission.workspace_id, task.id, dependsOn);
  const problem = findGraphProblem(await readUpstream(tx, task.id));
  if (problem?.kind === 'cycle') {
    throw invalidField('depends_on', `makes a cycle: ${describeCycle(problem.taskIds)}`);
  }
  const to: TaskStatus = dependencies.every((dependency) => satisfiesDependants(dependency.status))
    ? 'PENDING'
    : 'BLOCKED';
  if (to === task.status) return;
  await tx.execute(sql`UPDATE tasks SET status = ${to}, updated_at = now() WHERE id = ${task.id}`);
  journalTaskStatus(tx, mission, { taskId: task.id, from: task.status, to, actor, reason: 'dependencies changed' });
}

/** A task and all that it depends on, directly or through others: a cycle that its dependencies make is among these. */
async function readUpstream(tx: Tx, taskId: string): Promise<readonly GraphTask[]> {
  return tx.any<GraphTask>(sql`
    WITH RECURSIVE upstream AS (
      SELECT ${taskId}::text AS id
      UNION
      SELECT d.depends_on_task_id FROM upstream JOIN task_dependencies d ON d.task_id = upstream.id
    )
    SELECT id, array(SELECT d.depends_on_task_id FROM task_dependencies d WHERE d.task_id = upstream.id) AS "dependsOn"
    FROM upstream`);
}

async function readDependencies(tx: Tx, missionId: string, ids: readonly string[]): Promise<readonly TaskState[]> {
  if (new Set(ids).size !== ids.length) throw invalidField('depends_on', 'names a task twice');
  if (ids.length === 0) return [];
  const found = await tx.any<TaskState>(sql`
    SELECT id, status, run_id FROM tasks WHERE mission_id = ${missionId} AND id = ANY(${sql.array(ids, 'text')})`);
  const missing = ids.find((id) => !found.some((task) => task.id === id));
  if (missing !== undefined) throw invalidField('depends_on', `task ${missing} is not in this mission`);
  return found;
}

async function refuseTooManyTasks(tx: Tx, missionId: string): Promise<void> {
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT tasks_pending + tasks_blocked + tasks_in_progress + tasks_awaiting_approval + tasks_completed + tasks_failed
      + tasks_skipped + tasks_cancelled AS total
    FROM missions WHERE id = ${missionId}`);
  if (total >= MAX_TASKS_PER_MISSION) {
    throw new CrewshipError('conflict', `a mission has at most ${MAX_TASKS_PER_MISSION} tasks`);
  }
}

async function refuseUnknownAgent(tx: Tx, agentId: string | null): Promise<void> {
  if (agentId === null) return;
  const agent = await tx.maybeOne<{ status: string }>(
    sql`SELECT status FROM agents WHERE id = ${agentId} AND deleted_at IS NULL FOR SHARE`,
  );
  if (agent === null) throw invalidField('assigned_agent_id', 'no such agent in this workspace');
  refuseUnderReview(agent);
}

async function writeDependencies(
  tx: Tx,
  workspaceId: string,
  taskId: string,
  dependsOn: readonly string[],
): Promise<void> {
  if (dependsOn.length === 0) return;
  if (dependsOn.includes(taskId)) throw new CrewshipError('invalid_request', 'a task cannot depend on itself');
  await tx.execute(sql`
    INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
    SELECT ${workspaceId}, ${taskId}, id FROM unnest(${sql.array(dependsOn, 'text')}) AS id`);
}

async function writeFields(tx: Tx, taskId: string, patch: TaskPatch): Promise<void> {
  const set = <Value extends string | number | boolean>(value: Value | null | undefined, column: string) => {
    const name = sql.identifier([column]);
    return sql.fragment`${name} = CASE WHEN ${value !== undefined} THEN ${value ?? null} ELSE ${name} END`;
  };
  await tx.execute(sql`
    UPDATE tasks SET updated_at = now(), ${sql.join(
      [
        set(patch.title, 'title'),
        set(patch.description, 'description'),
        set(patch.assignedAgentId, 'assigned_agent_id'),
        set(patch.taskOrder, 'task_order'),
        set(patch.maxIterations, 'max_iterations'),
        set(patch.approvalRequired, 'approval_required'),
        set(patch.resultSummary, 'result_summary'),
        set(patch.errorMessage, 'error_message'),
        set(patch.outputPath, 'output_path'),
        set(patch.tokenCount, 'token_count'),
        set(patch.costMicros, 'cost_micros'),
      ],
      sql.fragment`, `,
    )} WHERE id = ${taskId}`);
}

/** A mission's totals are the sums over its tasks: what a task is corrected by, they are corrected by. */
async function carryToTotals(tx: Tx, missionId: string, before: SpentByTask, patch: TaskPatch): Promise<void> {
  const tokens = (patch.tokenCount ?? before.token_count) - before.token_count;
  const costMicros = (patch.costMicros ?? before.cost_micros) - before.cost_micros;
  if (tokens === 0 && costMicros === 0) return;
  await tx.execute(sql`
    UPDATE missions SET total_token_count = total_token_count + ${tokens},
      total_cost_micros = total_cost_micros + ${costMicros}, updated_at = now()
    WHERE id = ${missionId}`);
}
