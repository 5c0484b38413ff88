import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';

interface CrewOnHost {
  readonly hostId: string;
  readonly crewId: string;
}

/** A host keeps something of these crews. Those that nobody knows are left out: they may be another database's. */
export async function noteCrewData(
  db: Pick<Database, 'systemTransaction'>,
  hostId: string,
  crewIds: readonly string[],
): Promise<void> {
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`
      INSERT INTO crew_data (host_id, crew_id, workspace_id)
      SELECT ${hostId}, id, workspace_id FROM crews WHERE id = ANY (${sql.array([...crewIds], 'text')}) ORDER BY id
      ON CONFLICT DO NOTHING`),
  );
}

/** A crew's disk could not be measured: it is tried again later, after the others. */
export async function noteUnmeasured(
  db: Pick<Database, 'systemTransaction'>,
  { hostId, crewId }: CrewOnHost,
): Promise<void> {
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE crew_data SET tried_at = now() WHERE host_id = ${hostId} AND crew_id = ${crewId}`),
  );
}

/**
 * What a crew takes on a host, and which directories of runs are there. Says once that it is more than `limitBytes` (0:
 * any amount will do), and again after it was less.
 */
export async function recordCrewDisk(
  db: Pick<Database, 'systemTransaction'>,
  measured: CrewOnHost & {
    readonly diskBytes: number;
    readonly runs: readonly { readonly id: string; readonly diskBytes: number }[];
    readonly limitBytes: number;
  },
): Promise<void> {
  const { hostId, crewId, diskBytes, limitBytes } = measured;
  const isOver = limitBytes > 0 && diskBytes > limitBytes;
  const ids = sql.array(
    measured.runs.map(({ id }) => id),
    'text',
  );
  const sizes = sql.array(
    measured.runs.map((run) => run.diskBytes),
    'int8',
  );
  await db.systemTransaction({}, async (tx) => {
    const before = await tx.maybeOne<{ workspace_id: string; was_over: boolean }>(sql`
      SELECT workspace_id, over_since IS NOT NULL AS was_over FROM crew_data
      WHERE host_id = ${hostId} AND crew_id = ${crewId} FOR UPDATE`);
    if (before === null) return;
    await tx.execute(sql`
      UPDATE crew_data SET disk_bytes = ${diskBytes}, measured_at = now(),
        over_since = CASE WHEN ${isOver} THEN coalesce(over_since, now()) END
      WHERE host_id = ${hostId} AND crew_id = ${crewId}`);
    await tx.execute(sql`
      DELETE FROM run_data WHERE crew_id = ${crewId} AND host_id = ${hostId} AND run_id <> ALL (${ids})`);
    await tx.execute(sql`
      INSERT INTO run_data (run_id, workspace_id, crew_id, host_id, disk_bytes)
      SELECT r.id, r.workspace_id, r.crew_id, ${hostId}, new.bytes
      FROM unnest(${ids}, ${sizes}) AS new(id, bytes) JOIN runs r ON r.id = new.id AND r.crew_id = ${crewId}
      ORDER BY r.id
      ON CONFLICT (run_id) DO UPDATE SET disk_bytes = excluded.disk_bytes, host_id = excluded.host_id
        WHERE run_data.disk_bytes <> excluded.disk_bytes OR run_data.host_id <> excluded.host_id`);
    if (!isOver || before.was_over) return;
    tx.journal({
      type: 'crew.disk_over_limit',
      severity: 'warn',
      actor: systemActor(),
      workspaceId: before.workspace_id,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      summary: `the crew takes ${mb(diskBytes)} MB of its host’s disk, of ${mb(limitBytes)} MB`,
      payload: { host_id: hostId, disk_bytes: diskBytes, limit_bytes: limitBytes },
    });
  });
}

/** The directories of these runs are gone. Those that were told of before are not told of again. */
export async function recordTrimmedRuns(
  db: Pick<Database, 'systemTransaction'>,
  { hostId, crewId, runIds }: CrewOnHost & { readonly runIds: readonly string[] },
): Promise<void> {
  await db.systemTransaction({}, async (tx) => {
    const gone = await tx.any<{ workspace_id: string; disk_bytes: number }>(sql`
      DELETE FROM run_data WHERE run_id = ANY (${sql.array([...runIds], 'text')})
        AND host_id = ${hostId} AND crew_id = ${crewId}
      RETURNING workspace_id, disk_bytes`);
    if (gone.length === 0) return;
    const diskBytes = gone.reduce((sum, run) => sum + run.disk_bytes, 0);
    tx.journal({
      type: 'crew.runs_trimmed',
      severity: 'info',
      actor: systemActor(),
      workspaceId: gone[0]!.workspace_id,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      summary: `directories of ${gone.length} runs that ended long ago are gone`,
      payload: { host_id: hostId, runs: gone.length, disk_bytes: diskBytes },
    });
  });
}

/** The host keeps nothing more of a deleted crew. False: that was told before. */
export async function recordPurgedCrew(
  db: Pick<Database, 'systemTransaction'>,
  { hostId, crewId }: CrewOnHost,
): Promise<boolean> {
  return db.systemTransaction({}, async (tx) => {
    const gone = await tx.maybeOne<{ workspace_id: string; disk_bytes: number | null; deleted_at: string }>(sql`
      DELETE FROM crew_data d USING crews c, workspaces w
      WHERE d.host_id = ${hostId} AND d.crew_id = ${crewId} AND c.id = d.crew_id AND w.id = d.workspace_id
      RETURNING d.workspace_id, d.disk_bytes, least(c.deleted_at, w.deleted_at) AS deleted_at`);
    if (gone === null) return false;
    await tx.execute(sql`DELETE FROM run_data WHERE crew_id = ${crewId} AND host_id = ${hostId}`);
    tx.journal({
      type: 'crew.data_purged',
      severity: 'notice',
      actor: systemActor(),
      workspaceId: gone.workspace_id,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      summary: 'directories and volumes of the deleted crew are gone',
      payload: { host_id: hostId, disk_bytes: gone.disk_bytes, deleted_at: gone.deleted_at },
    });
    return true;
  });
}

const mb = (bytes: number): string => Math.round(bytes / 1_048_576).toLocaleString('en');
