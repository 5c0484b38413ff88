import { dollarsFromMicros } from '../../../domain/work/missions/mission.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface MissionMetrics {
  readonly total_missions: number;
  readonly active_missions: number;
  readonly completed_24h: number;
  readonly failed_24h: number;
  readonly total_tokens_24h: number;
  /** US dollars. */
  readonly total_cost_24h: number;
  readonly avg_completion_time_ms: number | null;
  readonly tasks_completed_24h: number;
  readonly tasks_failed_24h: number;
}

/** Figures of a workspace (docs/contracts/missions.md, Metrics) in one query; the 24 hours roll. */
export async function readMissionMetrics(reads: ReadPool, workspaceId: string): Promise<MissionMetrics> {
  const row = await reads.maybeOne<Omit<MissionMetrics, 'total_cost_24h'> & { cost_micros: number }>(
    [workspaceId],
    sql`
      SELECT missions.*, ended.*, tasks.* FROM (
        SELECT count(*) AS total_missions,
          count(*) FILTER (WHERE status IN ('PLANNING', 'IN_PROGRESS', 'REVIEW')) AS active_missions
        FROM missions WHERE workspace_id = ${workspaceId}
      ) missions, (
        SELECT count(*) FILTER (WHERE status = 'COMPLETED') AS completed_24h,
          count(*) FILTER (WHERE status = 'FAILED') AS failed_24h,
          round(avg(extract(epoch FROM completed_at - started_at) * 1000)
            FILTER (WHERE status = 'COMPLETED' AND started_at IS NOT NULL))::bigint AS avg_completion_time_ms
        FROM missions WHERE workspace_id = ${workspaceId} AND completed_at > now() - interval '24 hours'
      ) ended, (
        SELECT count(*) FILTER (WHERE status = 'COMPLETED') AS tasks_completed_24h,
          count(*) FILTER (WHERE status = 'FAILED') AS tasks_failed_24h,
          coalesce(sum(token_count), 0)::bigint AS total_tokens_24h,
          coalesce(sum(cost_micros), 0)::bigint AS cost_micros
        FROM tasks WHERE workspace_id = ${workspaceId} AND completed_at > now() - interval '24 hours'
          -- Done before it was made: copied with its result into a fork, and counted where it was done.
          AND completed_at >= created_at
      ) tasks`,
  );
  const { cost_micros: costMicros, ...metrics } = row!;
  return { ...metrics, total_cost_24h: dollarsFromMicros(costMicros) };
}
