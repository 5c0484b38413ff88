import type { ActorKind } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';

/** A row that a workflow drives now. */
export interface LiveRow {
  readonly id: string;
  readonly workspace_id: string;
  /** 0 for runs. */
  readonly generation: number;
  /** Its actor should have taken a step by now. */
  readonly overdue: boolean;
  /** A run whose process was started. */
  readonly running: boolean;
}

export interface LivePage {
  /** Ids after this one, in order; '' is before all. */
  readonly afterId: string;
  /** This row alone, if it is among them. */
  readonly only?: string;
  readonly limit: number;
  /** What is due by the clock is overdue this much later. */
  readonly graceMs: number;
}

/**
 * One page of the rows of a kind that should have an open workflow. The rows of the partial index come first, whatever
 * the planner thinks of the primary key: the table's history is never walked.
 */
export async function readLiveRows(
  systemReads: Pick<ReadPool, 'any'>,
  kind: ActorKind,
  page: LivePage,
): Promise<LiveRow[]> {
  return systemReads.any<LiveRow>([], queryOf[kind](page));
}

const queryOf: Readonly<Record<ActorKind, (page: LivePage) => Query>> = {
  mission: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (SELECT * FROM missions WHERE status = 'IN_PROGRESS')
    SELECT m.id, m.workspace_id, m.generation, false AS running, (
        (m.deadline_at < now() - ${graceMs} * interval '1 millisecond' AND m.clock_stopped_at IS NULL)
        OR (m.paused_at IS NULL AND EXISTS (
          SELECT 1 FROM tasks t WHERE t.mission_id = m.id AND t.status = 'PENDING' AND t.run_id IS NULL
            AND (t.retry_at IS NULL OR t.retry_at < now() - ${graceMs} * interval '1 millisecond')))
        OR EXISTS (
          SELECT 1 FROM tasks t WHERE t.mission_id = m.id AND t.status = 'BLOCKED' AND NOT EXISTS (
            SELECT 1 FROM task_dependencies d JOIN tasks x ON x.id = d.depends_on_task_id
            WHERE d.task_id = t.id AND x.status NOT IN ('COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED')))
        OR NOT EXISTS (
          SELECT 1 FROM tasks t WHERE t.mission_id = m.id
            AND t.status NOT IN ('COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED'))
      ) IS TRUE AS overdue
    FROM live m WHERE m.id > ${afterId} AND m.id = coalesce(${only ?? null}, m.id) ORDER BY m.id ${sql.limit(limit)}`,
  run: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (SELECT * FROM runs WHERE status IN ('ADMITTED', 'RUNNING') AND NOT reported)
    SELECT r.id, r.workspace_id, 0 AS generation, r.status = 'RUNNING' AS running,
      (CASE r.status WHEN 'RUNNING' THEN r.deadline_at < now() - ${graceMs} * interval '1 millisecond'
        ELSE c.container_status <> 'starting' AND r.admitted_at < now() - ${graceMs} * interval '1 millisecond' END
      ) IS TRUE AS overdue
    FROM live r LEFT JOIN crews c ON c.id = r.crew_id WHERE r.id > ${afterId} AND r.id = coalesce(${only ?? null}, r.id) ORDER BY r.id ${sql.limit(limit)}`,
  crew: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (
      SELECT * FROM crews WHERE container_status <> 'stopped' AND container_status IN ('starting', 'running')
    )
    SELECT id, workspace_id, generation, false AS running, deleted_at IS NOT NULL OR (
        sidecar_gone AND coalesce(sidecar_restart_at, '-infinity') < now() - ${graceMs} * interval '1 millisecond'
      ) OR (
        container_status = 'starting' AND devcontainer_config IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM jobs j WHERE j.subject_id = live.id AND j.kind = 'provision' AND j.status IN ('queued', 'running'))
      ) AS overdue
    FROM live WHERE id > ${afterId} AND id = coalesce(${only ?? null}, id) ORDER BY id ${sql.limit(limit)}`,
  escalation: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (SELECT * FROM escalations WHERE status = 'PENDING')
    SELECT id, workspace_id, generation, false AS running,
      answer_deadline_at < now() - ${graceMs} * interval '1 millisecond' AS overdue
    FROM live WHERE id > ${afterId} AND id = coalesce(${only ?? null}, id) ORDER BY id ${sql.limit(limit)}`,
  // Over, or given up, and nobody has said so; what is to be removed is due at once.
  build: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (
      SELECT *, host_id || '-' || config_hash AS actor_id FROM image_builds WHERE closed_at IS NULL
    )
    SELECT actor_id AS id, asked_by_workspace_id AS workspace_id, n AS generation, false AS running, (
        status NOT IN ('queued', 'running') OR deadline_at < now() - ${graceMs} * interval '1 millisecond'
        OR NOT EXISTS (SELECT 1 FROM jobs j WHERE j.build_id = live.id AND j.status IN ('queued', 'running'))
      ) IS TRUE AS overdue
    FROM live WHERE actor_id > ${afterId} AND actor_id = coalesce(${only ?? null}, actor_id)
    ORDER BY actor_id, n ${sql.limit(limit)}`,
};

/** Which of these targets the outbox still has a command for, on its way or to be tried again. */
export async function readPendingTargets(
  systemReads: Pick<ReadPool, 'any'>,
  targets: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await systemReads.any<{ target: string }>(
    [],
    sql`
      SELECT DISTINCT target FROM outbox
      WHERE parked_at IS NULL AND kind = 'workflow' AND target = ANY(${sql.array([...targets], 'text')})`,
  );
  return new Set(rows.map((row) => row.target));
}
