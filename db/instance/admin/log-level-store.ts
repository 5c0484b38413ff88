import type { TimedLogLevel } from '../../../domain/instance/admin/log-level.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** The level that counts now, and for how long; null: each process's own. */
export function readLogLevel(
  systemReads: ReadPool,
): Promise<(TimedLogLevel & { readonly expiresInMs: number }) | null> {
  return systemReads.maybeOne(
    [],
    sql`SELECT level, expires_at,
          ceil(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::integer AS "expiresInMs"
        FROM log_levels WHERE expires_at > clock_timestamp()`,
  );
}
