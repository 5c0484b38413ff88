import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Runs of a window beyond this are not looked at: the newest count. */
const MAX_RUNS = 20_000;
const TOP = 8;

export const INSIGHT_WINDOWS = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24 } as const;
export type InsightWindow = keyof typeof INSIGHT_WINDOWS;

interface Counted {
  readonly total: number;
  readonly failed: number;
}

export interface RunInsights {
  readonly totals: Counted & { readonly succeeded: number; readonly running: number };
  /** Of runs that have ended; null when none has. */
  readonly duration: { readonly p50_ms: number | null; readonly p95_ms: number | null };
  readonly by_trigger: readonly (Counted & { readonly key: string })[];
  /** Runs whose model is not known are counted under `unknown`. */
  readonly by_model: readonly (Counted & { readonly key: string })[];
  readonly by_crew: readonly (Counted & { readonly id: string; readonly name: string })[];
  readonly top_agents: readonly (Counted & {
    readonly id: string;
    readonly name: string;
    readonly crew_name: string | null;
  })[];
  /** Whether there were more runs than are looked at. */
  readonly truncated: boolean;
}

/** Figures of a workspace's runs in a window (docs/contracts/missions.md, Runs): one pass over them, in one query. */
export async function readRunInsights(
  reads: ReadPool,
  workspaceId: string,
  window: InsightWindow,
): Promise<RunInsights> {
  const counts = sql.fragment`count(*) AS total, count(*) FILTER (WHERE status IN ('FAILED', 'TIMEOUT')) AS failed`;
  const row = await reads.maybeOne<RunInsights>(
    [workspaceId],
    sql`
      WITH newest AS MATERIALIZED (
        SELECT agent_id, crew_id, trigger_type, coalesce(model, 'unknown') AS model, status,
          extract(epoch FROM finished_at - started_at) * 1000 AS ms
        FROM runs
        WHERE workspace_id = ${workspaceId} AND status NOT IN ('QUEUED', 'ADMITTED')
          AND created_at > now() - ${INSIGHT_WINDOWS[window]} * interval '1 hour'
        ORDER BY created_at DESC, id DESC ${sql.limit(MAX_RUNS + 1)}
      ), looked AS MATERIALIZED (SELECT * FROM newest ${sql.limit(MAX_RUNS)})
      SELECT
        (SELECT jsonb_build_object('total', count(*), 'succeeded', count(*) FILTER (WHERE status = 'COMPLETED'),
          'failed', count(*) FILTER (WHERE status IN ('FAILED', 'TIMEOUT')),
          'running', count(*) FILTER (WHERE status = 'RUNNING')) FROM looked) AS totals,
        (SELECT jsonb_build_object('p50_ms', round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms::double precision)),
          'p95_ms', round(percentile_cont(0.95) WITHIN GROUP (ORDER BY ms::double precision)))
          FROM looked WHERE ms IS NOT NULL) AS duration,
        (SELECT coalesce(jsonb_agg(g ORDER BY g.total DESC, g.key), '[]')
          FROM (SELECT trigger_type AS key, ${counts} FROM looked GROUP BY 1) g) AS by_trigger,
        (SELECT coalesce(jsonb_agg(g ORDER BY g.total DESC, g.key), '[]')
          FROM (SELECT model AS key, ${counts} FROM looked GROUP BY 1) g) AS by_model,
        (SELECT coalesce(jsonb_agg(g ORDER BY g.total DESC, g.id), '[]') FROM (
          SELECT c.id, c.name, n.total, n.failed
          FROM (SELECT crew_id, ${counts} FROM looked GROUP BY 1) n
          JOIN crews c ON c.workspace_id = ${workspaceId} AND c.id = n.crew_id
          ORDER BY n.total DESC, c.id ${sql.limit(TOP)}) g) AS by_crew,
        (SELECT coalesce(jsonb_agg(g ORDER BY g.total DESC, g.id), '[]') FROM (
          SELECT a.id, a.name, c.name AS crew_name, n.total, n.failed
          FROM (SELECT agent_id, ${counts} FROM looked GROUP BY 1) n
          JOIN agents a ON a.workspace_id = ${workspaceId} AND a.id = n.agent_id
          LEFT JOIN crews c ON c.workspace_id = ${workspaceId} AND c.id = a.crew_id
          ORDER BY n.total DESC, a.id ${sql.limit(TOP)}) g) AS top_agents,
        (SELECT count(*) > ${MAX_RUNS} FROM newest) AS truncated`,
  );
  return row!;
}
