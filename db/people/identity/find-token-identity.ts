import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

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
