import { newId } from '../../../platform/ids/ids.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { handOnQuestions } from '../escalations/questions-of-run.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * Gives each task of a mission its next attempt, which names the task's attempt before it, and lets the host admit what
 * it has room for. The attempt rows are committed before anything runs. Returns the tasks that have no live agent of
 * the mission's crew to run them.
 */
export async function queueTaskRuns(
  tx: Tx,
  mission: MissionRow,
  taskIds: readonly string[],
): Promise<readonly string[]> {
  const tasks = await tx.any<{ id: string; agent_id: string | null; host_id: string | null }>(sql`
    SELECT t.id, a.id AS agent_id, c.host_id
    FROM tasks t
    JOIN crews c ON c.id = ${mission.crew_id}
    LEFT JOIN agents a ON a.id = coalesce(t.assigned_agent_id, ${mission.lead_agent_id})
      AND a.crew_id = ${mission.crew_id} AND a.deleted_at IS NULL
    WHERE t.id = ANY(${sql.array(taskIds, 'text')})
    ORDER BY t.task_order, t.created_at, t.id`);
  const runnable = tasks.filter((task) => task.agent_id !== null);
  if (runnable.length > 0) {
    const ids = runnable.map(() => newId());
    await tx.execute(sql`
      INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, mission_id, task_id, chat_id, trigger_type,
        triggered_by, generation, iteration, attempt_no, predecessor_id, timeout_ms, queued_at)
      SELECT new.run_id, t.workspace_id, new.agent_id, ${mission.crew_id}, c.host_id, ${mission.id}, t.id,
        ${mission.id}, 'MISSION', ${mission.id}, ${mission.generation}, t.iteration,
        CASE WHEN last.generation = ${mission.generation} AND last.iteration = t.iteration THEN last.attempt_no + 1
          ELSE 1 END,
        last.id, a.timeout_seconds * 1000::bigint, clock_timestamp()
      FROM unnest(${sql.array(ids, 'text')}, ${sql.array(
        runnable.map((task) => task.id),
        'text',
      )}, ${sql.array(
        runnable.map((task) => task.agent_id),
        'text',
      )}) WITH ORDINALITY AS new(run_id, task_id, agent_id, place)
      JOIN tasks t ON t.id = new.task_id
      JOIN agents a ON a.id = new.agent_id
      JOIN crews c ON c.id = ${mission.crew_id}
      LEFT JOIN LATERAL (
        SELECT r.id, r.generation, r.iteration, r.attempt_no FROM runs r WHERE r.task_id = t.id
        ORDER BY r.generation DESC, r.iteration DESC, r.attempt_no DESC LIMIT 1
      ) last ON true
      ORDER BY new.place`);
    await tx.execute(sql`
      UPDATE tasks t SET run_id = new.run_id, retry_at = NULL, updated_at = now()
      FROM unnest(${sql.array(ids, 'text')}, ${sql.array(
        runnable.map((task) => task.id),
        'text',
      )}) AS new(run_id, task_id)
      WHERE t.id = new.task_id`);
    await handOnQuestions(tx, ids);
    await admitRuns(tx, runnable[0]!.host_id);
  }
  return tasks.filter((task) => task.agent_id === null).map((task) => task.id);
}

/** Lets a host admit waiting runs; the commands that start their workflows are written with them. */
export async function admitRuns(tx: Tx, hostId: string | null): Promise<void> {
  if (hostId === null) return;
  const { admitted } = await tx.one<{ admitted: number }>(sql`SELECT crewship_admit_runs(${hostId}) AS admitted`);
  if (admitted > 0) tx.touchOutbox();
}

/** Locks hosts' places in their order, for who is about to give back places of one and let another admit runs. */
export async function lockPlaces(tx: Tx, hostIds: readonly (string | null)[]): Promise<void> {
  const known = hostIds.filter((id) => id !== null);
  await tx.any(sql`SELECT crewship_lock_hosts(${sql.array(known, 'text')})`);
}

/** Sets how many runs a crew or an agent may have at once; those that now have room on its host are admitted. */
export async function setSlotCapacity(
  tx: Tx,
  scope: { kind: 'crew' | 'agent'; id: string; capacity: number; hostId: string | null },
): Promise<void> {
  const { admitted } = await tx.one<{ admitted: number }>(sql`
    SELECT crewship_set_capacity(${scope.kind}, ${scope.id}, ${scope.capacity}, ${scope.hostId}) AS admitted`);
  if (admitted > 0) tx.touchOutbox();
}

/** Frees what a run holds and hands it to the next in line, in the caller's transaction. */
export async function releaseSlots(tx: Tx, runId: string, hostId: string | null): Promise<void> {
  const { freed } = await tx.one<{ freed: number }>(sql`SELECT crewship_release_slots(${runId}) AS freed`);
  if (freed > 0) await admitRuns(tx, hostId);
}
