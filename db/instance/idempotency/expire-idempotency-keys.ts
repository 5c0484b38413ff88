import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

const BATCH = 1_000;

/**
 * Deletes answers that are past their time, in short transactions. A key that is being used again at this moment is
 * left to its user. Returns how many went.
 */
export async function expireIdempotencyKeys(db: Pick<Database, 'systemTransaction'>): Promise<number> {
  let expired = 0;
  for (;;) {
    const gone = await db.systemTransaction({}, (tx) =>
      tx.execute(sql`
        DELETE FROM idempotency_keys k USING (
          SELECT principal_id, workspace_id, key FROM idempotency_keys WHERE expires_at <= now()
          ORDER BY expires_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED
        ) old WHERE (k.principal_id, k.workspace_id, k.key) = (old.principal_id, old.workspace_id, old.key)`),
    );
    expired += gone;
    if (gone < BATCH) return expired;
  }
}
