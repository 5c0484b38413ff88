import type { LogLevel, TimedLogLevel } from '../../../domain/instance/admin/log-level.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Sets what all processes log at least, for so long, and wakes them. A system transaction. */
export async function setLogLevel(
  tx: Tx,
  change: { readonly level: LogLevel; readonly ttlSeconds: number },
  actor: Actor,
): Promise<TimedLogLevel> {
  const { level, ttlSeconds } = change;
  const row = await tx.one<TimedLogLevel>(sql`
    INSERT INTO log_levels (id, level, expires_at, changed_by)
    VALUES ('instance', ${level}, now() + make_interval(secs => ${ttlSeconds}::double precision), ${actor.id})
    ON CONFLICT (id) DO UPDATE SET level = excluded.level, expires_at = excluded.expires_at,
      changed_by = excluded.changed_by, changed_at = now()
    RETURNING level, expires_at`);
  tx.journal({
    type: 'instance.log_level_changed',
    severity: 'notice',
    actor,
    workspaceId: null,
    targetType: 'instance',
    targetId: 'log_level',
    summary: `log level ${level} for ${ttlSeconds} s`,
    payload: { level, ttl_seconds: ttlSeconds },
  });
  tx.enqueue({ kind: 'wake', topic: 'log_level', workspaceId: 'instance', id: 'instance' });
  return row;
}
