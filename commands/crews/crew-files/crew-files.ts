import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { holdConnection } from '../../../db/crews/crews/hold-connection.ts';

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

const SUMMARIES = {
  'file.listed': 'shared directory listed',
  'file.read': 'shared file read',
  'file.written': 'shared file written',
} as const;

/** Who did what in a crew's shared directory; the entry is that crew's. */
export function journalCrewFile(
  tx: Tx,
  access: CrewFilesAccess,
  type: keyof typeof SUMMARIES,
  file: { readonly path: string; readonly size?: number; readonly sha256?: string },
  actor: Actor,
): void {
  tx.journal({
    type,
    actor,
    workspaceId: access.workspaceId,
    crewId: access.crewId,
    agentId: access.agentId,
    targetType: 'crew',
    targetId: access.crewId,
    summary: SUMMARIES[type],
    payload: {
      requester_crew_id: access.requesterCrewId,
      path: file.path,
      ...(file.size === undefined ? {} : { size: file.size }),
      ...(file.sha256 === undefined ? {} : { sha256: file.sha256 }),
    },
  });
}
