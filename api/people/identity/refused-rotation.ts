import type { Rotation } from '../../../commands/people/identity/session-commands.ts';
import { type CrewshipError, unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';

/** What is answered when a refresh token gives no next one. */
export function refusalOf(outcome: Exclude<Rotation['outcome'], 'rotated' | 'repeated'>): CrewshipError {
  switch (outcome) {
    case 'expired':
      return unauthenticated('session_expired', 'the session is over: sign in again');
    case 'revoked':
      return unauthenticated('session_revoked', 'the session was ended: sign in again');
    case 'reused':
      return unauthenticated('session_revoked', 'the refresh token was used before, so the session was ended');
  }
}
