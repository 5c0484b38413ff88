import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { SidecarVersion } from './advance-crew.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';
import type { RunningCrew } from '../../../db/crews/crews/running-crew.ts';

/** The daemon says this sidecar has ended: its workflow starts another. */
export async function markSidecarGone(
  db: Database,
  sidecar: { workspaceId: string; crewId: string; execId: string },
): Promise<boolean> {
  return db.transaction({ workspaceIds: [sidecar.workspaceId] }, async (tx) => {
    const crew = await lockCrew(tx, sidecar.crewId);
    if (crew === null || crew.container_status !== 'running' || crew.sidecar_exec_id !== sidecar.execId) return false;
    // Said before, and not yet replaced: its workflow is at it.
    if (crew.sidecar_gone) return false;
    const { restarts, pause_ms: pauseMs } = await pauseBeforeRestart(tx, crew.id);
    tx.journal({
      transitionId: `crew-${crew.id}-${crew.generation}:sidecar-${sidecar.execId}-gone`,
      type: 'sidecar.stale',
      severity: 'warn',
      actor: orchestratorActor(),
      workspaceId: crew.workspace_id,
      crewId: crew.id,
      targetType: 'crew',
      targetId: crew.id,
      summary: 'sidecar ended',
      payload: { generation: crew.generation, restart: restarts, restart_in_ms: pauseMs },
    });
    tx.enqueue({
      kind: 'workflow',
      workflow: 'crew',
      address: { workspaceId: crew.workspace_id, id: crew.id, generation: crew.generation },
    });
    return true;
  });
}

/** A sidecar that lived this long did not fail at its start. */
const SIDECAR_STEADY_MS = 60_000;
const SIDECAR_FIRST_PAUSE_MS = 500;
const SIDECAR_LONGEST_PAUSE_MS = 60_000;

/**
 * Notes that the sidecar is gone and when the next one is due: the first at once, those of a loop with growing pauses.
 * The pause is a column, so it holds whoever drives the crew.
 */
function pauseBeforeRestart(tx: Tx, crewId: string): Promise<{ restarts: number; pause_ms: number }> {
  return tx.one(sql`
    UPDATE crews c SET sidecar_gone = true, sidecar_restarts = next.restarts,
      sidecar_restart_at = clock_timestamp() + next.pause_ms * interval '1 millisecond'
    FROM (
      SELECT restarts, CASE restarts WHEN 1 THEN 0
          ELSE least(${SIDECAR_LONGEST_PAUSE_MS}, ${SIDECAR_FIRST_PAUSE_MS} * 2 ^ least(restarts - 2, 20)) END::bigint
            AS pause_ms
      FROM (
        SELECT CASE WHEN sidecar_started_at > clock_timestamp() - ${SIDECAR_STEADY_MS} * interval '1 millisecond'
          THEN sidecar_restarts + 1 ELSE 1 END AS restarts
        FROM crews WHERE id = ${crewId}
      ) counted
    ) next
    WHERE c.id = ${crewId} RETURNING next.restarts, next.pause_ms`);
}

/**
 * Asks the crew's workflow for a sidecar of this version beside the one that runs. False: already asked, or it is gone.
 */
export async function markSidecarOutdated(db: Database, seen: RunningCrew, wanted: SidecarVersion): Promise<boolean> {
  return db.transaction({ workspaceIds: [seen.workspace_id] }, async (tx) => {
    const crew = await lockCrew(tx, seen.id);
    if (crew === null || crew.container_status !== 'running' || crew.sidecar_exec_id !== seen.sidecar_exec_id)
      return false;
    if (crew.sidecar_outdated) return false;
    await tx.execute(sql`UPDATE crews SET sidecar_outdated = true WHERE id = ${crew.id}`);
    tx.journal({
      type: 'sidecar.stale',
      severity: 'info',
      actor: orchestratorActor(),
      workspaceId: crew.workspace_id,
      crewId: crew.id,
      targetType: 'crew',
      targetId: crew.id,
      summary: 'sidecar is replaced',
      payload: {
        generation: crew.generation,
        program_changed: seen.sidecar_file !== wanted.file,
        token_changed: seen.sidecar_token_fp !== wanted.tokenFp,
      },
    });
    tx.enqueue({
      kind: 'workflow',
      workflow: 'crew',
      address: { workspaceId: crew.workspace_id, id: crew.id, generation: crew.generation },
    });
    return true;
  });
}

/** A new sidecar is up. False: the generation has passed. */
export async function recordSidecar(
  db: Database,
  address: WorkflowAddress,
  { execId, version }: { execId: string; version: SidecarVersion },
): Promise<boolean> {
  return db.transaction(workflowScope(address), async (tx) => {
    const changed = await tx.execute(sql`
      UPDATE crews SET sidecar_exec_id = ${execId}, sidecar_gone = false, sidecar_started_at = now(),
        sidecar_file = ${version.file}, sidecar_token_fp = ${version.tokenFp}
      WHERE id = ${address.id} AND generation = ${address.generation} AND container_status = 'running'`);
    return changed > 0;
  });
}

/**
 * All others have been sent away: nothing is left of an upgrade. A row that names another sidecar by now is left alone.
 */
export async function settleSidecar(db: Database, address: WorkflowAddress, execId: string): Promise<void> {
  await db.transaction(workflowScope(address), (tx) =>
    tx.execute(sql`
      UPDATE crews SET sidecar_outdated = false
      WHERE id = ${address.id} AND generation = ${address.generation} AND sidecar_exec_id = ${execId}
        AND sidecar_outdated`),
  );
}
