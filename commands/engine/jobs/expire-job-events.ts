import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';

const BATCH = 200;
const KEPT_DAYS = 30;

/**
 * Deletes the events of jobs that have long been over, in short transactions; their rows stay. Returns of how many
 * jobs.
 */
export async function expireJobEvents(db: Pick<Database, 'systemTransaction'>): Promise<number> {
  for (let expired = 0; ; ) {
    const gone = await db.systemTransaction({}, async (tx) => {
      const jobs = await tx.any<{ id: string }>(sql`
        SELECT id FROM jobs
        WHERE finished_at < now() - ${KEPT_DAYS} * interval '1 day' AND NOT events_expired
        ORDER BY finished_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED`);
      const ids = sql.array(
        jobs.map(({ id }) => id),
        'text',
      );
      await tx.execute(sql`DELETE FROM job_events WHERE job_id = ANY(${ids})`);
      await tx.execute(sql`UPDATE jobs SET events_expired = true WHERE id = ANY(${ids})`);
      return jobs.length;
    });
    expired += gone;
    if (gone < BATCH) return expired;
  }
}
