import { randomBytes } from 'node:crypto';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { SignInMethod } from '../../../domain/people/identity/identity-entries.ts';
import { MAX_LIVE_SESSIONS, SESSION_SECONDS, type SessionEnd } from '../../../domain/people/identity/session-rules.ts';
import { newId } from '../../../platform/ids/ids.ts';

/** A session as its holder is told of it: what a cookie or a token pair is made of. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  /** Id of the newest refresh token. */
  readonly refreshJti: string;
  readonly defaultWorkspaceId: string | null;
  readonly expiresAt: string;
}

export interface NewSession {
  readonly userId: string;
  readonly method: SignInMethod;
  /** Where requests work that name no workspace; null: in the person's home. */
  readonly defaultWorkspaceId: string | null;
  /** How long a refresh token is still taken after the next one was made. */
  readonly refreshGraceSeconds: number;
  readonly userAgent: string | null;
  readonly address: string | null;
}

interface Row {
  readonly id: string;
  readonly user_id: string;
  readonly refresh_jti: string;
  readonly default_workspace_id: string | null;
  readonly expires_at: string;
}

const columns = sql.fragment`id, user_id, refresh_jti, default_workspace_id, expires_at`;
const inThirtyDays = sql.fragment`now() + make_interval(secs => ${SESSION_SECONDS}::double precision)`;

function toSession(row: Row): Session {
  return {
    id: row.id,
    userId: row.user_id,
    refreshJti: row.refresh_jti,
    defaultWorkspaceId: row.default_workspace_id,
    expiresAt: row.expires_at,
  };
}

const newJti = () => randomBytes(16).toString('hex');

/** Begins a session, always a new one, whatever the browser held before. A system transaction. */
export async function createSession(tx: Tx, session: NewSession, actor: Actor): Promise<Session> {
  const row = await tx.one<Row>(sql`
    INSERT INTO auth_sessions (id, user_id, refresh_jti, refresh_grace_seconds, default_workspace_id,
      user_agent, address, expires_at)
    VALUES (${newId()}, ${session.userId}, ${newJti()}, ${session.refreshGraceSeconds},
      ${session.defaultWorkspaceId},
      ${session.userAgent?.slice(0, 512) ?? null}, ${session.address}, ${inThirtyDays})
    RETURNING ${columns}`);
  const who = { ...actor, id: session.userId, sessionId: row.id };
  tx.journal({
    ...frame(row.id, who),
    type: 'auth.login',
    summary: 'signed in',
    payload: { method: session.method },
  });
  const ended = await tx.any<{ id: string }>(sql`
    UPDATE auth_sessions SET revoked_at = now() WHERE id IN (
      SELECT id FROM auth_sessions
      WHERE user_id = ${session.userId} AND revoked_at IS NULL AND expires_at > now() AND id <> ${row.id}
      ORDER BY last_used_at DESC, id DESC OFFSET ${MAX_LIVE_SESSIONS - 1})
    RETURNING id`);
  recordEnds(tx, ended, session.userId, 'too_many', who);
  return toSession(row);
}

export type Rotation =
  | { readonly outcome: 'rotated'; readonly session: Session }
  /** The token before the newest one, in its grace: the answer is the newest one again. */
  | { readonly outcome: 'repeated'; readonly session: Session }
  /** A token that was replaced for longer: the session ends with this transaction. */
  | { readonly outcome: 'reused'; readonly userId: string }
  | { readonly outcome: 'expired' }
  | { readonly outcome: 'revoked' };

/**
 * Takes a refresh token for the next one. The row's `refresh_jti` decides: of any number of calls with one token, one
 * makes the next and the others get that one too while the grace lasts. The caller commits whatever the outcome is.
 */
