import type { MissionStatus } from '../../../domain/work/missions/mission-status.ts';
import type { TaskCounts } from '../../../domain/work/missions/task-status.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** What commands on a mission need to know of it. */
export interface MissionRow {
  readonly id: string;
  readonly identifier: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly lead_agent_id: string;
  readonly trace_id: string;
  readonly title: string;
  readonly status: MissionStatus;
  readonly generation: number;
  readonly held: boolean;
  readonly settle_armed: boolean;
  readonly paused_at: string | null;
  readonly deadline_at: string | null;
  readonly clock_stopped_at: string | null;
  /** When the stop of the clock ends by itself; null: by a change only. */
  readonly clock_stop_ends_at: string | null;
  readonly timeout_ms: number;
  /** The lead's plan under way, 1 or 2; null when the mission has its tasks. */
  readonly planning_iteration: number | null;
  readonly planning_run_id: string | null;
  readonly planning_failure: string | null;
  /** Number of tasks in each state they are in, as the row was when it was locked; kept by the database. */
  readonly task_counts: TaskCounts;
}

/**
 * Reads and locks a mission. Every command on a mission, its tasks or its runs takes this lock first, so their order is
 * the order of commits and no two of them can deadlock.
 */
export async function lockMission(tx: Tx, missionId: string): Promise<MissionRow | null> {
  return tx.maybeOne<MissionRow>(sql`
    SELECT id, identifier, workspace_id, crew_id, lead_agent_id, trace_id, title, status, generation, held,
      settle_armed, paused_at, deadline_at, clock_stopped_at, clock_stop_ends_at, timeout_ms, planning_iteration,
      planning_run_id, planning_failure, jsonb_build_object('PENDING', tasks_pending, 'BLOCKED', tasks_blocked,
        'IN_PROGRESS', tasks_in_progress, 'AWAITING_APPROVAL', tasks_awaiting_approval, 'COMPLETED', tasks_completed,
        'FAILED', tasks_failed, 'SKIPPED', tasks_skipped, 'CANCELLED', tasks_cancelled) AS task_counts
    FROM missions WHERE id = ${missionId} FOR UPDATE`);
}
