import type { Database } from '../../../db/kernel/database.ts';
import { type Query, sql } from '../../../db/kernel/sql.ts';

const BATCH = 500;
/** What is over stays so long for those who look into it. */
const KEPT_DAYS = 7;
/** Builds are counted by host and hash; the count is kept for longer than Temporal keeps a closed workflow's id. */
const COUNT_KEPT_DAYS = 90;

/**
 * Deletes provisionings that are long over, in short transactions: of each crew all but its newest, which its status is
 * read from, and of a deleted crew all; then builds that are closed and that no provisioning names. The newest build of
 * a hash on a host carries the count. Returns how many of each went.
 */
export async function expireProvisioning(
  db: Pick<Database, 'systemTransaction'>,
): Promise<{ provisionings: number; builds: number }> {
  const provisionings = await deleteInBatches(
    db,
    sql`
      DELETE FROM jobs WHERE id IN (
        SELECT j.id FROM jobs j
        WHERE j.kind = 'provision' AND j.status IN ('completed', 'failed', 'cancelled')
          AND j.finished_at < now() - ${KEPT_DAYS} * interval '1 day'
          AND (EXISTS (
              SELECT 1 FROM jobs newer WHERE newer.subject_id = j.subject_id AND newer.kind = 'provision'
                AND (newer.created_at, newer.id) > (j.created_at, j.id))
            OR NOT EXISTS (SELECT 1 FROM crews c WHERE c.id = j.subject_id AND c.deleted_at IS NULL))
        ORDER BY j.finished_at ${sql.limit(BATCH)} FOR UPDATE OF j SKIP LOCKED)`,
  );
  const builds = await deleteInBatches(
    db,
    sql`
      DELETE FROM image_builds WHERE id IN (
        SELECT b.id FROM image_builds b
        WHERE b.closed_at IS NOT NULL AND b.finished_at < now() - ${KEPT_DAYS} * interval '1 day'
          AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.build_id = b.id)
          AND (b.finished_at < now() - ${COUNT_KEPT_DAYS} * interval '1 day' OR EXISTS (
            SELECT 1 FROM image_builds newer
            WHERE newer.host_id = b.host_id AND newer.config_hash = b.config_hash AND newer.n > b.n))
        ORDER BY b.finished_at ${sql.limit(BATCH)} FOR UPDATE OF b SKIP LOCKED)`,
  );
  return { provisionings, builds };
}

async function deleteInBatches(db: Pick<Database, 'systemTransaction'>, batch: Query): Promise<number> {
  for (let deleted = 0; ; ) {
    const gone = await db.systemTransaction({}, (tx) => tx.execute(batch));
    deleted += gone;
    if (gone < BATCH) return deleted;
  }
}