export async function rotateSession(
  tx: Tx,
  token: { readonly sessionId: string; readonly jti: string },
  actor: Actor,
): Promise<Rotation> {
  const found = await tx.maybeOne<Row & { previous_jti: string | null; in_grace: boolean; state: string }>(sql`
    SELECT s.id, s.user_id, s.refresh_jti, s.default_workspace_id, s.expires_at, s.previous_jti,
      coalesce(s.refreshed_at > now() - make_interval(secs => s.refresh_grace_seconds), false) AS in_grace,
      CASE WHEN s.revoked_at IS NOT NULL OR u.disabled_at IS NOT NULL THEN 'revoked'
        WHEN s.expires_at <= now() THEN 'expired' ELSE 'live' END AS state
    FROM auth_sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ${token.sessionId} FOR UPDATE OF s`);
  if (found === null || found.state === 'revoked') return { outcome: 'revoked' };
  if (found.state === 'expired') return { outcome: 'expired' };
  const who = { ...actor, id: found.user_id, sessionId: found.id };
  if (found.refresh_jti === token.jti) {
    const row = await tx.one<Row>(sql`
      UPDATE auth_sessions SET previous_jti = refresh_jti, refresh_jti = ${newJti()}, refreshed_at = now(),
        last_used_at = now(), expires_at = ${inThirtyDays}
      WHERE id = ${found.id} AND refresh_jti = ${token.jti} RETURNING ${columns}`);
    tx.journal({ ...frame(found.id, who), type: 'auth.session_refreshed', summary: 'session refreshed' });
    return { outcome: 'rotated', session: toSession(row) };
  }
  if (found.previous_jti === token.jti && found.in_grace) return { outcome: 'repeated', session: toSession(found) };
  tx.journal({
    ...frame(found.id, who),
    type: 'auth.refresh_reused',
    severity: 'warn',
    summary: 'a refresh token was used again after it was replaced: the session ends',
  });
  await endSessions(tx, sql.fragment`id = ${found.id}`, { userId: found.user_id, reason: 'refresh_reused' }, who);
  return { outcome: 'reused', userId: found.user_id };
}

/** Ends one session of a person. False when it is another's or over already. */
export async function revokeSession(
  tx: Tx,
  session: { readonly id: string; readonly userId: string; readonly reason: SessionEnd },
  actor: Actor,
): Promise<boolean> {
  return (await endSessions(tx, sql.fragment`id = ${session.id}`, session, actor)) === 1;
}

/** Ends all sessions of a person but `exceptId`, and says how many. */
export async function revokeSessionsOf(
  tx: Tx,
  sessions: { readonly userId: string; readonly exceptId: string | null; readonly reason: SessionEnd },
  actor: Actor,
): Promise<number> {
  return endSessions(tx, sql.fragment`id IS DISTINCT FROM ${sessions.exceptId}::text`, sessions, actor);
}

/** Ends the sessions of a person whose requests work in this workspace unless they name another. */
export async function revokeSessionsIn(
  tx: Tx,
  sessions: { readonly userId: string; readonly workspaceId: string; readonly reason: SessionEnd },
  actor: Actor,
): Promise<number> {
  const worksThere = sql.fragment`coalesce(default_workspace_id,
    (SELECT u.home_workspace_id FROM users u WHERE u.id = user_id)) = ${sessions.workspaceId}`;
  return endSessions(tx, worksThere, sessions, actor);
}

async function endSessions(
  tx: Tx,
  which: ReturnType<typeof sql.fragment>,
  { userId, reason }: { readonly userId: string; readonly reason: SessionEnd },
  actor: Actor,
): Promise<number> {
  const ended = await tx.any<{ id: string }>(sql`
    UPDATE auth_sessions SET revoked_at = now()
    WHERE user_id = ${userId} AND revoked_at IS NULL AND expires_at > now() AND ${which} RETURNING id`);
  recordEnds(tx, ended, userId, reason, actor);
  return ended.length;
}

function recordEnds(tx: Tx, ended: readonly { id: string }[], userId: string, reason: SessionEnd, actor: Actor): void {
  for (const { id } of ended) {
    tx.journal({
      ...frame(id, actor),
      type: 'auth.session_revoked',
      severity: 'notice',
      summary: `session ended: ${reason}`,
      payload: { reason },
    });
  }
  if (ended.length > 0) accessChanged(tx, userId);
}

function frame(sessionId: string, actor: Actor) {
  return { actor, workspaceId: null, targetType: 'auth_session', targetId: sessionId } as const;
}

/** Records that a session was used, to the minute. */
export async function touchSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.execute(sql`
    UPDATE auth_sessions SET last_used_at = now()
    WHERE id = ${sessionId} AND last_used_at < now() - interval '1 minute'`);
}
