import type { ActorKind } from '../../domain/outbox/outbox-command.ts';
import type { ReadPool } from '../kernel/read-pool.ts';
import { type Query, sql } from '../kernel/sql.ts';

/** What an open workflow is compared with. */
export interface ActorRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly generation: number;
  /** Its workflow may be open; of a run also while it waits for a place. */
  readonly live: boolean;
}

const queryOf: Readonly<Record<ActorKind, (ids: readonly string[]) => Query>> = {
  mission: (ids) => sql`
    SELECT id, workspace_id, generation, status = 'IN_PROGRESS' AS live FROM missions
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  run: (ids) => sql`
    SELECT id, workspace_id, 0 AS generation, status IN ('QUEUED', 'ADMITTED', 'RUNNING') AS live FROM runs
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  crew: (ids) => sql`
    SELECT id, workspace_id, generation, container_status IN ('starting', 'running') AS live FROM crews
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  escalation: (ids) => sql`
    SELECT id, workspace_id, generation, status = 'PENDING' AS live FROM escalations
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  // Each has a row of its own; the newest says how far they reach.
  build: (ids) => sql`
    SELECT DISTINCT ON (host_id, config_hash) host_id || '-' || config_hash AS id,
      asked_by_workspace_id AS workspace_id, n AS generation, closed_at IS NULL AS live
    FROM image_builds WHERE host_id || '-' || config_hash = ANY(${sql.array([...ids], 'text')})
    ORDER BY host_id, config_hash, n DESC`,
};

/** The rows of these ids, by id. */
export async function readActorRows(
  systemReads: Pick<ReadPool, 'any'>,
  kind: ActorKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ActorRow>> {
  if (ids.length === 0) return new Map();
  const rows = await systemReads.any<ActorRow>([], queryOf[kind](ids));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Which of these workspaces the database knows. */
export async function readKnownWorkspaces(
  systemReads: Pick<ReadPool, 'any'>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await systemReads.any<{ id: string }>(
    [],
    sql`SELECT id FROM workspaces WHERE id = ANY(${sql.array([...ids], 'text')})`,
  );
  return new Set(rows.map((row) => row.id));
}
