import type { Database } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { MissionStatus } from '../../domain/work/missions/mission-status.ts';
import type { TaskStatus } from '../../domain/work/missions/task-status.ts';

export interface TestTaskRow {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
  readonly iteration: number;
  readonly result_summary: string | null;
  readonly error_code: string | null;
  readonly run_id: string | null;
}

export interface TestRunRow {
  readonly id: string;
  readonly task_id: string | null;
  readonly purpose: 'work' | 'planning';
  readonly status: string;
  readonly generation: number;
  readonly iteration: number;
  readonly attempt_no: number;
  readonly predecessor_id: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

export interface MissionView {
  readonly status: MissionStatus;
  readonly generation: number;
  readonly failure_reason: string | null;
  readonly tasks: readonly TestTaskRow[];
  readonly runs: readonly TestRunRow[];
}

/** A mission with its tasks and all their attempts, as the rows have them. */
export async function readMission(db: Database, workspaceId: string, missionId: string): Promise<MissionView> {
  const view = await db.reads.maybeOne<MissionView>(
    [workspaceId],
    sql`
      SELECT m.status, m.generation, m.failure_reason,
        coalesce((SELECT jsonb_agg(t ORDER BY t.task_order) FROM tasks t WHERE t.mission_id = m.id), '[]') AS tasks,
        coalesce((SELECT jsonb_agg(r ORDER BY r.created_at, r.id) FROM runs r WHERE r.mission_id = m.id), '[]') AS runs
      FROM missions m WHERE m.id = ${missionId}`,
  );
  if (view === null) throw new Error(`no mission ${missionId}`);
  return view;
}

export const isSettledView = (mission: MissionView): boolean =>
  mission.status !== 'IN_PROGRESS' && mission.status !== 'PLANNING';
