import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** What is told of a request in the journal: never what was asked or answered. */
export interface JournalledPeerRequest {
  readonly id: string;
  readonly kind: 'assignment' | 'query';
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly mission_id: string | null;
  readonly from_agent_id: string | null;
  readonly to_agent_id: string;
  readonly depth: number;
}

/** `assignment.<state>` of an assignment, `peer.conversation` of a query. */
export function journalPeerRequest(
  tx: Tx,
  request: JournalledPeerRequest,
  change: { state: 'created' | 'replaced' | 'completed' | 'failed' | 'cancelled'; actor: Actor; runId: string },
): void {
  const facts = {
    state: change.state,
    to_agent_id: request.to_agent_id,
    depth: request.depth,
    run_id: change.runId,
  };
  const entry: EntryParts<`assignment.${typeof change.state}` | 'peer.conversation'> =
    request.kind === 'assignment'
      ? { type: `assignment.${change.state}`, payload: { assignment_id: request.id, ...facts } }
      : { type: 'peer.conversation', payload: { query_id: request.id, ...facts } };
  tx.journal({
    transitionId: `peer-request-${request.id}:${change.state}:${change.runId}`,
    severity: change.state === 'failed' ? 'warn' : 'info',
    actor: change.actor,
    workspaceId: request.workspace_id,
    crewId: request.crew_id,
    agentId: request.from_agent_id,
    missionId: request.mission_id,
    targetType: request.kind,
    targetId: request.id,
    summary: `${request.kind} ${change.state}`,
    ...entry,
    traceId: change.runId,
  });
}
