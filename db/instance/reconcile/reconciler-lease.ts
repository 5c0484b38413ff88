import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** A pass that stops moving its lease on (its process died) makes room for another after this long. */
const HELD_MS = 60_000;

export interface Pass {
  /** When the last pass that came to its end began: what closed before it has been compared. Null: there was none. */
  readonly comparedUntil: string | null;
}

/**
 * Begins a pass unless another is under way, or (without `force`) the last one began less than `everyMs` ago. In
 * Postgres, because what is compared may be all that is left: Redis flushed, Temporal's data deleted.
 */
export async function beginPass(
  db: Pick<Database, 'systemStatement'>,
  options: { holder: string; force: boolean; everyMs: number },
): Promise<Pass | null> {
  const [lease] = await db.systemStatement<{ compared_until: string | null }>(sql`
    UPDATE leases SET holder = ${options.holder}, began_at = now(),
      held_until = now() + ${HELD_MS} * interval '1 millisecond'
    WHERE name = 'reconciler' AND held_until <= now()
      AND (${options.force} OR compared_until IS NULL
        OR compared_until <= now() - ${options.everyMs} * interval '1 millisecond')
    RETURNING compared_until`);
  return lease === undefined ? null : { comparedUntil: lease.compared_until };
}

/** Holds the lease for longer. False: another pass has it, and this one must stop. */
export async function keepPass(db: Pick<Database, 'systemStatement'>, holder: string): Promise<boolean> {
  const kept = await db.systemStatement(sql`
    UPDATE leases SET held_until = now() + ${HELD_MS} * interval '1 millisecond'
    WHERE name = 'reconciler' AND holder = ${holder} AND held_until > now() RETURNING name`);
  return kept.length > 0;
}

/** Gives the lease back. A pass that did not come to its end leaves the next one its work. */
export async function endPass(
  db: Pick<Database, 'systemStatement'>,
  options: { holder: string; completed: boolean },
): Promise<void> {
  await db.systemStatement(sql`
    UPDATE leases SET held_until = '-infinity', holder = NULL,
      compared_until = CASE WHEN ${options.completed} THEN began_at ELSE compared_until END
    WHERE name = 'reconciler' AND holder = ${options.holder}`);
}
