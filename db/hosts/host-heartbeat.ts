import type { Database } from '../kernel/database.ts';
import { sql } from '../kernel/sql.ts';
import { admitRuns } from '../runs/queue-runs.ts';

export interface HostReport {
  readonly hostId: string;
  readonly architecture: string;
  readonly engineVersion: string;
  readonly slots: number;
}

/** The docker-host worker says it is there, and how many runs its host takes at once. */
export async function recordHostHeartbeat(db: Database, report: HostReport): Promise<void> {
  await db.systemTransaction({}, async (tx) => {
    await tx.execute(sql`
      INSERT INTO hosts (id, architecture, engine_version) VALUES (${report.hostId}, ${report.architecture}, ${report.engineVersion})
      ON CONFLICT (id) DO UPDATE SET last_heartbeat_at = now(), updated_at = now(),
        status = CASE hosts.status WHEN 'lost' THEN 'up' ELSE hosts.status END,
        architecture = excluded.architecture, engine_version = excluded.engine_version`);
    const changed = await tx.execute(sql`
      INSERT INTO slot_scopes (kind, id, capacity) VALUES ('host', ${report.hostId}, ${report.slots})
      ON CONFLICT (kind, id) DO UPDATE SET capacity = excluded.capacity
      WHERE slot_scopes.capacity <> excluded.capacity`);
    // Runs that wait for a place of this host take the new ones now: nothing else would look.
    if (changed > 0) await admitRuns(tx, report.hostId);
  });
}
