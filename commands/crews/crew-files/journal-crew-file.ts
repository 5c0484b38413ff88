import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { CrewFilesAccess } from '../../../db/crews/crew-files/hold-crew-files.ts';

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
