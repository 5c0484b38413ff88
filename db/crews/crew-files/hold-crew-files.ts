import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { holdConnection } from '../crews/hold-connection.ts';

/** Whose shared directory a crew asks for. */
export interface CrewFilesAccess {
  readonly workspaceId: string;
  readonly requesterCrewId: string;
  /** The agent that asks, as its run's token says. */
  readonly agentId: string | null;
  readonly crewId: string;
}

/**
 * Lets a crew at the shared directory of its own, or of a crew that its connection leads to, for this transaction, and
 * says which host has it; null: none yet. Throws `not_found` for a crew without connection, as for a missing one, and
 * `forbidden` where a connection leads only the other way.
 */
export async function holdCrewFiles(tx: Tx, access: CrewFilesAccess): Promise<{ readonly hostId: string | null }> {
  const { requesterCrewId, crewId } = access;
  if (crewId !== requesterCrewId && !(await holdConnection(tx, requesterCrewId, crewId))) {
    if (!(await holdConnection(tx, crewId, requesterCrewId))) throw notFound('crew');
    throw new CrewshipError('forbidden', 'the connection leads from that crew to this one, not the other way');
  }
  const crew = await tx.maybeOne<{ host_id: string | null }>(sql`
    SELECT host_id FROM crews WHERE id = ${crewId} AND workspace_id = ${access.workspaceId} AND deleted_at IS NULL`);
  if (crew === null) throw notFound('crew');
  return { hostId: crew.host_id };
}
