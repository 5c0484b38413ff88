import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { apiKeyColumns, type ApiKeyRow } from '../../../db/people/identity/list-api-keys.ts';
import { INSTANCE } from '../../../db/instance/config-documents/config-documents-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { scopesBeyond } from '../../../domain/people/identity/scope-reach.ts';

export interface NewApiKey {
  readonly id: string;
  readonly userId: string;
  /** The one that it works in. */
  readonly workspaceId: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly prefix: string;
  /** null: all that its maker may do. */
  readonly scopes: readonly string[] | null;
  /** null: until it is revoked. */
  readonly expiresAt: string | null;
}

/** Most live keys that a person may hold. */
const MAX_LIVE_KEYS = 50;

interface KeyCaps {
  /** Live keys of one person that work in the workspace; null: no other limit than that of all their keys. */
  readonly count: number | null;
  readonly days: number | null;
}

/** What the workspace, or else the instance, has set for keys that work in it. */
async function capsOf(tx: Tx, workspaceId: string): Promise<KeyCaps> {
  const own = (key: string) => sql.fragment`
    (SELECT (s.value #>> '{}')::integer FROM settings s
     WHERE s.key = ${key} AND s.workspace_id IN (${workspaceId}, ${INSTANCE})
     ORDER BY (s.workspace_id = ${workspaceId}) DESC LIMIT 1)`;
  return tx.one<KeyCaps>(
    sql`SELECT ${own('api_keys.max_per_person')} AS count, ${own('api_keys.max_lifetime_days')} AS days`,
  );
}

/** What a member may do, with the roles that they have in crews; null for who is none. */
async function rightsOf(tx: Tx, { userId, workspaceId }: Pick<NewApiKey, 'userId' | 'workspaceId'>) {
  return tx.maybeOne<{
    readonly role: Role;
    readonly capabilities: readonly string[] | null;
    readonly crew_roles: readonly Role[];
  }>(sql`
    SELECT m.role, m.capabilities, ARRAY(
      SELECT DISTINCT cm.role FROM crew_members cm JOIN crews c ON c.id = cm.crew_id AND c.deleted_at IS NULL
      WHERE cm.user_id = m.user_id AND cm.workspace_id = m.workspace_id AND cm.role IS NOT NULL) AS crew_roles
    FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
    WHERE m.user_id = ${userId} AND m.workspace_id = ${workspaceId} AND m.disabled_at IS NULL`);
}

/**
 * Stores a key's hash. Its scopes only narrow what its maker may do at the time of each request; that one names a right
 * which the maker has not is refused so that nobody waits for what will not come. A system transaction.
 */
export async function createApiKey(tx: Tx, key: NewApiKey, actor: Actor): Promise<ApiKeyRow> {
  // Of those who make keys of one person at once, each counts what the others made.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`api keys of ${key.userId}`}, 0))`);
  const rights = await rightsOf(tx, key);
  if (rights === null) throw notFound('workspace');
  const beyond = scopesBeyond(key.scopes ?? [], {
    role: rights.role,
    capabilities: rights.capabilities,
    crewRoles: rights.crew_roles,
  });
  if (beyond.length > 0) {
    throw new CrewshipError('forbidden', `scopes: the role ${rights.role} has nothing of ${beyond.join(', ')}`);
  }
  const caps = await capsOf(tx, key.workspaceId);
  const {
    live,
    here,
    is_past: isPast,
    ends_late: endsLate,
  } = await tx.one<{
    live: number;
    here: number;
    is_past: boolean;
    ends_late: boolean;
  }>(sql`
    SELECT count(*) AS live, count(*) FILTER (WHERE workspace_id = ${key.workspaceId}) AS here,
      coalesce(${key.expiresAt}::timestamptz <= now(), false) AS is_past,
      coalesce(coalesce(${key.expiresAt}::timestamptz, 'infinity')
        > now() + make_interval(days => ${caps.days}::integer), false) AS ends_late
    FROM access_tokens
    WHERE user_id = ${key.userId} AND kind = 'api_key' AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > now())`);
  if (isPast) throw invalidField('expires_at', 'must be in the future');
  if (endsLate) throw invalidField('expires_at', `must be at most ${caps.days} days ahead in this workspace`);
  if (caps.count !== null && here >= caps.count) {
    throw new CrewshipError('conflict', `at most ${caps.count} live API keys a person in this workspace`);
  }
  if (live >= MAX_LIVE_KEYS) throw new CrewshipError('conflict', `at most ${MAX_LIVE_KEYS} live API keys a person`);
  const scopes = key.scopes === null ? sql.fragment`NULL::text[]` : sql.array([...key.scopes], 'text');
  const row = await tx.one<ApiKeyRow>(sql`
    INSERT INTO access_tokens (id, kind, name, user_id, workspace_id, hash, prefix, scopes, expires_at)
    VALUES (${key.id}, 'api_key', ${key.name}, ${key.userId}, ${key.workspaceId}, ${sql.binary(key.hash)},
      ${key.prefix}, ${scopes}, ${key.expiresAt}::timestamptz)
    RETURNING ${apiKeyColumns}`);
  tx.journal({
    ...frame(row, actor),
    type: 'api_key.created',
    summary: `API key ${row.name} created`,
    payload: { scopes: row.scopes, expires_at: row.expires_at },
  });
  return row;
}

/** Revokes one's own key. Not found when it is another's or revoked already. A system transaction. */
export async function revokeApiKey(
  tx: Tx,
  key: { readonly id: string; readonly userId: string },
  actor: Actor,
): Promise<void> {
  const row = await tx.maybeOne<ApiKeyRow>(sql`
    UPDATE access_tokens SET revoked_at = now()
    WHERE id = ${key.id} AND user_id = ${key.userId} AND kind = 'api_key' AND revoked_at IS NULL
    RETURNING ${apiKeyColumns}`);
  if (row === null) throw notFound('API key');
  accessChanged(tx, key.userId);
  tx.journal({ ...frame(row, actor), type: 'api_key.revoked', summary: `API key ${row.name} revoked` });
}

/** What happens to a key is recorded where it works. */
function frame({ id, workspace_id: workspaceId }: ApiKeyRow, actor: Actor) {
  return { actor, workspaceId, targetType: 'api_key', targetId: id } as const;
}
