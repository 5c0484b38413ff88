import { sql } from '../../kernel/sql.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import type { Database } from '../../kernel/database.ts';
import { dueColumns, duePages } from '../../kernel/due-rows.ts';
import type { DueRow } from '../../../platform/queues/row-queue.ts';

const columns = dueColumns(sql.fragment`next_try_at`);

/** The mails that are due, the one that waited longest first. */
export function dueMails(systemReads: ReadPool): AsyncIterable<readonly DueRow[]> {
  return duePages(
    systemReads,
    (after) => sql.fragment`
      SELECT ${columns} FROM mails
      WHERE status = 'pending' AND next_try_at <= now() AND expires_at > now()
        AND ${after(sql.fragment`next_try_at`)}
      ORDER BY next_try_at, id`,
  );
}

/** When a mail may be tried next; null: it is settled, over or gone. */
export function nextTryOf(systemReads: ReadPool, id: string): Promise<DueRow | null> {
  return systemReads.maybeOne(
    [],
    sql`SELECT ${columns} FROM mails WHERE id = ${id} AND status = 'pending' AND expires_at > now()`,
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
