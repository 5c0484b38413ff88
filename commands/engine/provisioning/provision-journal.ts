import type { ProvisionJob } from '../../../domain/crews/provisioning/provision.ts';
import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

const SEVERITY = {
  'provisioning.queued': 'notice',
  'provisioning.building': 'info',
  'provisioning.step': 'info',
  'provisioning.complete': 'notice',
  'provisioning.failed': 'warn',
  'provisioning.cancelled': 'notice',
} as const;

/** `provisioning.*` of one crew. `once` tells entries of the same type apart. */
export function journalProvision(
  tx: Tx,
  job: ProvisionJob,
  summary: string,
  { actor, once, ...entry }: EntryParts<keyof typeof SEVERITY> & { actor?: Actor; once?: string },
): void {
  const event = entry.type.slice('provisioning.'.length);
  tx.journal({
    transitionId: `provision-${job.id}:${event}${once === undefined ? '' : `-${once}`}`,
    severity: SEVERITY[entry.type],
    actor: actor ?? orchestratorActor(),
    workspaceId: job.workspace_id,
    crewId: job.crew_id,
    targetType: 'crew',
    targetId: job.crew_id,
    summary,
    ...entry,
  });
}
