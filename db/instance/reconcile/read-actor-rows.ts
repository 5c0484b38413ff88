import { type ActorKind, parseBuildActorId } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';

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
  build: (ids) => {
    const wanted = ids.map(parseBuildActorId);
    return sql`
      SELECT DISTINCT ON (b.host_id, b.config_hash) b.host_id || '-' || b.config_hash AS id,
        b.asked_by_workspace_id AS workspace_id, b.n AS generation, b.closed_at IS NULL AS live
      FROM image_builds b JOIN ${sql.unnest(
        wanted.map(({ hostId, configHash }) => [hostId, configHash]),
        ['text', 'text'],
      )} AS asked(host_id, config_hash) USING (host_id, config_hash)
      ORDER BY b.host_id, b.config_hash, b.n DESC`;
  },
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
