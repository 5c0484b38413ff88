import type { DueRow } from '../../../platform/queues/row-queue.ts';
import type { Database } from '../../kernel/database.ts';
import { dueColumns, duePages } from '../../kernel/due-rows.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

const columns = dueColumns(sql.fragment`due_at`);

/** The deliveries that are due, the one that waited longest first. */
export function dueDeliveries(systemReads: ReadPool): AsyncIterable<readonly DueRow[]> {
  return duePages(
    systemReads,
    (after) => sql.fragment`
      SELECT ${columns} FROM deliveries
      WHERE settled_at IS NULL AND due_at <= now() AND ${after(sql.fragment`due_at`)}
      ORDER BY due_at, id`,
  );
}

/** When a delivery is looked at next; null: it is settled or gone. */
export function nextLookOf(systemReads: ReadPool, id: string): Promise<DueRow | null> {
  return systemReads.maybeOne([], sql`SELECT ${columns} FROM deliveries WHERE id = ${id} AND settled_at IS NULL`);
}

/** The open deliveries of an item, or the one of this id. */
export function deliveriesNamed(systemReads: ReadPool, id: string): Promise<readonly DueRow[]> {
  return systemReads.any(
    [],
    sql`
      SELECT ${columns} FROM deliveries WHERE item_id = ${id} AND purpose = 'notification' AND settled_at IS NULL
      UNION ALL SELECT ${columns} FROM deliveries
      WHERE id = ${id} AND settled_at IS NULL`,
  );
}

const BATCH = 1_000;
const KEPT_DAYS = 30;

/** Deletes what was settled a month ago, at most a batch; says how many. */
export function expireDeliveries(db: Pick<Database, 'systemTransaction'>): Promise<number> {
  return db.systemTransaction({}, (tx) =>
    tx.execute(sql`
      DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries WHERE settled_at < now() - make_interval(days => ${KEPT_DAYS})
        ORDER BY settled_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED)`),
  );
}
