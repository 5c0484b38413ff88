/** How long a session lasts that is never refreshed; each refresh begins it anew. */
export const SESSION_SECONDS = 30 * 24 * 3_600;

/** How long an access token of a session is good for, unless the session ends before. */
export const ACCESS_TOKEN_SECONDS = 900;

/** Most live sessions of a person: a new one beyond them ends the one that was used least recently. */
export const MAX_LIVE_SESSIONS = 100;

/**
 * How long a refresh token is still taken after the next one was made. Tabs of one browser refresh beside each other
 * with the same cookie; a program has one refresh under way and may have lost its answer.
 */
export const REFRESH_GRACE_SECONDS = { cookie: 60, program: 10 } as const;

/** Why a session was ended before its time. */
export type SessionEnd =
  | 'signed_out'
  | 'revoked'
  | 'refresh_reused'
  | 'too_many'
  | 'password_changed'
  /** Switched off in the workspace that the session worked in. */
  | 'deactivated'
  /** The account was. */
  | 'disabled';
