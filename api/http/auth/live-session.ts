import { touchSession } from '../../../commands/people/identity/session-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findSessionIdentity, type Identity } from '../../../db/people/identity/find-identity.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';

export type SessionReads = Pick<Database, 'systemReads' | 'systemTransaction'>;

/** The identity of a live session; throws `unauthenticated`, with what ended it. Records that it was used. */
export async function liveSession(
  database: SessionReads,
  sessionId: string,
  onTouchError: (error: unknown) => void,
): Promise<Identity> {
  const identity = await findSessionIdentity(database.systemReads, sessionId);
  if (identity === null || identity.state === 'revoked') {
    throw unauthenticated('session_revoked', 'the session was ended: sign in again');
  }
  if (identity.state === 'expired') throw unauthenticated('session_expired', 'the session is over: sign in again');
  if (identity.use_is_stale) database.systemTransaction({}, (tx) => touchSession(tx, sessionId)).catch(onTouchError);
  return identity;
}
