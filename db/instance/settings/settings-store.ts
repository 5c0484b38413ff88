import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { JsonValue } from '../../../domain/kernel/json/json-value.ts';
import { REDACTED } from '../../../domain/instance/settings/setting-entries.ts';
import { INSTANCE } from '../config-documents/config-documents-store.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Which secret of a row of settings its value is. */
export const SETTING_FIELD = 'setting';

interface Reads {
  readonly reads: ReadPool;
  readonly systemReads: ReadPool;
}

/** A setting as people see it: a secret is `***`. */
export interface ShownSetting {
  readonly key: string;
  readonly value: JsonValue;
  readonly updatedAt: string;
}

interface StoredSetting {
  readonly id: string;
  readonly value: JsonValue;
  readonly sealed: string | null;
}

/**
 * What counts in a workspace, secrets opened: its own value, else the instance's; undefined where there is none.
 * Without a workspace, the instance's.
 */
export async function readSetting(
  db: Reads,
  ring: Pick<KeyRing, 'open'>,
  { workspaceId, key }: { readonly workspaceId: string | null; readonly key: string },
): Promise<JsonValue | undefined> {
  const read = (reads: ReadPool, id: string) =>
    reads.maybeOne<StoredSetting>(
      [id],
      sql`SELECT id, value, sealed_value AS sealed FROM settings WHERE workspace_id = ${id} AND key = ${key}`,
    );
  const own = workspaceId === null ? null : await read(db.reads, workspaceId);
  const found = own ?? (await read(db.systemReads, INSTANCE));
  if (found === null) return undefined;
  if (found.sealed === null) return found.value;
  const owner = own === null ? INSTANCE : workspaceId!;
  return ring.open(found.sealed, { workspaceId: owner, ownerId: found.id, field: SETTING_FIELD });
}

/** The settings of the instance or, without those, of a workspace, by their keys. */
export function listSettings(db: Reads, workspaceId: string | null): Promise<readonly ShownSetting[]> {
  const reads = workspaceId === null ? db.systemReads : db.reads;
  const owner = workspaceId ?? INSTANCE;
  return reads.any<ShownSetting>(
    [owner],
    sql`SELECT key, CASE WHEN sealed_value IS NULL THEN value ELSE to_jsonb(${REDACTED}::text) END AS value,
        updated_at AS "updatedAt"
      FROM settings WHERE workspace_id = ${owner} ORDER BY key`,
  );
}

/** The numbers that count in a workspace of these keys, none of them secret: its own before the instance's. */
export async function readNumbers(
  db: Reads,
  workspaceId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const read = (reads: ReadPool, owner: string) =>
    reads.any<{ key: string; value: JsonValue }>(
      [owner],
      sql`SELECT key, value FROM settings
        WHERE workspace_id = ${owner} AND key = ANY (${sql.array([...keys], 'text')}) AND sealed_value IS NULL`,
    );
  const [own, instance] = await Promise.all([read(db.reads, workspaceId), read(db.systemReads, INSTANCE)]);
  const found = [...instance, ...own].filter(({ value }) => typeof value === 'number');
  return new Map(found.map(({ key, value }) => [key, value as number]));
}
