import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonValue } from '../../../domain/kernel/json/json-value.ts';
import { REDACTED } from '../../../domain/instance/settings/setting-entries.ts';
import { checkSetting, isSecretSetting, settingOf } from '../../../domain/instance/settings/setting-keys.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { INSTANCE } from '../../../db/instance/config-documents/config-documents-store.ts';
import { SETTING_FIELD, type ShownSetting } from '../../../db/instance/settings/settings-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Keys of one owner: more is a mistake, or somebody's store of data. */
const MOST_KEYS = 1_000;

interface SettingRef {
  /** Null: the instance's, in a system transaction. */
  readonly workspaceId: string | null;
  readonly key: string;
  readonly actor: Actor;
}

/**
 * Sets a value, sealed where the key's kind is secret. Throws `invalid_request` for an unknown key and for a value that
 * is not of its kind, `forbidden` for a key of the product's own, `limit_reached`.
 */
export async function setSetting(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  change: SettingRef & { readonly value: JsonValue },
): Promise<ShownSetting> {
  const { workspaceId, key, actor } = change;
  const value = checkSetting(key, change.value, workspaceId === null ? 'instance' : 'workspace');
  const owner = workspaceId ?? INSTANCE;
  const before = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM settings WHERE workspace_id = ${owner} AND key = ${key} FOR UPDATE`);
  if (before === null) {
    const { count } = await tx.one<{ count: number }>(sql`
      SELECT count(*)::int AS count FROM settings WHERE workspace_id = ${owner}`);
    if (count >= MOST_KEYS) throw new CrewshipError('limit_reached', `there are ${MOST_KEYS} settings already`);
  }
  const id = before?.id ?? newId();
  const isSecret = isSecretSetting(key);
  const sealed = isSecret
    ? ring.seal(value as string, { workspaceId: owner, ownerId: id, field: SETTING_FIELD })
    : null;
  const plain = isSecret ? sql.fragment`NULL` : sql.jsonb(value);
  const updatedBy = actor.type === 'user' ? actor.id : null;
  const row = await tx.maybeOne<{ updatedAt: string }>(
    before === null
      ? sql`INSERT INTO settings (id, workspace_id, key, value, sealed_value, updated_by)
          VALUES (${id}, ${owner}, ${key}, ${plain}, ${sealed}, ${updatedBy})
          ON CONFLICT (workspace_id, key) DO NOTHING RETURNING updated_at AS "updatedAt"`
      : sql`UPDATE settings SET value = ${plain}, sealed_value = ${sealed}, updated_at = now(),
          updated_by = ${updatedBy}
          WHERE id = ${id} RETURNING updated_at AS "updatedAt"`,
  );
  if (row === null) throw new CrewshipError('conflict', 'the setting was made at the same moment; set it again');
  const shown = isSecret ? REDACTED : value;
  tx.journal({
    type: 'setting.updated',
    actor,
    workspaceId,
    targetType: 'setting',
    targetId: key,
    summary: `setting ${key} is changed`,
    payload: { key, value: shown },
  });
  return { key, value: shown, updatedAt: row.updatedAt };
}

/** Throws `not_found` for one that is not set, and as {@link setSetting} does. */
export async function deleteSetting(tx: Tx, { workspaceId, key, actor }: SettingRef): Promise<void> {
  if (settingOf(key).isProtected === true) throw new CrewshipError('forbidden', `${key} is written by Crewship alone`);
  const deleted = await tx.execute(sql`
    DELETE FROM settings WHERE workspace_id = ${workspaceId ?? INSTANCE} AND key = ${key}`);
  if (deleted === 0) throw notFound('setting');
  tx.journal({
    type: 'setting.deleted',
    actor,
    workspaceId,
    targetType: 'setting',
    targetId: key,
    summary: `setting ${key} is deleted`,
    payload: { key },
  });
}
