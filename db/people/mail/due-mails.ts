import { sql } from '../../kernel/sql.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import type { Database } from '../../kernel/database.ts';

/** Mails that are due, the one that waited longest first. */
export async function dueMails(
  systemReads: ReadPool,
  limit: number,
): Promise<readonly { readonly id: string; readonly attempts: number }[]> {
  return systemReads.any(
    [],
    sql`SELECT id, attempts FROM mails WHERE status = 'pending' AND next_try_at <= now() AND expires_at > now()
        ORDER BY next_try_at, id ${sql.limit(limit)}`,
  );
}

const BATCH = 1_000;

/**
 * Gives up on mails whose links are over, with their tokens, and deletes what was settled a month ago; at most a batch
 * of each.
 */
export async function expireMails(
  db: Pick<Database, 'systemTransaction'>,
): Promise<{ expired: number; deleted: number }> {
  return db.systemTransaction({}, async (tx) => ({
    expired: await tx.execute(sql`
      UPDATE mails SET status = 'expired', sealed_token = NULL, settled_at = now() WHERE id IN (
        SELECT id FROM mails WHERE status = 'pending' AND expires_at <= now()
        ORDER BY next_try_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED)`),
    deleted: await tx.execute(sql`
      DELETE FROM mails WHERE id IN (
        SELECT id FROM mails WHERE status <> 'pending' AND settled_at < now() - interval '30 days'
        ORDER BY settled_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED)`),
  }));
}
