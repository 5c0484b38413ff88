import { sql } from '../../kernel/sql.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import type { Database } from '../../kernel/database.ts';

export interface DueMail {
  readonly id: string;
  readonly attempts: number;
  /** As the database has it, to read on from. */
  readonly due_at: string;
}

/** A page of the mails that are due, the one that waited longest first. */
export async function dueMails(
  systemReads: ReadPool,
  { after, limit }: { readonly after: DueMail | null; readonly limit: number },
): Promise<readonly DueMail[]> {
  const from =
    after === null ? sql.fragment`` : sql.fragment`AND (next_try_at, id) > (${after.due_at}::timestamptz, ${after.id})`;
  return systemReads.any(
    [],
    sql`SELECT id, attempts, next_try_at::text AS due_at FROM mails
        WHERE status = 'pending' AND next_try_at <= now() AND expires_at > now() ${from}
        ORDER BY next_try_at, id ${sql.limit(limit)}`,
  );
}

/** In how long a mail may be tried next; null: it is settled, over or gone. */
export function nextTryOf(
  systemReads: ReadPool,
  id: string,
): Promise<{ readonly attempts: number; readonly dueInMs: number } | null> {
  return systemReads.maybeOne(
    [],
    sql`SELECT attempts, ceil(extract(epoch FROM next_try_at - clock_timestamp()) * 1000)::integer AS "dueInMs"
        FROM mails WHERE id = ${id} AND status = 'pending' AND expires_at > now()`,
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
