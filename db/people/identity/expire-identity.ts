import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';
import { ATTEMPTS_FORGOTTEN_AFTER_HOURS } from '../../../domain/people/identity/lockout.ts';

const BATCH = 1_000;

/**
 * Deletes sessions that have been over for a month and attempts to sign in that no longer count; at most a batch of
 * each.
 */
export async function expireIdentity(
  db: Pick<Database, 'systemTransaction'>,
): Promise<{ sessions: number; attempts: number }> {
  return db.systemTransaction({}, async (tx) => ({
    sessions: await tx.execute(sql`
      DELETE FROM auth_sessions WHERE id IN (
        SELECT id FROM auth_sessions WHERE least(expires_at, revoked_at) < now() - interval '30 days'
        ORDER BY expires_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED)`),
    attempts: await tx.execute(sql`
      DELETE FROM login_attempts WHERE (name_digest, origin) IN (
        SELECT name_digest, origin FROM login_attempts
        WHERE last_at < now() - make_interval(hours => ${ATTEMPTS_FORGOTTEN_AFTER_HOURS})
        ORDER BY last_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED)`),
  }));
}
