import type { Checkpoint } from '../../../domain/work/checkpoints/checkpoint.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { newestFirst, type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = newestFirst('checkpoints');

const columns = sql.fragment`
  id, workspace_id, crew_id, mission_id, label, journal_cursor, state, fork_of, created_by, created_at`;

function byId(checkpointId: string): Query {
  return sql`SELECT ${columns} FROM checkpoints WHERE id = ${checkpointId}`;
}

/** A mission's checkpoints, newest first, and how many it has. Throws `not_found` without such a mission. */
export async function listCheckpoints(
  reads: ReadPool,
  workspaceId: string,
  missionId: string,
  page: PageRequest,
): Promise<{ readonly checkpoints: readonly Checkpoint[]; readonly total: number }> {
  const [mission, checkpoints] = await Promise.all([
    reads.maybeOne<{ total: number }>(
      [workspaceId],
      sql`SELECT (SELECT count(*) FROM checkpoints c WHERE c.mission_id = m.id) AS total
          FROM missions m WHERE m.id = ${missionId} AND m.workspace_id = ${workspaceId}`,
    ),
    reads.any<Checkpoint>(
      [workspaceId],
      sql`SELECT ${columns}, ${ORDER.key} FROM checkpoints
          WHERE mission_id = ${missionId} AND workspace_id = ${workspaceId} ${ORDER.after(page)}
          ORDER BY ${ORDER.by} ${slice(page)}`,
    ),
  ]);
  if (mission === null) throw notFound('mission');
  return { checkpoints, total: mission.total };
}

/** One checkpoint. Throws `not_found`. */
export async function getCheckpoint(reads: ReadPool, workspaceId: string, checkpointId: string): Promise<Checkpoint> {
  const checkpoint = await reads.maybeOne<Checkpoint>([workspaceId], byId(checkpointId));
  if (checkpoint === null) throw notFound('checkpoint');
  return checkpoint;
}

/** The checkpoint as the transaction has left it. Throws `not_found`. */
export async function getCheckpointIn(tx: Tx, checkpointId: string): Promise<Checkpoint> {
  const checkpoint = await tx.maybeOne<Checkpoint>(byId(checkpointId));
  if (checkpoint === null) throw notFound('checkpoint');
  return checkpoint;
}
