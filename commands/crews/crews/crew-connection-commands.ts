import { randomBytes } from 'node:crypto';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { ConnectionDirection } from '../../../db/crews/crews/list-crew-connections.ts';

export interface NewConnection {
  readonly workspaceId: string;
  readonly fromCrewId: string;
  readonly toCrewId: string;
  readonly direction: ConnectionDirection;
}

/**
 * Connects two crews. A pair that is connected keeps its connection; asked for from the other side, or both ways, it
 * becomes bidirectional. Throws `invalid_request` for a crew and itself, `not_found` for crews that are not there.
 */
export async function connectCrews(
  tx: Tx,
  wanted: NewConnection,
  actor: Actor,
): Promise<{ id: string; isNew: boolean }> {
  const { workspaceId, fromCrewId, toCrewId, direction } = wanted;
  if (fromCrewId === toCrewId) throw invalidField('to_crew_id', 'must be another crew');
  // A crew that is being deleted at this moment gets no new connection: deletion holds the row's lock.
  const crews = await tx.any(sql`
    SELECT 1 FROM crews WHERE id IN (${fromCrewId}, ${toCrewId}) AND workspace_id = ${workspaceId}
      AND deleted_at IS NULL
    ORDER BY id FOR SHARE`);
  if (crews.length < 2) throw notFound('crew');
  const row = await tx.one<{ id: string; is_new: boolean; widened: boolean }>(sql`
    INSERT INTO crew_connections AS l (id, workspace_id, from_crew_id, to_crew_id, direction)
    VALUES (${`cc_${randomBytes(8).toString('hex')}`}, ${workspaceId}, ${fromCrewId}, ${toCrewId}, ${direction})
    ON CONFLICT (least(from_crew_id, to_crew_id), greatest(from_crew_id, to_crew_id)) DO UPDATE SET
      direction = CASE WHEN l.from_crew_id = excluded.from_crew_id AND excluded.direction = 'unidirectional'
        THEN l.direction ELSE 'bidirectional' END,
      updated_at = now()
    RETURNING id, xmax = 0 AS is_new, xmax <> 0 AND direction = 'bidirectional' AS widened`);
  if (row.is_new || row.widened)
    journalConnection(tx, row.is_new ? 'created' : 'updated', { ...wanted, id: row.id }, actor);
  return { id: row.id, isNew: row.is_new };
}

/** Throws `not_found`. */
export async function disconnectCrews(tx: Tx, connectionId: string, actor: Actor): Promise<void> {
  const gone = await tx.maybeOne<{ workspace_id: string; from_crew_id: string; to_crew_id: string }>(sql`
    DELETE FROM crew_connections WHERE id = ${connectionId} RETURNING workspace_id, from_crew_id, to_crew_id`);
  if (gone === null) throw notFound('connection');
  const { workspace_id: workspaceId, from_crew_id: fromCrewId, to_crew_id: toCrewId } = gone;
  journalConnection(tx, 'deleted', { id: connectionId, workspaceId, fromCrewId, toCrewId }, actor);
}

function journalConnection(
  tx: Tx,
  verb: 'created' | 'updated' | 'deleted',
  link: { id: string; workspaceId: string; fromCrewId: string; toCrewId: string },
  actor: Actor,
): void {
  tx.journal({
    type: `crew_link.${verb}`,
    severity: 'notice',
    actor,
    workspaceId: link.workspaceId,
    crewId: link.fromCrewId,
    targetType: 'crew_connection',
    targetId: link.id,
    summary: `crew connection ${verb}`,
    payload: { from_crew_id: link.fromCrewId, to_crew_id: link.toCrewId },
  });
}
