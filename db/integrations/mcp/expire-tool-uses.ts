import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

const BATCH = 1_000;

/**
 * Deletes uses of tools that no limit counts any more, in short transactions: their hour is over, and their attempt.
 * What used up an approval stays as long as that. Returns how many went.
 */
export async function expireToolUses(db: Pick<Database, 'systemTransaction'>): Promise<number> {
  for (let expired = 0, after = ''; ; ) {
    const gone = await db.systemTransaction({}, (tx) =>
      tx.maybeOne<{ seen: number; gone: number; last: string | null }>(sql`
        WITH old AS (
          SELECT id FROM tool_uses WHERE id > ${after} AND used_at < now() - interval '2 hours'
            AND approval_id IS NULL
          ORDER BY id ${sql.limit(BATCH)}
        ), deleted AS (
          DELETE FROM tool_uses u USING old WHERE u.id = old.id AND NOT EXISTS (
            SELECT 1 FROM runs r WHERE r.id = u.run_id AND r.finished_at IS NULL) RETURNING u.id
        )
        SELECT (SELECT count(*) FROM old) AS seen, (SELECT count(*) FROM deleted) AS gone,
          (SELECT max(id) FROM old) AS last`),
    );
    expired += gone?.gone ?? 0;
    if (gone === null || gone.seen < BATCH) return expired;
    after = gone.last!;
  }
}
