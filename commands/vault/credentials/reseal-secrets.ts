import { type KeyRing, SealError } from '../../../platform/crypto/key-ring.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import { PRIVATE_KEY_FIELD } from '../../../domain/instance/keys/instance-key.ts';
import { CLIENT_SECRET_FIELD } from '../../../domain/people/sso/sso.ts';
import { CHANNEL_SECRET_FIELD } from '../../../domain/people/deliveries/delivery.ts';
import { MAIL_TOKEN_FIELD } from '../../../domain/people/mail/mail.ts';
import { SETTING_FIELD } from '../../../db/instance/settings/settings-store.ts';
import { SECRET_FIELD } from '../../../domain/vault/credentials/credential.ts';

interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** As which it is sealed: always the same, or as the row says. */
  readonly field: string | Fragment;
  readonly owner: string;
  /** Rows of the instance, which no workspace has, open as those of this one. */
  readonly workspace?: 'instance';
}

/** Everything in the database that is sealed: where, as which field, and whose row it opens in. */
const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'credentials', column: 'sealed_value', field: SECRET_FIELD.value, owner: 'id' },
  { table: 'credentials', column: 'sealed_refresh_token', field: SECRET_FIELD.refreshToken, owner: 'id' },
  // What was replaced is kept as it was sealed for its credential.
  {
    table: 'credential_rotations',
    column: 'sealed_old_value',
    field: sql.fragment`part`,
    owner: 'credential_id',
  },
  {
    table: 'credential_fields',
    column: 'sealed_value',
    field: sql.fragment`'field:' || key`,
    owner: 'credential_id',
  },
  { table: 'escalations', column: 'sealed_resolution', field: 'resolution', owner: 'id' },
  { table: 'agents', column: 'sealed_webhook_secret', field: 'webhook_secret', owner: 'id' },
  { table: 'instance_keys', column: 'sealed_private', field: PRIVATE_KEY_FIELD, owner: 'id', workspace: 'instance' },
  {
    table: 'sso_providers',
    column: 'sealed_client_secret',
    field: CLIENT_SECRET_FIELD,
    owner: 'id',
    workspace: 'instance',
  },
  { table: 'mails', column: 'sealed_token', field: MAIL_TOKEN_FIELD, owner: 'id' },
  { table: 'notification_channels', column: 'sealed_secret', field: CHANNEL_SECRET_FIELD, owner: 'id' },
  { table: 'notification_channels', column: 'sealed_old_secret', field: CHANNEL_SECRET_FIELD, owner: 'id' },
  { table: 'settings', column: 'sealed_value', field: SETTING_FIELD, owner: 'id' },
];
const BATCH = 100;

interface SealedRow {
  readonly id: string;
  /** Null: the instance's. */
  readonly workspace_id: string | null;
  readonly owner_id: string;
  readonly field: string;
  readonly sealed: string;
}

export interface ResealReport {
  readonly resealed: number;
  /** Rows whose key is not in the ring, or that were changed. */
  readonly unopened: number;
}

/** What is sealed anew: everything, or what one workspace has. */
interface ResealScope {
  readonly workspaceId?: string;
  /** After each batch; what it throws ends the work between two of them. */
  readonly onBatch?: (sofar: ResealReport) => void;
}

/**
 * Seals what an older key sealed with the newest one, in short transactions; when it reports nothing unopened, older
 * keys may be taken out of the ring. A row that somebody holds at the moment is left to the next run. Nothing is
 * journalled: what the rows say is unchanged.
 */
export async function resealSecrets(
  db: Pick<Database, 'systemTransaction'>,
  ring: KeyRing,
  scope: ResealScope = {},
): Promise<ResealReport> {
  let resealed = 0;
  let unopened = 0;
  for (const place of placesOf(scope)) {
    let after = '';
    for (;;) {
      const batch = await resealBatch(db, ring, { ...place, after, ...scope });
      resealed += batch.resealed;
      unopened += batch.unopened;
      scope.onBatch?.({ resealed, unopened });
      if (batch.last === null) break;
      after = batch.last;
    }
  }
  return { resealed, unopened };
}

/** How many secrets of a workspace are not sealed with the newest key. */
export function countOldSeals(
  db: Pick<Database, 'systemTransaction'>,
  ring: Pick<KeyRing, 'currentPrefix'>,
  workspaceId: string,
): Promise<number> {
  const counts = placesOf({ workspaceId }).map(({ table, column }) => {
    const sealed = sql.identifier([column]);
    return sql.fragment`(
      SELECT count(*) FROM ${sql.identifier([table])}
      WHERE workspace_id = ${workspaceId} AND ${sealed} IS NOT NULL
        AND NOT starts_with(${sealed}, ${ring.currentPrefix}))`;
  });
  return db.systemTransaction({}, async (tx) => {
    const { old } = await tx.one<{ old: number }>(sql`SELECT ${sql.join(counts, sql.fragment` + `)} AS old`);
    return old;
  });
}

function placesOf({ workspaceId }: ResealScope): readonly SealedColumn[] {
  return workspaceId === undefined ? SEALED_COLUMNS : SEALED_COLUMNS.filter((place) => place.workspace === undefined);
}

function resealBatch(
  db: Pick<Database, 'systemTransaction'>,
  ring: KeyRing,
  place: SealedColumn & { readonly after: string; readonly workspaceId?: string },
): Promise<ResealReport & { last: string | null }> {
  const { after, workspaceId } = place;
  const table: Fragment = sql.fragment`${sql.identifier([place.table])}`;
  const column: Fragment = sql.fragment`${sql.identifier([place.column])}`;
  const own = workspaceId === undefined ? sql.fragment`` : sql.fragment`AND workspace_id = ${workspaceId}`;
  const field = typeof place.field === 'string' ? sql.fragment`${place.field}::text` : place.field;
  const workspace: Fragment =
    place.workspace === undefined ? sql.fragment`workspace_id` : sql.fragment`${place.workspace}::text`;
  return db.systemTransaction({}, async (tx) => {
    const rows = await tx.any<SealedRow>(sql`
      SELECT id, ${workspace} AS workspace_id, ${sql.identifier([place.owner])} AS owner_id, ${field} AS field,
        ${column} AS sealed
      FROM ${table} WHERE id > ${after} AND ${column} IS NOT NULL
        AND NOT starts_with(${column}, ${ring.currentPrefix}) ${own}
      ORDER BY id ${sql.limit(BATCH)} FOR UPDATE SKIP LOCKED`);
    let resealed = 0;
    for (const row of rows) {
      const context = { workspaceId: row.workspace_id ?? 'instance', ownerId: row.owner_id, field: row.field };
      const opened = openOrNull(ring, row.sealed, context);
      if (opened === null) continue;
      await tx.execute(sql`UPDATE ${table} SET ${column} = ${ring.seal(opened, context)} WHERE id = ${row.id}`);
      resealed += 1;
    }
    return { resealed, unopened: rows.length - resealed, last: rows.at(-1)?.id ?? null };
  });
}

function openOrNull(ring: KeyRing, sealed: string, context: Parameters<KeyRing['open']>[1]): string | null {
  try {
    return ring.open(sealed, context);
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}
