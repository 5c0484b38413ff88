import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** A live token, its owner, and the workspaces the owner may enter. */
export interface TokenIdentity {
  readonly token_id: string;
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

/** Identities of live tokens. */
const liveIdentities = sql.fragment`
    SELECT t.id AS token_id, u.id AS user_id, u.email, u.is_instance_operator, u.home_workspace_id,
      t.workspace_id AS bound_workspace_id, t.scopes, t.expires_at,
      coalesce(t.last_used_at < now() - interval '1 minute', true) AS use_is_stale,
      coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', w.id, 'slug', w.slug, 'role', m.role) ORDER BY m.created_at, m.id)
        FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
        WHERE m.user_id = u.id
      ), '[]'::jsonb) AS memberships
    FROM access_tokens t JOIN users u ON u.id = t.user_id
    WHERE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())`;

/** The identity behind a token's hash; null when unknown, revoked or expired. One query for a whole request's rights. */
export async function findTokenIdentity(systemReads: ReadPool, hash: Buffer): Promise<TokenIdentity | null> {
  return systemReads.maybeOne<TokenIdentity>([], sql`${liveIdentities} AND t.hash = ${sql.binary(hash)}`);
}

/** The identities of those of these tokens that are live. */
export async function findTokenIdentities(
  systemReads: ReadPool,
  tokenIds: readonly string[],
): Promise<TokenIdentity[]> {
  return systemReads.any<TokenIdentity>(
    [],
    sql`${liveIdentities} AND t.id = ANY (${sql.array([...tokenIds], 'text')})`,
  );
}

/** Records that the token was used, to the minute. */
export async function touchToken(tx: Tx, tokenId: string): Promise<void> {
  await tx.execute(sql`
    UPDATE access_tokens SET last_used_at = now()
    WHERE id = ${tokenId} AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`);
}

export interface NewToken {
  readonly name: string;
  readonly userId: string;
  readonly hash: Buffer;
  readonly prefix: string;
  readonly scopes: readonly string[] | null;
  readonly expiresInSeconds: number | null;
  /** The token that asks for this one: its workspace binding and its expiry are inherited. */
  readonly parentTokenId: string | null;
}

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly tier: 'STANDARD';
  readonly scopes: readonly string[] | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

const columns = sql.fragment`id, name, 'STANDARD'::text AS tier, scopes, created_at, expires_at, last_used_at, revoked_at`;

/** Most live tokens a person may hold. */
const MAX_LIVE_TOKENS = 100;

/** Stores a token's hash. A token made with a token is bound like it and outlives it by nothing. */
export async function insertToken(tx: Tx, token: NewToken, actor: Actor): Promise<TokenRow> {
  const { live } = await tx.one<{ live: number }>(sql`
    SELECT count(*) AS live FROM access_tokens WHERE user_id = ${token.userId} AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > now())`);
  if (live >= MAX_LIVE_TOKENS) throw new CrewshipError('conflict', `at most ${MAX_LIVE_TOKENS} live tokens a user`);
  const scopes = token.scopes === null ? sql.fragment`NULL::text[]` : sql.array([...token.scopes], 'text');
  const row = await tx.one<TokenRow>(sql`
    INSERT INTO access_tokens (id, kind, name, user_id, workspace_id, hash, prefix, scopes, expires_at)
    SELECT ${newId()}, 'cli', ${token.name}, ${token.userId}, parent.workspace_id, ${sql.binary(token.hash)},
      ${token.prefix}, ${scopes},
      least(now() + make_interval(secs => ${token.expiresInSeconds}::double precision), parent.expires_at)
    FROM (VALUES (1)) one LEFT JOIN access_tokens parent ON parent.id = ${token.parentTokenId}
    RETURNING ${columns}`);
  await recordToken(tx, 'created', token.userId, row, actor);
  return row;
}

/** The tokens of one person, newest first, revoked ones included. */
export async function listTokens(systemReads: ReadPool, userId: string): Promise<TokenRow[]> {
  return systemReads.any<TokenRow>(
    [],
    sql`SELECT ${columns} FROM access_tokens WHERE user_id = ${userId} AND kind = 'cli'
        ORDER BY created_at DESC, id DESC LIMIT 500`,
  );
}

/** Revokes one's own token. Not found when it is another's or revoked already. */
export async function revokeToken(tx: Tx, token: { id: string; userId: string }, actor: Actor): Promise<void> {
  const row = await tx.maybeOne<TokenRow>(sql`
    UPDATE access_tokens SET revoked_at = now()
    WHERE id = ${token.id} AND user_id = ${token.userId} AND kind = 'cli' AND revoked_at IS NULL RETURNING ${columns}`);
  if (row === null) throw notFound('token');
  await recordToken(tx, 'deleted', token.userId, row, actor);
}

/** Tokens are no workspace's; what happens to them is recorded in their owner's home. */
async function recordToken(
  tx: Tx,
  verb: 'created' | 'deleted',
  userId: string,
  token: TokenRow,
  actor: Actor,
): Promise<void> {
  const home = await tx.one<{ id: string | null }>(sql`SELECT home_workspace_id AS id FROM users WHERE id = ${userId}`);
  if (home.id === null) return;
  tx.journal(
    auditEntry(verb, {
      actor,
      workspaceId: home.id,
      targetType: 'cli_token',
      targetId: token.id,
      label: token.name,
    }),
  );
}

/** E-mail of a user. */
export async function emailOf(systemReads: ReadPool, userId: string): Promise<string> {
  const row = await systemReads.maybeOne<{ email: string }>([], sql`SELECT email FROM users WHERE id = ${userId}`);
  if (row === null) throw notFound('user');
  return row.email;
}
