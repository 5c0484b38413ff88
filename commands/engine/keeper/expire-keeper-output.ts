import { OUTPUT_KEPT_DAYS } from '../../../domain/vault/keeper/keeper-request.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';

/** Half a megabyte each. */
const BATCH = 50;

/** Drops what commands put out once it was kept long enough; the requests stay. Returns how many. */
export async function expireKeeperOutput(db: Pick<Database, 'systemTransaction'>): Promise<number> {
  for (let expired = 0; ; ) {
    const batch = await db.systemTransaction({}, (tx) =>
      tx.execute(sql`
        UPDATE keeper_requests SET output = NULL WHERE id IN (
          SELECT id FROM keeper_requests
          WHERE output IS NOT NULL AND executed_at < now() - ${OUTPUT_KEPT_DAYS} * interval '1 day'
          ORDER BY executed_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED)`),
    );
    expired += batch;
    if (batch < BATCH) return expired;
  }
}
