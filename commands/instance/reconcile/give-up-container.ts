import { lockCrew } from '../../../db/crews/crews/crew-row.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { journalRepair, journalRepairOnce } from './journal-repair.ts';
import { recordLostTransition } from './repair-row.ts';
import type { ContainerCrew } from '../../../db/instance/reconcile/read-container-crews.ts';

/** A crew container as its daemon has it. */
export interface FoundContainer {
  readonly containerId: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly generation: number;
}

/** Whether the row wants this container of a host, or its workflow is about to replace it. */
export function isWanted(
  crew: Pick<ContainerCrew, 'host_id' | 'generation' | 'container_status' | 'container_id'> | undefined,
  container: FoundContainer,
  hostId: string,
): boolean {
  if (crew === undefined || crew.host_id !== hostId) return false;
  if (crew.container_status === 'running') return crew.container_id === container.containerId;
  return crew.container_status === 'starting' && container.generation <= crew.generation;
}

/**
 * Says that a container is about to be removed which no row wants, and takes the crew's generation past the
 * container's, so that the next one gets a name of its own. False: it is wanted after all.
 */
export async function giveUpContainer(db: Database, container: FoundContainer, hostId: string): Promise<boolean> {
  const { workspaceId, crewId, containerId, generation } = container;
  return db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    const crew = await lockCrew(tx, crewId);
    if (isWanted(crew ?? undefined, container, hostId)) return false;
    const to = crew === null ? null : Math.max(crew.generation, generation);
    if (crew !== null && to !== crew.generation) {
      await tx.execute(sql`UPDATE crews SET generation = ${to} WHERE id = ${crewId}`);
    }
    const transitionId = `reconcile-container-${containerId}:unwanted`;
    if ((await tx.maybeOne(sql`SELECT 1 FROM transitions WHERE id = ${transitionId}`)) === null) {
      journalRepair(tx, {
        transitionId,
        discrepancy: 'container_unwanted',
        workspaceId,
        kind: 'container',
        id: containerId,
        crewId,
        from: crew?.generation ?? null,
        to,
        facts: { crew_id: crewId, generation, crew_status: crew?.container_status ?? null },
      });
    }
    return true;
  });
}

/** An attempt took place that the database knows nothing of, or not that it began; `found` says what shows it. */
export async function journalFoundAttempt(
  db: Database,
  attempt: {
    workspaceId: string;
    runId: string;
    crewId: string;
    missionId: string | null;
    taskId: string | null;
    found: 'process' | 'directory';
  },
): Promise<boolean> {
  const { runId, found, ...ids } = attempt;
  return journalRepairOnce(db, {
    ...ids,
    discrepancy: 'record_lost',
    kind: 'run',
    id: runId,
    from: found,
    to: null,
    transitionId: recordLostTransition(runId),
  });
}
