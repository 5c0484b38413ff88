import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { createMission, type NewMission } from './mission-commands.ts';
import { journalTaskCreated } from './mission-journal.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';

/** A task of the original, as the copy is to have it. */
export interface TaskCopy {
  /** Of the original. */
  readonly id: string;
  readonly status: TaskStatus;
  /** Whether the work was done: it is copied with what came of it. What it cost stays with the original. */
  readonly keepsResult: boolean;
  /** Originals that are copied too. */
  readonly dependsOn: readonly string[];
}

/**
 * A new mission in PLANNING like a locked one: its texts, its time limit, and the given tasks under new ids that depend
 * on each other's copies. It is led by the original's lead or, when that one is gone, by the crew's present one. Throws
 * `conflict` when the crew has no lead, `not_found` when the crew was deleted.
 */
export async function copyMission(
  tx: Tx,
  mission: MissionRow,
  copy: {
    readonly title: string;
    readonly tasks: readonly TaskCopy[];
    readonly createdBy: string | null;
    readonly actor: Actor;
  } & Pick<NewMission, 'id' | 'clonedFrom' | 'forkedFrom'>,
): Promise<string> {
  const { tasks, actor, ...named } = copy;
  const lead = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM agents WHERE crew_id = ${mission.crew_id} AND agent_role = 'LEAD' AND deleted_at IS NULL
    ORDER BY id = ${mission.lead_agent_id} DESC LIMIT 1`);
  if (lead === null) throw new CrewshipError('conflict', 'the crew has no LEAD for the copy');
  const source = await tx.one<{
    description: string | null;
    workflow_template: string | null;
    plan: string | null;
  }>(sql`
    SELECT description, workflow_template, plan FROM missions WHERE id = ${mission.id}`);
  const id = await createMission(
    tx,
    {
      ...named,
      workspaceId: mission.workspace_id,
      crewId: mission.crew_id,
      leadAgentId: lead.id,
      description: source.description,
      plan: source.plan,
      workflowTemplate: source.workflow_template,
      timeoutMs: mission.timeout_ms,
    },
    actor,
  );
  if (tasks.length === 0) return id;
  const newIds = new Map(tasks.map((task) => [task.id, newId()]));
  const made = (await lockMission(tx, id))!;
  await insertTasks(tx, made, tasks, newIds);
  for (const task of tasks) {
    journalTaskCreated(tx, made, {
      taskId: newIds.get(task.id)!,
      status: task.status,
      dependsOn: task.dependsOn.map((dependency) => newIds.get(dependency)!),
      actor,
    });
  }
  return id;
}

/** What came of a task's work; null in a task that has not begun. Its attempts, tokens and costs are the original's. */
const RESULT_COLUMNS = [
  ...['result_summary', 'output_path', 'error_message', 'error_code', 'confidence', 'handoff_context'],
  ...['evaluation_status', 'evaluation_notes', 'approval_status', 'approved_by', 'approved_at'],
  ...['started_at', 'completed_at'],
];

async function insertTasks(
  tx: Tx,
  mission: MissionRow,
  tasks: readonly TaskCopy[],
  newIds: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = tasks.map((task, place) => ({
    from_id: task.id,
    to_id: newIds.get(task.id)!,
    status: task.status,
    keeps: task.keepsResult,
    place,
  }));
  const comma = sql.fragment`, `;
  const columns = RESULT_COLUMNS.map((column) => sql.identifier([column]));
  const results = RESULT_COLUMNS.map(
    (column) => sql.fragment`CASE WHEN copy.keeps THEN ${sql.identifier(['t', column])} END`,
  );
  await tx.execute(sql`
    INSERT INTO tasks (id, workspace_id, mission_id, crew_id, assigned_agent_id, title, description, status, task_order,
      max_iterations, approval_required, created_at, iteration, needs_review, ${sql.join(columns, comma)})
    SELECT copy.to_id, t.workspace_id, ${mission.id}, t.crew_id, t.assigned_agent_id, t.title, t.description,
      copy.status, t.task_order, t.max_iterations, t.approval_required, now() + copy.place * interval '1 microsecond',
      CASE WHEN copy.keeps THEN t.iteration ELSE 1 END, copy.keeps AND t.needs_review, ${sql.join(results, comma)}
    FROM jsonb_to_recordset(${sql.jsonb(rows)}) AS copy(from_id text, to_id text, status text, keeps boolean,
      place integer)
    JOIN tasks t ON t.id = copy.from_id`);
  const edges = tasks.flatMap((task) =>
    task.dependsOn.map((dependency) => ({ task: newIds.get(task.id)!, depends_on: newIds.get(dependency)! })),
  );
  if (edges.length === 0) return;
  await tx.execute(sql`
    INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
    SELECT ${mission.workspace_id}, edge.task, edge.depends_on
    FROM jsonb_to_recordset(${sql.jsonb(edges)}) AS edge(task text, depends_on text)`);
}
