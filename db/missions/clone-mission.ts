import type { Actor } from '../../domain/access/authority.ts';
import { CrewshipError } from '../../domain/errors/crewship-error.ts';
import { newId } from '../../platform/ids/ids.ts';
import { sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';
import { createMission } from './mission-commands.ts';
import { journalTaskCreated } from './mission-journal.ts';
import { lockMission, type MissionRow } from './mission-row.ts';
import { readSoundGraph } from './mission-graph.ts';

const SUFFIX = ' (copy)';
const MAX_TITLE_LENGTH = 500;

/** ` (copy)` after the title, which is cut by whole characters to make room. */
function copyTitle(title: string): string {
  return (
    Array.from(title)
      .slice(0, MAX_TITLE_LENGTH - SUFFIX.length)
      .join('') + SUFFIX
  );
}

/**
 * A new mission in PLANNING like a locked one: its texts, its time limit, and its tasks under new ids that depend on
 * each other as the originals do, none of them begun. It is led by the original's lead or, when that one is gone, by the
 * crew's present one. Throws `conflict` when the crew has no lead, `invalid_request` for a bad DAG.
 */
export async function cloneMission(
  tx: Tx,
  mission: MissionRow,
  createdBy: string | null,
  actor: Actor,
): Promise<string> {
  const tasks = await readSoundGraph(tx, mission.id);
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
      workspaceId: mission.workspace_id,
      crewId: mission.crew_id,
      leadAgentId: lead.id,
      title: copyTitle(mission.title),
      description: source.description,
      plan: source.plan,
      workflowTemplate: source.workflow_template,
      timeoutMs: mission.timeout_ms,
      createdBy,
      clonedFrom: mission.id,
    },
    actor,
  );
  if (tasks.length === 0) return id;
  const newIds = new Map(tasks.map((task) => [task.id, newId()]));
  const from = sql.array([...newIds.keys()], 'text');
  const to = sql.array([...newIds.values()], 'text');
  await tx.execute(sql`
    INSERT INTO tasks (id, workspace_id, mission_id, crew_id, assigned_agent_id, title, description, status, task_order,
      max_iterations, approval_required, created_at)
    SELECT copy.to_id, t.workspace_id, ${id}, t.crew_id, t.assigned_agent_id, t.title, t.description,
      CASE WHEN EXISTS (SELECT 1 FROM task_dependencies d WHERE d.task_id = t.id) THEN 'BLOCKED' ELSE 'PENDING' END,
      t.task_order, t.max_iterations, t.approval_required, now() + copy.place * interval '1 microsecond'
    FROM unnest(${from}, ${to}) WITH ORDINALITY AS copy(from_id, to_id, place) JOIN tasks t ON t.id = copy.from_id`);
  await tx.execute(sql`
    INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
    SELECT d.workspace_id, task.to_id, dependency.to_id
    FROM task_dependencies d
    JOIN unnest(${from}, ${to}) AS task(from_id, to_id) ON task.from_id = d.task_id
    JOIN unnest(${from}, ${to}) AS dependency(from_id, to_id) ON dependency.from_id = d.depends_on_task_id`);
  const copy = (await lockMission(tx, id))!;
  for (const task of tasks) {
    journalTaskCreated(tx, copy, {
      taskId: newIds.get(task.id)!,
      status: task.dependsOn.length === 0 ? 'PENDING' : 'BLOCKED',
      dependsOn: task.dependsOn.map((dependency) => newIds.get(dependency)!),
      actor,
    });
  }
  return id;
}
