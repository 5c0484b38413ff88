import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { tokenColumns, type TokenRow } from '../../../db/people/identity/list-tokens.ts';

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

/** Most live CLI tokens a person may hold. */
const MAX_LIVE_TOKENS = 100;

/** Stores a token's hash. A token made with a token is bound like it and outlives it by nothing. */
export async function insertToken(tx: Tx, token: NewToken, actor: Actor): Promise<TokenRow> {
  const { live } = await tx.one<{ live: number }>(sql`
    SELECT count(*) AS live FROM access_tokens WHERE user_id = ${token.userId} AND kind = 'cli' AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > now())`);
  if (live >= MAX_LIVE_TOKENS) throw new CrewshipError('conflict', `at most ${MAX_LIVE_TOKENS} live CLI tokens a user`);
  const scopes = token.scopes === null ? sql.fragment`NULL::text[]` : sql.array([...token.scopes], 'text');
  const row = await tx.one<TokenRow>(sql`
    INSERT INTO access_tokens (id, kind, name, user_id, workspace_id, hash, prefix, scopes, expires_at)
    SELECT ${newId()}, 'cli', ${token.name}, ${token.userId}, parent.workspace_id, ${sql.binary(token.hash)},
      ${token.prefix}, ${scopes},
      least(now() + make_interval(secs => ${token.expiresInSeconds}::double precision), parent.expires_at)
    FROM (VALUES (1)) one LEFT JOIN access_tokens parent ON parent.id = ${token.parentTokenId}
    RETURNING ${tokenColumns}`);
  await recordToken(tx, 'created', token.userId, row, actor);
  return row;
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
