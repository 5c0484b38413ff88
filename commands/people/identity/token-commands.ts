import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { tokenColumns, type TokenRow, type TokenTier } from '../../../db/people/identity/list-tokens.ts';

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
  readonly tier: TokenTier;
  readonly scopes: readonly string[] | null;
  readonly expiresInSeconds: number | null;
  /** The token that asks for this one: its workspace binding and its expiry are inherited. */
  readonly parentTokenId: string | null;
}

/** Most live CLI tokens a person may hold. */
const MAX_LIVE_TOKENS = 100;

/**
 * Stores a token's hash. A token made with a token is bound like it and outlives it by nothing; one of the tier ADMIN
 * makes none, and is for who is OWNER of a workspace (`forbidden`).
 */
export async function insertToken(tx: Tx, token: NewToken, actor: Actor): Promise<TokenRow> {
  const { live } = await tx.one<{ live: number }>(sql`
    SELECT count(*) AS live FROM access_tokens WHERE user_id = ${token.userId} AND kind = 'cli' AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > now())`);
  if (live >= MAX_LIVE_TOKENS) throw new CrewshipError('conflict', `at most ${MAX_LIVE_TOKENS} live CLI tokens a user`);
  if (token.tier === 'ADMIN') await refuseUnlessOwner(tx, token.userId);
  if (token.parentTokenId !== null) await refuseAdminParent(tx, token.parentTokenId);
  const scopes = token.scopes === null ? sql.fragment`NULL::text[]` : sql.array([...token.scopes], 'text');
  const row = await tx.one<TokenRow>(sql`
    INSERT INTO access_tokens (id, kind, tier, name, user_id, workspace_id, hash, prefix, scopes, expires_at)
    SELECT ${newId()}, 'cli', ${token.tier}, ${token.name}, ${token.userId}, parent.workspace_id,
      ${sql.binary(token.hash)}, ${token.prefix}, ${scopes},
      least(now() + make_interval(secs => ${token.expiresInSeconds}::double precision), parent.expires_at)
    FROM (VALUES (1)) one LEFT JOIN access_tokens parent ON parent.id = ${token.parentTokenId}
    RETURNING ${tokenColumns}`);
  await recordToken(tx, 'created', token.userId, row, actor);
  return row;
}

async function refuseUnlessOwner(tx: Tx, userId: string): Promise<void> {
  const owned = await tx.maybeOne(sql`
    SELECT 1 FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
    WHERE m.user_id = ${userId} AND m.role = 'OWNER' AND m.disabled_at IS NULL LIMIT 1`);
  if (owned === null) throw new CrewshipError('forbidden', 'a token of the tier ADMIN is for an OWNER');
}

/** Its uses would not be audited any more: a token of the tier ADMIN makes no credential. Throws `forbidden`. */
export async function refuseAdminParent(tx: Tx, tokenId: string): Promise<void> {
  const isAdmin = await tx.maybeOne(sql`SELECT 1 FROM access_tokens WHERE id = ${tokenId} AND tier = 'ADMIN'`);
  if (isAdmin !== null) throw new CrewshipError('forbidden', 'a token of the tier ADMIN makes no tokens');
}

/** Records a use of a token of the tier ADMIN, before it is honoured. A system transaction. */
export async function auditTokenUse(
  tx: Tx,
  use: { readonly tokenId: string; readonly method: string; readonly route: string },
  actor: Actor,
): Promise<void> {
  await tx.execute(sql`UPDATE access_tokens SET last_used_at = now() WHERE id = ${use.tokenId}`);
  tx.journal({
    type: 'auth.admin_token_used',
    severity: 'notice',
    actor,
    workspaceId: null,
    targetType: 'cli_token',
    targetId: use.tokenId,
    summary: `ADMIN token used: ${use.method} ${use.route}`,
    payload: { method: use.method, route: use.route },
  });
}

/** Revokes one's own token. Not found when it is another's or revoked already. */
export async function revokeToken(tx: Tx, token: { id: string; userId: string }, actor: Actor): Promise<void> {
  const row = await tx.maybeOne<TokenRow>(sql`
    UPDATE access_tokens SET revoked_at = now()
    WHERE id = ${token.id} AND user_id = ${token.userId} AND kind = 'cli' AND revoked_at IS NULL
    RETURNING ${tokenColumns}`);
  if (row === null) throw notFound('token');
  accessChanged(tx, token.userId);
  await recordToken(tx, 'deleted', token.userId, row, actor);
}

/**
 * Revokes all keys and tokens of a person, or those that are bound to one workspace. Others do it to them: each is in
 * the journal as its own revocation is. A system transaction.
 */
export async function revokeTokensOf(
  tx: Tx,
  { userId, workspaceId }: { readonly userId: string; readonly workspaceId: string | null },
  actor: Actor,
): Promise<void> {
  const rows = await tx.any<TokenRow & { readonly kind: 'cli' | 'api_key'; readonly workspace_id: string | null }>(sql`
    UPDATE access_tokens SET revoked_at = now()
    WHERE user_id = ${userId} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
      AND (${workspaceId}::text IS NULL OR workspace_id = ${workspaceId})
    RETURNING ${tokenColumns}, kind, workspace_id`);
  for (const row of rows) {
    if (row.kind === 'cli') {
      await recordToken(tx, 'deleted', userId, row, actor);
      continue;
    }
    tx.journal({
      type: 'api_key.revoked',
      actor,
      workspaceId: row.workspace_id,
      targetType: 'api_key',
      targetId: row.id,
      summary: `API key ${row.name} revoked`,
    });
  }
  if (rows.length > 0) accessChanged(tx, userId);
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
