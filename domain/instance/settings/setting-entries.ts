import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { JsonValue } from '../../kernel/json/json-value.ts';

/** What stands for a secret wherever a value is told. */
export const REDACTED = '***';

/** `value` is the new one, or `***` of a secret; what the value was before is in the entry before. */
export const settingEntries = {
  'setting.updated': entryKind<{ readonly key: string; readonly value: JsonValue }>(),
  'setting.deleted': entryKind<{ readonly key: string }>(),
};
