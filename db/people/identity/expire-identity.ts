import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';
import { ATTEMPTS_FORGOTTEN_AFTER_HOURS } from '../../../domain/people/identity/lockout.ts';

const BATCH = 1_000;

/**
 * Deletes sessions that have been over for a month, attempts to sign in that no longer count, and links and pairing
 * codes that are past their time; at most a batch of each.
 */
export async function expireIdentity(
  db: Pick<Database, 'systemTransaction'>,
): Promise<{ sessions: number; attempts: number; links: number; codes: number }> {
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
    links: await tx.execute(sql`
      DELETE FROM one_time_tokens WHERE token_hash IN (
        SELECT token_hash FROM one_time_tokens WHERE expires_at <= now()
        ORDER BY expires_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED)`),
    codes: await tx.execute(sql`
      DELETE FROM pairing_codes WHERE code_digest IN (
        SELECT code_digest FROM pairing_codes WHERE expires_at < now() - interval '1 day'
        ORDER BY expires_at ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED)`),
  }));
}
