import type { ReadPool } from '../../kernel/read-pool.ts';
import { avatarUrl } from '../accounts/find-avatar.ts';
import { sql } from '../../kernel/sql.ts';

/** The person of a live session. */
export interface SignedInPerson {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
  readonly avatar_url: string | null;
  readonly expires_at: string;
}

/** Who is signed in with a session; null when it is over. */
export async function findSignedIn(systemReads: ReadPool, sessionId: string): Promise<SignedInPerson | null> {
  return systemReads.maybeOne<SignedInPerson>(
    [],
    sql`SELECT u.id, u.email, u.full_name, ${avatarUrl} AS avatar_url, s.expires_at
        FROM auth_sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = ${sessionId} AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL`,
  );
}
