import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** A credential, its owner, and the workspaces the owner may enter now. */
export interface Identity {
  /** Of the token or session; no two of them have one id. */
  readonly credential_id: string;
  readonly kind: 'cli' | 'api_key' | 'session';
  readonly user_id: string;
  readonly email: string;
  readonly is_instance_operator: boolean;
  readonly home_workspace_id: string | null;
  readonly bound_workspace_id: string | null;
  readonly scopes: readonly string[] | null;
  readonly expires_at: string | null;
  /** Not written more than once a minute. */
  readonly use_is_stale: boolean;
  readonly memberships: readonly { readonly id: string; readonly slug: string; readonly role: Role }[];
}

/**
 * What is read of the person behind a credential of a tier; `u` is their row. The tier ADMIN enters only what they are
 * OWNER of.
 */
const personOf = (tier: Fragment) => sql.fragment`
  u.id AS user_id, u.email, u.is_instance_operator,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', w.id, 'slug', w.slug, 'role', m.role) ORDER BY m.created_at, m.id)
    FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
    WHERE m.user_id = u.id AND m.disabled_at IS NULL AND (${tier} = 'STANDARD' OR m.role = 'OWNER')
  ), '[]'::jsonb) AS memberships`;

/** Identities of live tokens. An API key is live while its maker is in the workspace that it works in. */
const ofTokens = sql.fragment`
    SELECT t.id AS credential_id, t.kind, t.workspace_id AS bound_workspace_id, u.home_workspace_id, t.scopes,
      t.expires_at, coalesce(t.last_used_at < now() - interval '1 minute', true) AS use_is_stale,
      ${personOf(sql.fragment`t.tier`)}
    FROM access_tokens t JOIN users u ON u.id = t.user_id
    WHERE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.disabled_at IS NULL
      AND (t.kind <> 'api_key' OR EXISTS (
        SELECT 1 FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
        WHERE m.user_id = t.user_id AND m.workspace_id = t.workspace_id AND m.disabled_at IS NULL))`;

/** Identities of sessions, live or not. */
const ofSessions = sql.fragment`
    SELECT s.id AS credential_id, 'session'::text AS kind, NULL::text AS bound_workspace_id,
      coalesce(s.default_workspace_id, u.home_workspace_id) AS home_workspace_id, NULL::text[] AS scopes, s.expires_at,
      s.last_used_at < now() - interval '1 minute' AS use_is_stale,
      ${personOf(sql.fragment`'STANDARD'::text`)}`;
const sessionRows = sql.fragment`FROM auth_sessions s JOIN users u ON u.id = s.user_id`;
const liveSession = sql.fragment`s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL`;

/**
 * The identity behind a token's hash; null when unknown, revoked or expired. One query for a whole request's rights.
 */
export async function findTokenIdentity(systemReads: ReadPool, hash: Buffer): Promise<Identity | null> {
  return systemReads.maybeOne<Identity>([], sql`${ofTokens} AND t.hash = ${sql.binary(hash)}`);
}

/** The identity behind a session, and whether the session is live; null when there is no such session. */
export async function findSessionIdentity(
  systemReads: ReadPool,
  sessionId: string,
): Promise<(Identity & { readonly state: 'live' | 'expired' | 'revoked' }) | null> {
  return systemReads.maybeOne(
    [],
    sql`${ofSessions}, CASE WHEN s.revoked_at IS NOT NULL OR u.disabled_at IS NOT NULL THEN 'revoked'
          WHEN s.expires_at <= now() THEN 'expired' ELSE 'live' END AS state
        ${sessionRows} WHERE s.id = ${sessionId}`,
  );
}

/** The identities of those of these tokens and sessions that are live. */
export async function findIdentities(systemReads: ReadPool, credentialIds: readonly string[]): Promise<Identity[]> {
  const ids = sql.array([...credentialIds], 'text');
  return systemReads.any<Identity>(
    [],
    sql`${ofTokens} AND t.id = ANY (${ids})
        UNION ALL
        ${ofSessions} ${sessionRows} WHERE ${liveSession} AND s.id = ANY (${ids})`,
  );
}
