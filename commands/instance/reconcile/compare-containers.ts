import { lockCrew } from '../../engine/crews/crew-actor.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { journalRepair, journalRepairOnce } from './journal-repair.ts';
import { recordLostTransition } from './repair-actor.ts';

/** A crew container as its daemon has it. */
export interface FoundContainer {
  readonly containerId: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly generation: number;
}

/** What a container is compared with. */
export interface ContainerCrew {
  readonly id: string;
  readonly host_id: string | null;
  readonly generation: number;
  readonly container_status: string;
  readonly container_id: string | null;
}

/** The crews of these ids, by id. */
export async function readContainerCrews(
  db: Pick<Database, 'systemReads'>,
  crewIds: readonly string[],
): Promise<ReadonlyMap<string, ContainerCrew>> {
  const rows = await db.systemReads.any<ContainerCrew>(
    [],
    sql`
      SELECT id, host_id, generation, container_status, container_id FROM crews
      WHERE id = ANY(${sql.array([...new Set(crewIds)], 'text')})`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Whether the row wants this container of a host, or its actor is about to replace it. */
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
 * Says that a container is about to be removed which no row wants, and takes the crew's generation past the container's, so
 * that the next one gets a name of its own. False: it is wanted after all.
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

/** The attempts of these execs and ids that the database does not know at all. */
export async function findUnknownAttempts(
  db: Pick<Database, 'systemReads'>,
  attemptIds: readonly string[],
): Promise<readonly string[]> {
  const rows = await db.systemReads.any<{ id: string }>(
    [],
    sql`
      SELECT asked.id FROM unnest(${sql.array([...attemptIds], 'text')}) AS asked(id)
      WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = asked.id)`,
  );
  return rows.map((row) => row.id);
}

/** The execs of a container that rows name: its sidecar's and those of its attempts. */
export async function readKnownExecs(
  db: Pick<Database, 'systemReads'>,
  containerId: string,
  execIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = sql.array([...execIds], 'text');
  const rows = await db.systemReads.any<{ exec_id: string }>(
    [],
    sql`
      SELECT exec_id FROM runs WHERE status = 'RUNNING' AND container_id = ${containerId} AND exec_id = ANY(${ids})
      UNION ALL SELECT sidecar_exec_id FROM crews WHERE container_status = 'running' AND sidecar_exec_id = ANY(${ids})`,
  );
  return new Set(rows.map((row) => row.exec_id));
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
