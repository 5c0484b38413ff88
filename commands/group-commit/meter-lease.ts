import type { Database } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { Logger } from '../../platform/logging/logger.ts';

/** How long a process counts as living after it has said so, and how often it does while it carries calls. */
const LEASE_MS = 60_000;
const BEAT_MS = 15_000;

export interface MeterLease {
  /** Resolves when it is known for a while that this process lives; returns what ends the need for it, once. */
  hold(): Promise<() => void>;
  /** Ends it at once: there is nothing left that this process would have to say. */
  end(): Promise<void>;
}

/** Says that a process lives while it carries calls of models, and nothing while it carries none. */
export function createMeterLease(deps: {
  readonly db: Pick<Database, 'systemStatement'>;
  readonly meterId: string;
  readonly log: Pick<Logger, 'warn'>;
}): MeterLease {
  const { db, meterId, log } = deps;
  let holders = 0;
  let saidAt = Number.NEGATIVE_INFINITY;
  let saying: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function beat(): Promise<void> {
    const since = performance.now();
    await db.systemStatement(sql`
      INSERT INTO call_meters (id, alive_until)
      VALUES (${meterId}, clock_timestamp() + ${LEASE_MS} * interval '1 millisecond')
      ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until RETURNING id`);
    saidAt = since;
  }
  function say(): Promise<void> {
    saying ??= beat().finally(() => {
      saying = undefined;
    });
    return saying;
  }
  function release(): void {
    holders -= 1;
    if (holders > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    async hold() {
      if (performance.now() - saidAt > BEAT_MS * 2) await say();
      holders += 1;
      if (timer === undefined) {
        timer = setInterval(() => {
          say().catch((error: unknown) => log.warn({ err: error }, 'it could not be said that calls are carried'));
        }, BEAT_MS);
        timer.unref();
      }
      let isHeld = true;
      return () => {
        if (isHeld) release();
        isHeld = false;
      };
    },
    async end() {
      clearInterval(timer);
      await db.systemStatement(sql`DELETE FROM call_meters WHERE id = ${meterId} RETURNING id`);
    },
  };
}
