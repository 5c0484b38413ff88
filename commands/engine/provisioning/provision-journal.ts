import type { ProvisionJob } from '../../../domain/crews/provisioning/provision.ts';
import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

type ProvisionEvent = 'queued' | 'building' | 'step' | 'complete' | 'failed' | 'cancelled';

const SEVERITY = {
  queued: 'notice',
  building: 'info',
  step: 'info',
  complete: 'notice',
  failed: 'warn',
  cancelled: 'notice',
} as const satisfies Record<ProvisionEvent, string>;

/** `provisioning.<event>` of one crew. `once` tells entries of the same event apart. */
export function journalProvision(
  tx: Tx,
  job: ProvisionJob,
  event: ProvisionEvent,
  entry: { summary: string; payload: JsonObject; actor?: Actor; once?: string },
): void {
  tx.journal({
    transitionId: `provision-${job.id}:${event}${entry.once === undefined ? '' : `-${entry.once}`}`,
    type: `provisioning.${event}`,
    severity: SEVERITY[event],
    actor: entry.actor ?? orchestratorActor(),
    workspaceId: job.workspace_id,
    crewId: job.crew_id,
    targetType: 'crew',
    targetId: job.crew_id,
    summary: entry.summary,
    payload: { job_id: job.id, ...entry.payload },
  });
}
